"""Classes of one's own beside the product's categories: probabilities go where the classes map to."""

import numpy as np
import pytest

from classifier.categories import CATEGORY_IDS
from classifier.ml import own_classes
from classifier.ml.fitting import NEUTRAL
from tests.classifier.ml.test_evaluation import answer

CLASSES = [
    {"key": "w", "name": "Water", "maps_to": "requests_or_urgent_needs"},
    {"key": "m", "name": "Mast", "maps_to": "infrastructure_and_utility_damage"},
    {"key": "x", "name": "Else", "maps_to": ""},
]
CALIBRATION = type(NEUTRAL)(
    **(NEUTRAL.to_json() | {"temperatures": NEUTRAL.temperatures | {"classes": 2.0}, "classes_abstain_below": 0.4})
)


def asked(*logits: float, classes: list[dict[str, str]] = CLASSES, category: str = "sympathy_and_support"):  # type: ignore[no-untyped-def]
    given = answer(category, 0.91, abstained=True)
    (found,) = own_classes.answers([given], np.array([logits]), classes, CALIBRATION)
    return found


def test_a_class_hands_its_probability_to_its_category() -> None:
    found = asked(8.0, 0.0, 0.0)
    assert (found.own_class.key, found.own_class.name) == ("w", "Water")
    assert found.own_class.probability == pytest.approx(np.exp(4) / (np.exp(4) + 2))  # at temperature 2
    assert found.category == "requests_or_urgent_needs" and not found.abstained
    share = found.own_class.probabilities["x"]
    assert found.categories["requests_or_urgent_needs"] == pytest.approx(found.own_class.probability + share * 0.01)
    assert found.categories["sympathy_and_support"] == pytest.approx(share * 0.91)
    assert sum(found.categories.values()) == pytest.approx(1.0) and set(found.categories) == set(CATEGORY_IDS)


def test_where_the_class_maps_to_none_the_products_category_stands() -> None:
    found = asked(0.0, 0.0, 8.0)
    assert found.own_class.key == "x" and found.own_class.maps_to == ""
    assert found.category == "sympathy_and_support" and found.abstained
    assert found.probability == pytest.approx(found.categories["sympathy_and_support"]) and sum(
        found.categories.values()
    ) == pytest.approx(1.0)


def test_classes_without_any_mapping_leave_the_categories_alone() -> None:
    plain = [one | {"maps_to": ""} for one in CLASSES]
    given = answer("sympathy_and_support", 0.91)
    found = asked(8.0, 0.0, 0.0, classes=plain)
    assert found.categories == given.categories and found.category == given.category and found.own_class.key == "w"


def test_an_unsure_class_abstains() -> None:
    found = asked(0.1, 0.0, 0.0)
    assert found.own_class.abstained and found.abstained and found.own_class.probability < 0.4
