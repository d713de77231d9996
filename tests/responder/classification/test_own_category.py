"""A model's own class is the category that people see, where the active label schema has it."""

from typing import Any

import pytest

from classifier import categories
from responder import label_schemas as work
from responder.classification import own_category, pipeline
from responder.models import Post, User
from responder.queries import items

pytestmark = pytest.mark.django_db
DAMAGE, NEEDS = "infrastructure_and_utility_damage", "requests_or_urgent_needs"


@pytest.fixture
def schema(people: dict[str, User]) -> str:
    """An active schema with a kind of damage: key `mast_down`, name *Mast down!*."""
    by = people["lead"]
    ref = str(work.create(name="Ours", by=by).ref)
    made = work.add(
        ref=ref, version=1, by=by, name="Mast down!", key="mast_down", maps_to=DAMAGE, color="brick", description=""
    )
    work.activate(ref=ref, version=made.version, by=by)
    return ref


def prediction(label: str = DAMAGE, **own: Any) -> dict[str, Any]:
    given = {"key": "mast_down", "name": "Mast down!", "category": DAMAGE, "probability": 0.9, "abstained": False}
    return {"category": {"label": label}, "own_class": given | own}


def test_a_class_is_found_by_its_key_or_by_its_name(schema: str) -> None:
    assert own_category.shown_category(prediction()) == "mast_down"
    assert own_category.shown_category(prediction(key="tower/🐄", name="MAST DOWN!")) == "mast_down"
    assert categories.BY_ID["mast_down"].css == "brick"


@pytest.mark.parametrize(
    "given",
    [
        prediction(key="unknown", name="Unknown"),
        prediction(abstained=True),
        {"category": {"label": DAMAGE}},
    ],
)
def test_what_the_schema_does_not_have_or_is_unsure_stays_the_answered_category(
    schema: str, given: dict[str, Any]
) -> None:
    assert own_category.shown_category(given) == DAMAGE


def test_a_class_that_belongs_elsewhere_in_the_schema_is_not_shown(schema: str) -> None:
    assert own_category.shown_category(prediction(label=NEEDS)) == NEEDS


def test_a_post_is_shown_with_the_class_and_counted_by_its_category(schema: str, make_post: Any) -> None:
    post: Post = make_post(text="The mast at Kesh fell, 40 people cannot call")
    answer = prediction() | {
        "category": {"label": DAMAGE, "probability": 0.9, "abstained": False},
        "categories": {DAMAGE: 0.9},
        "emergency": {"label": True, "probability": 0.8},
        "priority": {"label": "High", "probability": 0.5, "score": 0.7, "reasons": ["model: High"]},
        "needs_detected": [],
        "places": [],
        "language": {"measured": True},
    }
    pipeline.apply_prediction(post, answer, version_id=None)
    post.save()
    assert (post.category, post.model_category, post.group) == ("mast_down", DAMAGE, "damage")
    assert items.category(post.category)["label"] == "Mast down!"
