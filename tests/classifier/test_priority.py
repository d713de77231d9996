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
    ("text", "label", "reason"),
    [
        ("Children trapped in the school", "Critical", "rule: trapped + children"),
        ("Há crianças presas na escola primária", "Critical", "rule: trapped + children"),
        ("Familia atrapada en el techo, necesitamos rescate", "Critical", "rule: trapped + rescue request"),
        ("please send boats to the school", "High", "rule: rescue request"),
        ("Des enfants sont piégés", "Critical", "rule: trapped + children"),
    ],
)
def test_rules_raise_a_priority_and_say_why(text: str, label: str, reason: str) -> None:
    judged = priority.judge(text, answer())
    assert judged.label == label and judged.reasons == (reason, "model: Low")
    assert judged.score > 0.3 and judged.probability == dict(zip(PRIORITIES, (0.1, 0.2, 0.3, 0.4), strict=True))[label]


def test_without_a_rule_the_models_word_stands() -> None:
    judged = priority.judge("Shops reopen tomorrow", answer(priority="Medium"))
    assert (judged.label, judged.score, judged.reasons) == ("Medium", 0.3, ("model: Medium",))


def test_a_rule_never_lowers() -> None:
    assert priority.judge("please send boats", answer(priority="Critical")).label == "Critical"


@pytest.mark.parametrize("changes", [{"emergency_probability": 0.2}, {"category": "sympathy_and_support"}])
def test_figures_of_speech_stay_low(changes: dict[str, Any]) -> None:
    assert priority.judge("My children are trapped in this queue", answer(**changes)).label == "Low"


def test_long_hostile_text_is_read_in_linear_time() -> None:
    assert priority.judge("need " * 200_000, answer()).label == "Low"
