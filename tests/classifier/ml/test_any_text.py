"""Any text is answered, and a disguise of a letter or two seldom changes what the model says."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier.categories import CATEGORY_IDS
from classifier.ml.runtime import Runtime
from responder.demo import exercise

TOGETHER = 20  # texts in one call
ODD = st.sampled_from(
    ["", " ", "\u200b", "\u202e", "🙏🏽", "👩‍👩‍👧", "مرحبا بكم", "שלום", "\ud83d", "\x00\x07", "&amp;&#x41;&bogus;", "ﷺ", "a" * 50_000]
)  # fmt: skip
TEXTS = st.lists(
    st.one_of(st.text(st.characters(), max_size=300), ODD, st.tuples(ODD, st.text(max_size=40)).map("".join)),
    min_size=TOGETHER,
    max_size=TOGETHER,
)
PATIENT = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example]
HIDDEN = ("\u200b", "\u200d", "\u2060", "\ufeff", "\u00ad")
LIKE = {"a": "аａ𝐚", "e": "еｅ𝐞", "o": "оο𝐨", "p": "рｐ", "c": "сｃ", "x": "хｘ", "i": "іｉ", "y": "у", "s": "ѕ"}


def check(runtime: Runtime, texts: list[str]) -> None:
    answers = runtime.predict(texts)
    assert len(answers) == len(texts)
    for text, answer in zip(texts, answers, strict=True):
        assert answer.category in CATEGORY_IDS
        assert sum(answer.categories.values()) == pytest.approx(1, abs=1e-3)
        assert all(0 <= mention.start < mention.end <= len(text) for mention in answer.mentions or ())


@settings(max_examples=2_000 // TOGETHER, deadline=None, suppress_health_check=PATIENT)
@given(TEXTS)
def test_two_thousand_texts_of_any_kind_are_answered(shipped_runtime: Runtime, texts: list[str]) -> None:
    check(shipped_runtime.calibrated(shipped_runtime.calibration), texts)


@pytest.mark.slow
@settings(max_examples=20_000 // TOGETHER, deadline=None, suppress_health_check=PATIENT)
@given(TEXTS)
def test_twenty_thousand_texts_of_any_kind_are_answered(shipped_runtime: Runtime, texts: list[str]) -> None:
    check(shipped_runtime.calibrated(shipped_runtime.calibration), texts)


def disguised(text: str, rng: random.Random) -> str:
    """The text with at most two letters replaced by others that look alike, or hidden characters put in."""
    letters = list(text)
    for _ in range(2):
        place = rng.randrange(len(letters))
        if letters[place] in LIKE and rng.random() < 0.7:
            letters[place] = rng.choice(LIKE[letters[place]])
        else:
            letters.insert(place, rng.choice(HIDDEN))
    return "".join(letters)


def test_two_disguised_letters_flip_at_most_one_label_in_twenty(shipped_runtime: Runtime) -> None:
    rng = random.Random(5)
    texts = [row["text"] for row in exercise.gold_rows() if row["lang"] == "en"][:600]
    # Without what was remembered: each text is really read.
    runtime = shipped_runtime.calibrated(shipped_runtime.calibration)
    before, after = runtime.predict(texts), runtime.predict([disguised(text, rng) for text in texts])
    flips = sum(a.category != b.category for a, b in zip(before, after, strict=True))
    assert flips / len(texts) <= 0.05
