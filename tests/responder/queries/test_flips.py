"""What an approver sees of an approval's consequences: own texts, masked, and none that was erased."""

import pytest

from classifier import feedback
from classifier.models import Label
from responder.queries import flips

pytestmark = pytest.mark.django_db
TEXT = "Call me at +258 84 123 4567, the school roof is gone"
NEEDS, DAMAGE, OTHER = "requests_or_urgent_needs", "infrastructure_and_utility_damage", "other_relevant_information"


@pytest.fixture
def label(people) -> Label:
    return feedback.record(
        subject="post:1", text=TEXT, event="flood", lang="en", category=DAMAGE, how="triage", by=people["lead"]
    )


def comparison(*answers: tuple[str, str]) -> dict:
    key = feedback.text_key(TEXT)
    return {"flipped": [{"text_key": key, "truth": DAMAGE, "candidate": c, "live": old} for c, old in answers]}


def test_texts_are_masked_and_say_whether_it_gets_better(label):
    found = flips.from_comparison(comparison((DAMAGE, NEEDS), (NEEDS, DAMAGE), (NEEDS, OTHER)))
    assert [(one.better, one.worse) for one in found] == [(True, False), (False, True), (False, False)]
    assert "school roof" in found[0].text
    assert "123 4567" not in found[0].text


def test_an_erased_text_is_gone_from_the_evidence(label):
    feedback.erase(subject="post:1", by="user:lead-ana")
    assert flips.from_comparison(comparison((DAMAGE, NEEDS)))[0].text == ""


def test_a_comparison_without_examples_shows_none():
    assert flips.from_comparison({}) == []


@pytest.mark.parametrize(("gate", "said"), [
    ({"value": 0.02, "threshold": 0.05, "outcome": "passed"}, 0.03),
    ({"value": 0.08, "threshold": 0.05, "outcome": "failed"}, -0.03),
    ({"value": 0.8, "threshold": 0.7, "outcome": "passed"}, 0.1),
    ({"value": None, "threshold": None, "outcome": "not_evaluable"}, None),
])  # fmt: skip
def test_the_margin_is_positive_on_the_passing_side(gate, said):
    assert flips.margin(gate) == (None if said is None else pytest.approx(said))
