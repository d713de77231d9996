"""Answers of a model with classes of its own, beside the product's: which category a class stands for. numpy only."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from classifier.answers import Answer, ClassAnswer
from classifier.ml.calibration import Calibration, Floats, softmax


def answers(
    given: Sequence[Answer], logits: Floats, classes: Sequence[Mapping[str, str]], calibration: Calibration
) -> list[Answer]:
    """The product's answers with the class of each text, and with the category that follows from it.

    A class that maps to a category hands its probability to it. What the other classes have is shared out as the
    product's own categories are, so that the categories still sum to 1. The category answered is the one of the most
    likely class; where that maps to none, the product's own stays.

    Arguments:
        logits: of the classes, shape (n, classes).
        classes: as config.json has them: key, name, maps_to.
    """
    chances = softmax(logits / calibration.temperatures["classes"])
    return [_combined(one, row, classes, calibration) for one, row in zip(given, chances, strict=True)]


def _combined(
    answer: Answer, chances: Floats, classes: Sequence[Mapping[str, str]], calibration: Calibration
) -> Answer:
    best = int(np.argmax(chances))
    unsure = bool(chances[best] < calibration.classes_abstain_below)
    own = ClassAnswer(
        key=classes[best]["key"],
        name=classes[best]["name"],
        maps_to=classes[best].get("maps_to") or "",
        probability=float(chances[best]),
        abstained=unsure,
        probabilities={one["key"]: float(chance) for one, chance in zip(classes, chances, strict=True)},
    )
    changes: dict[str, Any] = {"own_class": own}
    mapped = [one.get("maps_to") or "" for one in classes]
    if any(mapped):
        rest = float(sum(chance for chance, category in zip(chances, mapped, strict=True) if not category))
        categories = {name: rest * chance for name, chance in answer.categories.items()}
        for chance, category in zip(chances, mapped, strict=True):
            if category:
                categories[category] += float(chance)
        category = own.maps_to or answer.category
        changes |= {"categories": categories, "category": category, "probability": categories[category]}
    if own.maps_to:
        changes["abstained"] = unsure
    return replace(answer, **changes)
