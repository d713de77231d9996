"""Priority: the model's word, raised by rules that people can read."""

from typing import Any

import pytest

from classifier import priority
from classifier.answers import Answer
from classifier.categories import CATEGORY_IDS, NEEDS, PRIORITIES


def answer(**changes: Any) -> Answer:
    values: dict[str, Any] = {
        "categories": dict.fromkeys(CATEGORY_IDS, 0.1), "category": "requests_or_urgent_needs", "probability": 0.8,
        "abstained": False, "emergency": True, "emergency_probability": 0.9,
        "priorities": dict(zip(PRIORITIES, (0.1, 0.2, 0.3, 0.4), strict=True)), "priority": "Low",
        "priority_probability": 0.4, "priority_score": 0.3, "needs": dict.fromkeys(NEEDS, 0.1), "needs_detected": (), "informative_probability": 0.5,
    }  # fmt: skip
    return Answer(**(values | changes))


@pytest.mark.parametrize(
    ("text", "label", "reason", "words"),
    [
        ("Children trapped in the school", "Critical", "rule: trapped + children", "trapped, Children"),
        ("Há crianças presas na escola primária", "Critical", "rule: trapped + children", "crianças presas, crianças"),
        (
            "Familia atrapada en el techo, necesitamos rescate", "Critical", "rule: trapped + rescue request",
            "atrapada, necesitamos rescate",
        ),
        ("please send boats to the school", "High", "rule: rescue request", "please boats"),
        ("Des enfants sont piégés", "Critical", "rule: trapped + children", "piégés, enfants"),
        ("屋根の上に子供がいます、助けて", "Critical", "rule: trapped + children", "屋根の上, 子供"),
    ],
)  # fmt: skip
def test_rules_raise_a_priority_and_say_why(text: str, label: str, reason: str, words: str) -> None:
    judged = priority.judge(text, answer())
    assert judged.label == label and judged.reasons == (reason, "model: Low", f"words: {words}")
    assert judged.score > 0.3 and judged.probability == dict(zip(PRIORITIES, (0.1, 0.2, 0.3, 0.4), strict=True))[label]


def test_without_a_rule_the_models_word_stands() -> None:
    judged = priority.judge("Shops reopen tomorrow", answer(priority="Medium"))
    assert (judged.label, judged.score, judged.reasons) == ("Medium", 0.3, ("model: Medium",))


def test_a_rule_never_lowers() -> None:
    assert priority.judge("please send boats", answer(priority="Critical")).label == "Critical"


@pytest.mark.parametrize("changes", [{"emergency_probability": 0.2}, {"category": "sympathy_and_support"}])
def test_figures_of_speech_stay_low(changes: dict[str, Any]) -> None:
    assert priority.judge("My children are trapped in this queue", answer(**changes)).label == "Low"


@pytest.mark.parametrize(
    ("text", "lang", "changes", "label"),
    [
        ("mom unconscious, no ambulance coming", "en", {"category": "not_humanitarian", "emergency_probability": 0.45}, "High"),
        ("SOS 4 people", "en", {"emergency_probability": 0.15}, "High"),
        ("SOS 4 people", "en", {"emergency_probability": 0.05}, "Low"),
        ("please send boats", "en", {"category": "not_humanitarian", "emergency_probability": 0.2}, "Low"),
        ("children trapped", "en", {"category": "not_humanitarian", "emergency_probability": 0.2}, "Critical"),
        ("children trapped", "en", {"category": "not_humanitarian", "emergency_probability": 0.05}, "Low"),
        ("children trapped", "tl", {"category": "not_humanitarian", "emergency_probability": 0.01}, "Critical"),
        ("watoto wamekwama", None, {"category": "not_humanitarian", "emergency_probability": 0.01}, "Critical"),
        ("孩子被困", None, {"category": "sympathy_and_support", "emergency_probability": 0.01}, "Critical"),
        ("孩子被困", "en", {"category": "sympathy_and_support", "emergency_probability": 0.01}, "Critical"),
    ],
)  # fmt: skip
def test_the_model_silences_a_rule_only_in_languages_that_it_was_measured_in(
    text: str, lang: str | None, changes: dict[str, Any], label: str
) -> None:
    assert priority.judge(text, answer(**changes), lang).label == label


def test_long_hostile_text_is_read_in_linear_time() -> None:
    assert priority.judge("need " * 200_000, answer()).label == "Low"
