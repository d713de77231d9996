"""The language of a text: told apart where it is clear, left unknown where it is not, English never set apart."""

from collections import Counter
from pathlib import Path

import pytest

from classifier import detection
from classifier.languages import is_measured
from classifier.predict import Message, classify, readings

SPOKEN = [
    line.split("\t") for line in (Path(__file__).parent / "data/spoken.tsv").read_text(encoding="utf-8").splitlines()
]
PORTUGUESE = "Estamos no telhado com cinco crianças, a água continua a subir"
ENGLISH = "We are on the roof with five children and the water keeps rising"


def test_what_is_said_in_a_disaster_is_told_apart_and_never_wrongly() -> None:
    detected = detection.settle([""] * len(SPOKEN), [text for _code, text in SPOKEN])
    wrong = [(code, found) for (code, _text), found in zip(SPOKEN, detected, strict=True) if found not in ("", code)]
    foreign = [found for (code, _text), found in zip(SPOKEN, detected, strict=True) if code != "en"]
    assert wrong == []
    assert sum(not is_measured(found) for found in foreign) >= 0.8 * len(foreign) > 140
    assert len({code for code, _text in SPOKEN}) >= 12
    right = Counter(code for (code, _text), found in zip(SPOKEN, detected, strict=True) if code == found)
    assert all(right[code] >= 3 for code in ("pt", "es", "fr", "ht", "sw", "tr", "id", "tl", "ar", "hi", "bn"))


def test_a_tag_gives_way_only_to_a_text_that_is_clear_about_it() -> None:
    stated = ["en", "pt-BR", "en", "es", "in", "nb"]
    texts = [PORTUGUESE, ENGLISH, "Ajuda!", "Help, please", "Kami terjebak di atap rumah, air terus naik", "Hjelp oss"]
    assert detection.settle(stated, texts) == ["pt", "en", "en", "es", "in", "nb"]


def test_tags_in_english_stay_for_english() -> None:
    texts = [text for code, text in SPOKEN if code == "en"]
    assert detection.settle(["en-GB"] * len(texts), texts) == ["en-GB"] * len(texts)


@pytest.mark.parametrize("stated", ["", "und", "QME", "zxx"])
@pytest.mark.parametrize(
    "text",
    ["", "SOS", "@ana #água https://example.org/precisamos-de-agua", "🆘🆘🆘", "\ud800\x00", "12 34 56", "Beira"],
)
def test_what_is_too_short_or_no_language_stays_unknown(text: str, stated: str) -> None:
    assert detection.settle([stated], [text]) == [""]


def test_a_text_of_any_length_is_read_at_its_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    (guess,) = detection.detect([f"{ENGLISH} " * 10_000])
    assert guess.code == "en" and guess.letters <= detection.READ


def test_a_prediction_reads_the_language_only_where_nobody_named_it(shipped_runtime: object) -> None:
    messages = [Message("1", PORTUGUESE), Message("2", ENGLISH, lang="und"), Message("3", ENGLISH)]
    answers = classify(messages, runtime=shipped_runtime)  # type: ignore[arg-type]
    assert [answer["language"]["code"] for answer in answers] == ["pt", "und", "en"]


SHORT = [
    ("Banjir setinggi dada tolong", False), ("Bhai pani bhar gaya hai jaldi bachao", False),
    ("Air naik, tolong kami", False), ("Agua sube", False), ("help trapped pls", True), ("Trapped in Beira", True), ("SOS", True),
    ("water rising fast", True), ("RT @ana: fire!! https://example.org/x", True), ("🆘🆘", True),
]  # fmt: skip


@pytest.mark.parametrize("stated", ["", "und"])
@pytest.mark.parametrize(("text", "english"), SHORT)
def test_a_short_text_that_is_hardly_english_is_not_judged_as_english(text: str, english: bool, stated: str) -> None:
    (reading,) = readings([Message("1", text, lang=stated)])
    assert is_measured(reading.code, reading.script, frozenset({"en"}), reading.chances) is english


def test_with_more_measured_languages_more_must_speak_for_them() -> None:
    chances = {"en": 0.02, "es": 0.01, "id": 0.9} | {f"q{number}": 0.0007 for number in range(100)}
    assert is_measured("", "LATIN", frozenset({"en"}), chances)
    assert not is_measured("", "LATIN", frozenset({"en", "es", "fr", "de"}), chances)
    assert is_measured("", "LATIN", frozenset({"en", "es", "fr", "id"}), chances)
    assert not is_measured("", "ARABIC", frozenset({"en", "id"}), chances)
