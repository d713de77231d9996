"""Pages of translations: the engine's, for administrators; asking and showing, for whoever may see the post."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from classifier import clock
from monitoring.models import AuditEvent
from responder.models import Post, Translation, TranslationEngine, TranslationUse, User
from responder.privacy import secrets
from responder.translation import working
from responder.translation.texts import digest_of
from tests.fakes import translators

pytestmark = pytest.mark.django_db
People = dict[str, User]
ARABIC = "نحتاج إلى ماء في المدرسة"
NEW = {
    "kind": "azure", "version": "0", "address": "", "region": "westeurope", "key": translators.KEY, "price": "10",
    "characters_a_day": "100,000", "characters_a_month": "2000000",
}  # fmt: skip
SCRIPT = {"X-Requested-With": "fetch"}


@pytest.fixture
def engine(db: None) -> TranslationEngine:
    return TranslationEngine.objects.create(
        kind="libretranslate", address="https://lt.example.org", is_on=True, characters_a_day=100
    )


@pytest.fixture
def post(make_post: Callable[..., Post]) -> Post:
    return make_post(lang="ar", text=ARABIC)


def test_an_administrator_sets_an_engine_up(client: Client, people: People) -> None:
    client.force_login(people["administrator"])
    page = client.get(reverse("translation-engine")).content.decode()
    assert "No engine is set up" in page and "LibreTranslate" in page
    assert client.get(reverse("translation-engine-edit") + "?kind=azure").status_code == 200
    assert client.post(reverse("translation-engine-edit"), NEW).status_code == 302
    found = TranslationEngine.objects.get()
    assert found.address == "https://api.cognitive.microsofttranslator.com" and not found.is_on
    assert (found.characters_a_day, found.characters_a_month, str(found.price)) == (100_000, 2_000_000, "10.0000")
    assert translators.KEY not in found.key and secrets.decrypt(found.key) == translators.KEY
    TranslationUse.objects.create(day=clock.now().date(), kind="azure", characters=500_000)
    page = client.get(reverse("translation-engine")).content.decode()
    assert translators.KEY not in page and found.key not in page and "stored, encrypted" in page
    assert "about 5.00 US dollars" in page and "At most about 20.00 US dollars" in page
    assert client.post(reverse("translation-engine-act", args=["on"]), {"version": "1"}).status_code == 302
    assert (
        "Today&#x27;s limit of 100,000 characters is used up"
        in client.get(reverse("translation-engine")).content.decode()
    )
    changed = NEW | {"version": "2", "key": "", "price": "12"}
    assert client.post(reverse("translation-engine-edit"), changed).status_code == 302  # the stored key stays
    found.refresh_from_db()
    assert secrets.decrypt(found.key) == translators.KEY and found.is_on and found.version == 3
    assert client.post(reverse("translation-engine-act", args=["off"]), {"version": "3"}).status_code == 302
    assert (
        client.post(reverse("translation-engine-act", args=["delete-translations"]), {"version": "4"}).status_code
        == 302
    )
    assert client.post(reverse("translation-engine-act", args=["remove"]), {"version": "4"}).status_code == 302
    assert not TranslationEngine.objects.exists()
    events = AuditEvent.objects.filter(action__startswith="translation_engine.").order_by("sequence")
    assert [one.action.split(".")[1] for one in events] == [
        "saved", "switched_on", "saved", "switched_off", "translations_deleted", "removed",
    ]  # fmt: skip
    assert translators.KEY not in "".join(str(one.detail) for one in events)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("address", "http://lt.example.org", "https://"), ("address", "https://10.0.0.1", "private"),
        ("address", "https://localhost:5000", "private"), ("address", "https://lt.example.org/?key=1", "without parameters"),
        ("address", "https://u:p@lt.example.org", "https://"), ("address", "javascript:alert(1)", "https://"),
        ("address", "https://[::1", "https://"), ("address", "https://lt.example.org/" + "x" * 600, "500 characters"),
        ("key", "two words", "without spaces"), ("key", "ключ", "without spaces"), ("key", "", "Enter a key"),
        ("region", "west europe!", "westeurope"), ("price", "-1", "US dollars"), ("price", "NaN", "US dollars"),
        ("price", "1e9", "US dollars"), ("price", "0.00001", "US dollars"), ("characters_a_day", "0", "whole number"),
        ("characters_a_day", "-5", "whole number"), ("characters_a_day", "9" * 30, "whole number"),
        ("characters_a_month", "٣", "whole number"), ("version", "x", "version"),
    ],
)  # fmt: skip
def test_bad_settings_are_refused_beside_their_field(
    client: Client, people: People, field: str, value: str, message: str
) -> None:
    client.force_login(people["administrator"])
    response = client.post(reverse("translation-engine-edit"), NEW | {field: value})
    assert response.status_code == 400 and message in response.content.decode()
    assert not TranslationEngine.objects.exists()


def test_a_price_needs_a_limit(client: Client, people: People) -> None:
    client.force_login(people["administrator"])
    response = client.post(reverse("translation-engine-edit"), NEW | {"characters_a_day": "", "characters_a_month": ""})
    assert response.status_code == 400 and "Set a limit" in response.content.decode()


def test_a_key_does_not_follow_another_address(client: Client, people: People) -> None:
    client.force_login(people["administrator"])
    client.post(reverse("translation-engine-edit"), NEW)
    moved = NEW | {"version": "1", "key": "", "address": "https://elsewhere.example.org"}
    response = client.post(reverse("translation-engine-edit"), moved)
    assert response.status_code == 400 and "The stored key is for another server" in response.content.decode()
    assert client.post(reverse("translation-engine-edit"), moved | {"key": "another"}).status_code == 302
    found = TranslationEngine.objects.get()
    assert secrets.decrypt(found.key) == "another" and found.address == "https://elsewhere.example.org"


def test_two_administrators_at_once(client: Client, people: People, engine: TranslationEngine) -> None:
    client.force_login(people["administrator"])
    libre = {"kind": "libretranslate", "version": "7", "address": "https://lt.example.org"}
    assert client.post(reverse("translation-engine-edit"), libre).status_code == 409
    for verb in ("on", "off", "remove", "delete-translations"):
        assert client.post(reverse("translation-engine-act", args=[verb]), {"version": "7"}).status_code == 409
    assert client.post(reverse("translation-engine-act", args=["explode"]), {"version": "1"}).status_code == 404
    assert client.post(reverse("translation-engine-act", args=["off"]), {"version": "x"}).status_code == 400
    test = {"version": "7", "sample": "Hello", "language": "fr"}
    assert client.post(reverse("translation-engine-test"), test).status_code == 409


@pytest.mark.parametrize("role", ["viewer", "reviewer", "lead", "approver", "auditor", "partner"])
def test_who_may_not_set_an_engine_up(client: Client, people: People, engine: TranslationEngine, role: str) -> None:
    client.force_login(people[role])
    for name in ("translation-engine", "translation-engine-state", "translation-engine-edit"):
        assert client.get(reverse(name)).status_code == 403
    assert client.post(reverse("translation-engine-edit"), NEW).status_code == 403
    assert client.post(reverse("translation-engine-test"), {"version": "1"}).status_code == 403
    assert client.post(reverse("translation-engine-act", args=["off"]), {"version": "1"}).status_code == 403
    assert TranslationEngine.objects.get().is_on


def test_a_test_is_done_by_a_worker(client: Client, people: People, settings: Any) -> None:
    settings.FEED_NETWORKS = ["127.0.0.0/8"]
    client.force_login(people["administrator"])
    fake = translators.LibreTranslate()
    with translators.running(fake):
        libre = {"kind": "libretranslate", "version": "0", "address": fake.address}
        assert client.post(reverse("translation-engine-edit"), libre).status_code == 302
        sent = {"version": "1", "sample": "Hello +258 84 123 4567", "language": "fr"}
        assert client.post(reverse("translation-engine-test"), sent | {"language": "xx"}).status_code == 400
        assert client.post(reverse("translation-engine-test"), sent | {"sample": "x" * 300}).status_code == 400
        assert client.post(reverse("translation-engine-test"), sent).status_code == 302
        assert not fake.asked and "Translating…" in client.get(reverse("translation-engine-state")).content.decode()
        assert working.run() == 0
    found = TranslationEngine.objects.get()
    assert (found.test_state, found.test_answer) == ("done", "[fr] Hello •••") and not found.is_on
    page = client.get(reverse("translation-engine-state")).content.decode()
    assert "[fr] Hello •••" in page and 'lang="fr"' in page
    client.post(reverse("translation-engine-test"), sent)
    working.run()  # the server is gone
    assert TranslationEngine.objects.get().test_state == "failed"


def test_whoever_sees_a_post_asks_and_reads(
    client: Client, people: People, engine: TranslationEngine, post: Post
) -> None:
    client.force_login(people["viewer"])
    card = client.get(reverse("map-item", args=[post.pk])).content.decode()
    assert 'data-state="none"' in card and "Translate</button>" in card
    asked = client.post(reverse("translations-ask"), {"post": post.pk}, headers=SCRIPT)
    assert asked.status_code == 200 and "Translating…" in asked.json()["translations"][str(post.pk)]
    Translation.objects.update(
        state="done",
        text="We need water at the school",
        digest=digest_of(ARABIC),
        engine="libretranslate",
        source_language="ar",
    )
    found = client.get(reverse("translations"), {"post": [post.pk, "x", "9" * 40]}).json()["translations"]
    html = found[str(post.pk)]
    assert "Machine translation (LibreTranslate) from Arabic" in html and 'lang="en"' in html and "•••" not in html
    card = client.get(reverse("map-item", args=[post.pk])).content.decode()
    assert "We need water at the school" in card and ARABIC in card and 'lang="ar"' in card
    page = client.get(reverse("map") + f"?event=flood&sel={post.pk}").content.decode()
    assert page.count("We need water at the school") == 2  # its row, and its card
    assert client.get(reverse("feed") + "?event=flood&q=school").content.decode().count('data-post="') == 0


def test_asking_without_scripts_returns_to_the_page(
    client: Client, people: People, engine: TranslationEngine, post: Post
) -> None:
    client.force_login(people["viewer"])
    back = client.post(reverse("translations-ask"), {"post": post.pk, "next": "/map/?sel=1"})
    assert (back.status_code, back.headers["Location"]) == (302, "/map/?sel=1")
    away = client.post(reverse("translations-ask"), {"post": post.pk, "next": "https://evil.example/"})
    assert away.headers["Location"] == reverse("home")
    for bad in ({"post": "x"}, {"post": "99999"}, {}, {"post": "9" * 30}):
        assert client.post(reverse("translations-ask"), bad).status_code == 302
        assert client.post(reverse("translations-ask"), bad, headers=SCRIPT).status_code in (400, 404)


def test_a_used_up_limit_stands_in_place_of_the_button(
    client: Client, people: People, engine: TranslationEngine, post: Post
) -> None:
    TranslationUse.objects.create(day=clock.now().date(), kind="libretranslate", characters=100)
    client.force_login(people["viewer"])
    card = client.get(reverse("map-item", args=[post.pk])).content.decode()
    assert "limit of 100 characters is used up" in card and "Translate</button>" not in card
    refused = client.post(reverse("translations-ask"), {"post": post.pk}, headers=SCRIPT)
    assert refused.status_code == 400 and "limit" in refused.json()["detail"]


def test_partners_neither_ask_nor_read(client: Client, people: People, engine: TranslationEngine, post: Post) -> None:
    client.force_login(people["partner"])
    assert client.get(reverse("translations"), {"post": post.pk}).status_code == 403
    assert client.post(reverse("translations-ask"), {"post": post.pk}).status_code == 403


def test_without_an_engine_pages_say_nothing(client: Client, people: People, post: Post) -> None:
    client.force_login(people["reviewer"])
    for address in (reverse("map-item", args=[post.pk]), reverse("triage-item", args=[post.pk])):
        assert "data-translation" not in client.get(address).content.decode()


def test_profile_keeps_the_languages_that_somebody_reads(client: Client, people: People) -> None:
    reviewer = people["reviewer"]
    client.force_login(reviewer)
    sent = {
        "name": "Ana",
        "email": "",
        "language": "",
        "time_zone": "",
        "reads": ["uk", "ar"],
        "translates_posts": "on",
    }
    assert client.post(reverse("profile"), sent).status_code == 302
    reviewer.refresh_from_db()
    assert reviewer.reads == ["ar", "uk"] and reviewer.translates_posts
    page = client.get(reverse("profile")).content.decode()
    assert page.count(" checked") == 3
    assert client.post(reverse("profile"), sent | {"reads": ["xx"]}).status_code == 400
    assert (
        client.post(
            reverse("profile"), {k: v for k, v in sent.items() if k not in ("reads", "translates_posts")}
        ).status_code
        == 302
    )
    reviewer.refresh_from_db()
    assert reviewer.reads == [] and not reviewer.translates_posts


def test_posts_reach_people_who_read_their_language(
    client: Client, people: People, make_post: Callable[..., Post]
) -> None:
    unread = {"group": "unmeasured", "category": "cant_judge", "cues": 1, "severity": 3}
    tigrinya, amharic = make_post(lang="ti", text="ማይ", **unread), make_post(lang="am", text="ውሃ", **unread)
    reviewer = people["reviewer"]
    client.force_login(reviewer)
    page = client.get(reverse("triage") + "?event=flood&tab=unmeasured").content.decode()
    assert "nobody here reads it" in page and "Say which languages you read" in page
    User.objects.filter(pk__in=[reviewer.pk, people["lead"].pk, people["viewer"].pk]).update(reads=["ti"])
    page = client.get(reverse("triage") + "?event=flood").content.decode()  # on any tab
    assert "in a language that you read" in page and "lang=en,ti" in page
    page = client.get(reverse("triage") + "?event=flood&tab=unmeasured").content.decode()
    assert "2 people read it" in page and "nobody here reads it" in page  # viewers review nothing
    page = client.get(reverse("triage") + "?event=flood&tab=unmeasured&lang=en,ti").content.decode()
    assert f'data-item="{tigrinya.pk}"' in page and f'data-item="{amharic.pk}"' not in page
    page = client.get(reverse("unknowns") + "?event=flood&languages=mine").content.decode()
    section = page[page.index('id="languages"') :]
    assert "Tigrinya" in section and "Amharic" not in section and "2 people read it" in section
