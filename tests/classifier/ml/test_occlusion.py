"""Leave-one-word-out on the shipped model: spans, bounds, and words that matter."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifier import priority
from classifier.ml import occlusion
from classifier.ml.runtime import Runtime

TRAPPED = "Family trapped on a roof in Beira, please send boats"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Help! We need water.", ["Help", "We", "need", "water"]),
        ("#Sereia: @maria (84 123) “now”…", ["#Sereia", "@maria", "84", "123", "now"]),
        ("पानी चाहिए। 🌊 !!", ["पानी", "चाहिए", "🌊"]),
        ("tents &amp; &lt;food&gt;", ["tents", "lt;food&gt"]),
        ("see https://t.co/a1?b=2", ["see", "https://t.co/a1?b=2"]),
        ("  \n — ... @ ", []),
        ("", []),
    ],
)
def test_words_come_without_the_punctuation_around_them(text: str, found: list[str]) -> None:
    assert [word.text for word in occlusion.words(text)] == found


@given(st.text(st.characters(), max_size=300))
def test_spans_are_code_points_of_the_text_as_sent(text: str) -> None:
    spans = occlusion.words(text)
    assert all(text[word.start : word.end] == word.text != "" for word in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))


def test_every_variant_is_asked_in_one_call(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[list[str]] = []
    predict = Runtime.predict
    monkeypatch.setattr(Runtime, "predict", lambda self, texts: calls.append(list(texts)) or predict(self, texts))
    occlusion.explain("Send boats, now", runtime)
    assert calls == [["Send boats, now", " boats, now", "Send , now", "Send boats, "]]


def test_a_contribution_is_the_figure_with_the_word_less_that_without_it(runtime: Runtime) -> None:
    explained = occlusion.explain(TRAPPED, runtime)
    spans = occlusion.words(TRAPPED)
    variants = [TRAPPED[: word.start] + TRAPPED[word.end :] for word in spans]
    full, *others = runtime.predict([TRAPPED, *variants])
    assert explained.answer == full and explained.complete
    assert [c.word for c in explained.contributions] == spans
    for c, variant, other in zip(explained.contributions, variants, others, strict=True):
        assert c.category == pytest.approx(full.probability - other.categories[full.category])
        assert c.emergency == pytest.approx(full.emergency_probability - other.emergency_probability)
        assert c.needs == {n: pytest.approx(full.needs[n] - other.needs[n]) for n in full.needs_detected}
        with_rules = priority.judge(TRAPPED, full).score - priority.judge(variant, other).score
        assert c.priority == pytest.approx(with_rules)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("The bridge near the market has collapsed", "collapsed"),
        ("Praying for everyone in the city tonight", "Praying"),
        ("There is no drinking water left in the village", "water"),
    ],
)
def test_the_word_that_carries_the_meaning_moves_the_answer_most(runtime: Runtime, text: str, word: str) -> None:
    explained = occlusion.explain(text, runtime)
    strongest = sorted(explained.contributions, key=lambda c: -c.category)[:2]
    assert word in [c.word.text for c in strongest]
    assert strongest[0].category > occlusion.NOISE


def test_the_word_that_a_rule_needs_carries_the_priority(runtime: Runtime) -> None:
    contributions = occlusion.explain("An old man is trapped on the second floor in Beira", runtime).contributions
    assert max(contributions, key=lambda c: c.priority).word.text == "trapped"


def test_long_texts_are_explained_up_to_a_bound_and_say_so(runtime: Runtime) -> None:
    text = " ".join(f"word{n}" for n in range(70))
    explained = occlusion.explain(text, runtime)
    assert not explained.complete
    assert [c.word.text for c in explained.contributions] == [f"word{n}" for n in range(60)]
    assert len(occlusion.explain(text, runtime, most=3).contributions) == 3


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(st.characters(), max_size=120))
def test_any_string_can_be_explained(runtime: Runtime, text: str) -> None:
    explained = occlusion.explain(text, runtime)
    figures: list[Any] = [f for c in explained.contributions for f in (c.category, c.emergency, c.priority)]
    assert all(-1 <= figure <= 1 for figure in figures)
