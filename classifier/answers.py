"""The model's answer for one text."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mention:
    """A location that a text names: span in code points of the text as sent; `score` 0–1."""

    start: int
    end: int
    score: float


@dataclass(frozen=True, slots=True)
class ClassAnswer:
    """The answer of a model with classes of its own.

    Arguments:
        key, name: of the most likely class, as label files and as people call it.
        maps_to: the category that it belongs to, or empty.
        probability: of the class, calibrated.
        abstained: whether it counts as "can't judge".
        probabilities: key → probability, for every class.
    """

    key: str
    name: str
    maps_to: str
    probability: float
    abstained: bool
    probabilities: dict[str, float]


@dataclass(frozen=True, slots=True)
class Answer:
    """The model's answer for one text; probabilities are calibrated, 0 to 1."""

    categories: dict[str, float]
    category: str
    probability: float
    abstained: bool
    emergency: bool
    emergency_probability: float
    priorities: dict[str, float]
    priority: str
    priority_probability: float
    priority_score: float
    needs: dict[str, float]
    needs_detected: tuple[str, ...]
    informative_probability: float
    mentions: tuple[Mention, ...] | None = None  # None: this model has no location head
    own_class: ClassAnswer | None = None  # None: this model has the product's categories alone
