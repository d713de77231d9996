"""Who may ask for which translations, and the limits of asking."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import translation

from classifier import clock
from monitoring.models import AuditEvent
from responder.errors import Invalid, Missing, TooMany
from responder.models import Event, EventRole, Post, Translation, TranslationEngine, TranslationUse, User
from responder.translation import presenting, quota, requesting
from responder.translation.codes import pair
from responder.translation.texts import digest_of
from tests.responder.translation.conftest import ARABIC, Ask

pytestmark = pytest.mark.django_db
MakePost = Callable[..., Post]


@pytest.fixture
def engine(db: None) -> TranslationEngine:
    return TranslationEngine.objects.create(kind="libretranslate", address="https://lt.example.org", is_on=True)


def test_without_an_engine_nothing_can_be_asked(arabic: MakePost, ask: Ask) -> None:
    with pytest.raises(Invalid, match="No translation engine"):
        ask(arabic(), language="en")
    TranslationEngine.objects.create(kind="azure", address="https://a.example", is_on=False)
    with pytest.raises(Invalid, match="No translation engine"):
        ask(arabic(), language="en")


def test_a_post_of_an_event_that_one_may_not_see_does_not_exist(
    engine: TranslationEngine, arabic: MakePost, ask: Ask
) -> None:
    stranger = User.objects.create_user("stranger")
    EventRole.objects.create(person=stranger, event=Event.objects.create(ref="other", name="Other"), role="viewer")
    post = arabic()
    with pytest.raises(Missing):
        ask(post, by=stranger)
    with translation.override("fr"):
        assert requesting.ask(post_ids=[post.pk], by=stranger, is_automatic=True) == []
    assert not Translation.objects.exists()


def test_a_page_asks_only_for_what_the_person_cannot_read(
    engine: TranslationEngine, arabic: MakePost, people: dict[str, User]
) -> None:
    reviewer = people["reviewer"]
    reviewer.reads = ["ar"]
    posts = [arabic(), arabic(lang="uk"), arabic(lang="fr"), arabic(lang=""), arabic(lang="fr-CA")]
    with translation.override("fr"):
        found = requesting.ask(post_ids=[post.pk for post in posts], by=reviewer, is_automatic=True)
    assert found == [posts[1].pk]
    assert not AuditEvent.objects.filter(action="translation.asked").exists()  # recorded in the row alone
    assert Translation.objects.get().asked_by == reviewer


def test_what_failed_is_asked_again_by_the_button_alone(engine: TranslationEngine, arabic: MakePost, ask: Ask) -> None:
    post = arabic()
    row = ask(post)
    Translation.objects.update(state="failed", error="broken")
    ask(post, is_automatic=True)
    row.refresh_from_db()
    assert row.state == "failed"
    ask(post)
    row.refresh_from_db()
    assert (row.state, row.error, row.attempts) == ("waiting", "", 0)


def test_the_button_moves_a_post_forward(engine: TranslationEngine, arabic: MakePost, ask: Ask) -> None:
    post = arabic(severity=2)
    assert ask(post, is_automatic=True).priority == 6
    assert ask(post).priority == 2
    assert ask(post, is_automatic=True).priority == 2


def test_limits_of_one_person_and_of_one_request(
    engine: TranslationEngine, arabic: MakePost, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requesting, "MOST_WAITING", 2)
    first, second, third = (arabic() for _number in range(3))
    ask(first, second)
    with pytest.raises(TooMany):
        ask(third)
    with pytest.raises(Invalid, match="1 to 50"):
        requesting.ask(post_ids=range(1, 52), by=User.objects.get(username="reviewer-ana"))
    with pytest.raises(Invalid, match="1 to 50"):
        requesting.ask(post_ids=[], by=User.objects.get(username="reviewer-ana"))


def test_a_used_up_limit_is_told_at_once(engine: TranslationEngine, arabic: MakePost, ask: Ask) -> None:
    TranslationEngine.objects.update(characters_a_day=100, characters_a_month=1_000)
    TranslationUse.objects.create(day=clock.now().date(), kind="libretranslate", characters=100)
    with pytest.raises(Invalid, match="Today's limit of 100 characters"):
        ask(arabic(), language="en")
    TranslationUse.objects.update(characters=1_000)
    with pytest.raises(Invalid, match="This month's limit of 1,000 characters"):
        ask(arabic(), language="en")
    TranslationUse.objects.update(kind="azure")  # another engine's use
    assert ask(arabic(), language="en").state == "waiting"


def test_nobody_goes_past_a_limit_together(engine: TranslationEngine) -> None:
    TranslationEngine.objects.update(characters_a_day=100)
    assert [quota.reserve(40) is None for _turn in range(4)] == [True, True, False, False]
    assert quota.used("libretranslate").today == 80
    quota.correct("libretranslate", clock.now().date(), -500)  # never below nothing
    assert quota.used("libretranslate").today == 0


def shown(post: Post, reader: User, language: str = "fr") -> Any:
    with translation.override(language):
        return presenting.of_posts([post.pk], reader).get(post.pk)


def test_what_stands_beside_a_post(
    engine: TranslationEngine, arabic: MakePost, ask: Ask, people: dict[str, User]
) -> None:
    reader, post = people["reviewer"], arabic()
    assert shown(post, reader)["state"] == "none" and not shown(post, reader)["auto"]
    reader.translates_posts = True
    assert shown(post, reader)["auto"]
    reader.reads = ["ar"]
    assert not shown(post, reader)["auto"]
    assert shown(arabic(lang="fr"), reader) is None
    row = ask(post)
    assert shown(post, reader)["state"] == "waiting"
    Translation.objects.filter(pk=row.pk).update(
        state="done", text="De l'eau +258 84 123 4567", digest=digest_of(ARABIC), engine="azure", source_language="ar"
    )
    found = shown(post, reader)
    assert (found["state"], found["engine"], found["lang"]) == ("done", "Azure Translator", "fr")
    assert "4567" not in found["text"]
    assert shown(post, reader, "es")["state"] == "none"  # in another language nobody asked
    TranslationEngine.objects.all().delete()
    assert shown(post, reader)["state"] == "done"


def test_a_translation_of_another_text_is_not_shown(
    engine: TranslationEngine, arabic: MakePost, ask: Ask, people: dict[str, User]
) -> None:
    post = arabic()
    ask(post)
    Translation.objects.update(state="done", text="De l'eau", digest=digest_of("another text"))
    assert shown(post, people["reviewer"])["state"] == "none"
    ask(post)
    assert Translation.objects.get().state == "waiting"


def test_strangers_are_shown_nothing(engine: TranslationEngine, arabic: MakePost) -> None:
    assert shown(arabic(), User.objects.create_user("nobody")) is None


def test_nothing_is_offered_that_the_engine_cannot(
    engine: TranslationEngine, arabic: MakePost, people: dict[str, User]
) -> None:
    TranslationEngine.objects.update(pairs={"ar": ["en"], "uk": ["fr"]})
    assert shown(arabic(), people["viewer"]) is None
    assert shown(arabic(lang="uk"), people["viewer"])["state"] == "none"
    assert shown(arabic(text="+258 84 123 4567 🙏", lang="uk"), people["viewer"]) is None


def test_codes_of_engines() -> None:
    pairs = {"zh-Hans": ["en", "nb"], "pt": ["en"], "ar": ["pt-BR"]}
    assert pair(pairs, "zh", "en") == ("zh-Hans", "en") and pair(pairs, "zh", "no") == ("zh-Hans", "nb")
    assert pair(pairs, "ar", "pt") == ("ar", "pt-BR") and pair(pairs, "", "en") == ("", "en")
    assert pair(pairs, "ar", "fr") is None and pair(pairs, "", "fr") is None and pair({}, "ar", "fr") is None
