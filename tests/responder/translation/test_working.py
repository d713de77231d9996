"""Posts that wait are translated by fake engines that do what real ones do, and what they do wrong."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from classifier import clock
from monitoring import audit
from monitoring.models import AuditEvent
from responder.corrections import posts as correcting
from responder.feeds import edits, erasure
from responder.feeds.raw_post import RawPost
from responder.models import Post, PostWords, Translation, TranslationEngine, TranslationUse, User
from responder.privacy import hidden_phrases
from responder.translation import connecting, quota, working
from responder.translation.texts import digest_of
from tests.fakes import translators
from tests.fakes.translators import Azure, Fault, LibreTranslate, failed, reply
from tests.responder.translation.conftest import ARABIC, Ask, again

pytestmark = pytest.mark.django_db
MakeEngine = Callable[..., TranslationEngine]
MakePost = Callable[..., Post]


def engine() -> TranslationEngine:
    return TranslationEngine.objects.get()


def counted() -> int:
    return sum(TranslationUse.objects.values_list("characters", flat=True))


def test_a_post_is_translated_beside_its_text(
    libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask, people: dict[str, User]
) -> None:
    make_engine(libre)
    post = arabic()
    row = ask(post)
    assert row.state == "waiting" and not libre.asked  # nothing is sent while somebody waits for a page
    assert working.run() == 1
    row.refresh_from_db()
    assert (row.state, row.text, row.source_language, row.engine) == ("done", f"[fr] {ARABIC}", "ar", "libretranslate")
    assert (row.engine_version, row.characters, row.digest) == ("1.6.1", len(ARABIC), digest_of(ARABIC))
    assert row.asked_by == people["reviewer"] and row.done_at is not None
    post.refresh_from_db()
    assert post.text == ARABIC and "[fr]" not in PostWords.objects.get(post=post).document
    assert (counted(), libre.characters) == (len(ARABIC), len(ARABIC))
    assert engine().answered_at is not None and engine().pairs["ar"] == list(translators.LANGUAGES)
    assert AuditEvent.objects.filter(action="translation.asked", object_id=str(post.pk)).count() == 1


def test_azure_is_asked_with_its_headers(azure: Azure, make_engine: MakeEngine, arabic: MakePost, ask: Ask) -> None:
    make_engine(azure, region="westeurope")
    row = ask(arabic())
    assert working.run() == 1
    row.refresh_from_db()
    assert (row.text, row.engine, row.engine_version) == (f"[fr] {ARABIC}", "azure", "v3.0")
    _path, headers, body = azure.asked[-1]
    assert headers["ocp-apim-subscription-key"] == translators.KEY
    assert headers["ocp-apim-subscription-region"] == "westeurope" and body == [{"Text": ARABIC}]


def test_what_pages_hide_is_not_sent(
    libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask
) -> None:
    make_engine(libre)
    ask(arabic(text=f"{ARABIC} +258 84 123 4567 @rescue_me mail@example.org"))
    assert working.run() == 1
    sent = " ".join(libre.texts)
    assert ARABIC in sent and "4567" not in sent and "rescue_me" not in sent and "example.org" not in sent
    assert "•••" in Translation.objects.get().text


def test_an_engine_that_invents_a_number_is_masked_again(
    libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask
) -> None:
    make_engine(libre)
    ask(arabic())
    libre.faults = [reply({"translatedText": ["Appelez le +258 84 123 4567"]})]
    assert working.run() == 1
    assert "4567" not in Translation.objects.get().text


def test_urgent_posts_first_and_one_request_for_many(
    libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask
) -> None:
    make_engine(libre)
    low, critical = arabic(severity=4, text=f"{ARABIC} 1"), arabic(severity=1, text=f"{ARABIC} 2")
    ask(low, critical)
    other = arabic(severity=1, lang="uk", text="Потрібна вода")
    ask(other, is_automatic=True)  # a page asked: after those for which somebody pressed the button
    assert working.run() == 3
    assert libre.texts == [f"{ARABIC} 2", f"{ARABIC} 1", "Потрібна вода"]
    assert sum(path == "/translate" for path, _headers, _body in libre.asked) == 2


def test_the_same_text_is_sent_once(libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask) -> None:
    make_engine(libre)
    first, copy = arabic(), arabic()
    ask(first)
    working.run()
    ask(copy)
    assert working.run() == 1
    assert libre.texts == [ARABIC] and counted() == len(ARABIC)
    assert set(Translation.objects.values_list("text", "characters")) == {
        (f"[fr] {ARABIC}", len(ARABIC)),
        (f"[fr] {ARABIC}", 0),
    }


def test_running_twice_and_asking_twice_change_nothing(
    libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask
) -> None:
    make_engine(libre)
    post = arabic()
    ask(post)
    ask(post)
    assert (working.run(), working.run()) == (1, 0)
    ask(post)
    assert working.run() == 0 and len(libre.texts) == 1


def test_a_lease_holds_and_ends(libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask) -> None:
    make_engine(libre)
    ask(arabic())
    Translation.objects.update(lease_owner="another", lease_until=clock.now() + timedelta(seconds=60))
    assert working.run() == 0 and not libre.texts
    Translation.objects.update(lease_until=clock.now() - timedelta(seconds=1))  # that worker died
    assert working.run() == 1


def test_a_worker_that_lost_its_lease_stores_nothing(
    libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_engine(libre)
    ask(arabic())
    real = quota.reserve

    def slow(characters: int) -> Any:
        Translation.objects.update(lease_owner="another")
        return real(characters)

    monkeypatch.setattr(quota, "reserve", slow)
    assert working.run() == 0
    assert Translation.objects.get().state == "waiting"


def test_an_unknown_language_is_detected(
    libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask
) -> None:
    make_engine(libre)
    row = ask(arabic(lang=""))
    assert working.run() == 1
    row.refresh_from_db()
    assert row.source_language == "ar" and libre.asked[-1][2]["source"] == "auto"


def test_a_language_that_the_engine_does_not_know(
    libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask
) -> None:
    make_engine(libre)
    row = ask(arabic(lang="ti"))
    assert working.run() == 0
    row.refresh_from_db()
    assert (row.state, row.error) == ("failed", "unsupported") and not libre.texts and counted() == 0


def test_too_fast_waits_as_long_as_the_engine_says(
    azure: Azure, make_engine: MakeEngine, arabic: MakePost, ask: Ask
) -> None:
    make_engine(azure)
    row = ask(arabic())
    azure.faults = [failed(429, 429001, "The server rejected the request.", Retry_After="120")]
    before = clock.now()
    assert working.run() == 0
    found = engine()
    assert found.paused_until is not None and timedelta(seconds=119) < found.paused_until - before < timedelta(
        seconds=135
    )
    assert "429001" in found.last_error and counted() == 0
    assert working.run() == 0 and len(azure.texts) == 1  # it is left alone
    assert again() == 1
    row.refresh_from_db()
    assert row.state == "done" and engine().last_error == ""


@pytest.mark.parametrize(
    ("fault", "least"),
    [
        (
            failed(403, 403001, "The operation isn't allowed because the subscription has exceeded its free quota."),
            3_000,
        ),
        (failed(401, 401000, "The request is not authorized."), 800),
        (failed(403, 403000, "The operation isn't allowed."), 800),
        (reply({"error": {"code": "odd"}}, 404), 800),
    ],
)
def test_what_only_a_person_can_change_pauses_the_engine(
    azure: Azure, make_engine: MakeEngine, arabic: MakePost, ask: Ask, fault: Fault, least: int
) -> None:
    make_engine(azure)
    row = ask(arabic())
    azure.faults = [fault]
    assert working.run() == 0
    found = engine()
    assert found.paused_until is not None and (found.paused_until - clock.now()).total_seconds() > least
    row.refresh_from_db()
    assert row.state == "waiting" and counted() == 0 and found.last_error


@pytest.mark.parametrize(
    "fault",
    [
        reply([{"translations": []}]), reply([]), reply({}), reply("text"), reply([{"translations": [{"text": 5}]}]),
        Fault(200, b"<html>"), Fault(200, b"[" * 5_000), Fault(500, b"oops"), Fault(503, b""), Fault(200, b" " * 4_100_000),
    ],
)  # fmt: skip
def test_a_broken_answer_is_tried_again_and_given_up(
    azure: Azure, make_engine: MakeEngine, arabic: MakePost, ask: Ask, fault: Fault
) -> None:
    make_engine(azure)
    row = ask(arabic())
    for _attempt in range(working.MOST_ATTEMPTS):
        azure.faults = [fault]
        assert again() == 0
    row.refresh_from_db()
    assert (row.state, row.error, row.text) == ("failed", "broken", "")
    assert counted() == working.MOST_ATTEMPTS * len(ARABIC)  # the engine may have counted them


def test_an_answer_that_is_far_too_long_is_not_stored(
    libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask
) -> None:
    make_engine(libre)
    row = ask(arabic())
    libre.faults = [reply({"translatedText": ["x" * 100_000]})]
    assert working.run() == 0
    row.refresh_from_db()
    assert (row.state, row.error, row.text) == ("failed", "broken", "")


def test_silence_ends(
    libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting, "SILENCE_S", 0.2)
    make_engine(libre, pairs={"ar": ["fr"]}, pairs_at=clock.now())
    row = ask(arabic())
    libre.faults = [Fault(silent=True)]
    assert working.run() == 0
    row.refresh_from_db()
    assert (row.state, row.attempts, engine().failures) == ("waiting", 1, 1)
    assert "in time" in engine().last_error


def test_a_server_that_is_away_costs_nothing(
    libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask
) -> None:
    make_engine(libre, address="http://127.0.0.1:9", pairs={"ar": ["fr"]}, pairs_at=clock.now())
    ask(arabic())
    assert working.run() == 0
    assert counted() == 0 and "cannot be reached" in engine().last_error


def test_texts_that_do_not_fit_are_halved(make_engine: MakeEngine, arabic: MakePost, ask: Ask) -> None:
    fake = LibreTranslate(most_characters=60)
    with translators.running(fake):
        make_engine(fake)
        ask(*[arabic(text=f"{ARABIC} {number}") for number in range(5)], long := arabic(text=ARABIC * 5))
        assert working.run() == 5
    row = Translation.objects.get(post=long)
    assert (row.state, row.error) == ("failed", "too-long")
    assert counted() == fake.characters  # what was rejected is not counted


def test_a_limit_is_a_hard_stop_and_raising_it_goes_on(
    libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask
) -> None:
    make_engine(libre, characters_a_day=len(ARABIC) + 5, pairs={"ar": ["fr"]}, pairs_at=clock.now())
    urgent, other = ask(arabic(severity=1)), ask(arabic(severity=2, text=f"{ARABIC} 2"))
    assert working.run() == 1 and libre.texts == [ARABIC]  # the urgent one alone fits
    urgent.refresh_from_db()
    other.refresh_from_db()
    assert urgent.state == "done" and (other.state, other.error) == ("waiting", "limit")
    assert other.next_at > clock.now() and counted() == len(ARABIC)
    assert working.run() == 0 and libre.texts == [ARABIC]
    TranslationEngine.objects.update(characters_a_day=10 * len(ARABIC))
    Translation.objects.update(next_at=clock.now())  # as saving the engine does
    assert working.run() == 1


def test_a_text_longer_than_a_day_allows_fails(
    libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask
) -> None:
    make_engine(libre, characters_a_day=5)
    row = ask(arabic())
    assert working.run() == 0
    row.refresh_from_db()
    assert (row.state, row.error) == ("failed", "too-long")


def test_switched_off_in_between_sends_nothing(
    libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask
) -> None:
    make_engine(libre)
    ask(arabic())
    TranslationEngine.objects.update(is_on=False)
    assert working.run() == 0 and not libre.asked


def test_what_nobody_fetched_for_a_day_is_given_up(
    libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask
) -> None:
    make_engine(libre)
    ask(arabic())
    Translation.objects.update(asked_at=clock.now() - timedelta(hours=25))
    assert working.run() == 0 and not Translation.objects.exists() and not libre.texts


def test_an_address_inside_needs_the_operators_leave(
    libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask, settings: Any
) -> None:
    make_engine(libre)
    ask(arabic())
    settings.FEED_NETWORKS = []
    assert working.run() == 0 and not libre.asked
    assert "RESPONDER_FEED_NETWORKS" in engine().last_error


def test_deletion_and_edit_at_the_source_delete_the_translation(
    libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask
) -> None:
    make_engine(libre)
    edited, deleted = arabic(), arabic(text=f"{ARABIC} 2")
    ask(edited, deleted)
    assert working.run() == 2
    raw = RawPost(source_id=edited.source_id, text="شيء آخر", lang="ar", revision="2")
    with audit.atomic():
        assert edits.apply([(edited.pk, raw)]) == 1
    assert not Translation.objects.filter(post=edited).exists()
    assert erasure.delete(source="test", source_ids=[deleted.source_id]) == 1
    assert not Translation.objects.exists()


def test_a_correction_that_hides_words_deletes_the_translation(
    libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask
) -> None:
    make_engine(libre)
    post = arabic(text=f"{ARABIC} Zandile")
    ask(post)
    assert working.run() == 1
    with audit.atomic():
        correcting._mask(post, [hidden_phrases.parse("Zandile")], "user:lead")
    assert not Translation.objects.exists()


def test_a_post_edited_on_the_way_gets_no_translation(
    libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_engine(libre)
    ask(arabic())
    real = quota.reserve

    def meanwhile(characters: int) -> Any:
        Translation.objects.all().delete()  # as an edit does
        return real(characters)

    monkeypatch.setattr(quota, "reserve", meanwhile)
    assert working.run() == 0 and not Translation.objects.exists()


def test_starts_only_where_there_is_something_to_do(
    libre: LibreTranslate, make_engine: MakeEngine, arabic: MakePost, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "_run", lambda: None)
    assert not working.start()
    make_engine(libre)
    assert not working.start()
    ask(arabic())
    assert working.start()
