"""The figures of the version in production from its evaluation: accuracy on known events and on others."""

from dataclasses import dataclass
from typing import Any

from classifier.models import ModelVersion

UNKNOWN_GAP = 0.1  # between known and unseen events, if a version's evaluation doesn't say


@dataclass(frozen=True, slots=True)
class Promise:
    """A version's figures from its own evaluation.

    Arguments:
        model: name and version; empty if none is in production.
        accuracy: on held-out texts of known events; None if it was not measured.
        unseen_gap: how much less accurate it was on unseen events.
        recalls: category → recall.
        n: number of texts measured.
    """

    model: str
    sha256: str
    accuracy: float | None
    unseen_gap: float
    recalls: dict[str, float]
    n: int


def promise() -> Promise:
    """The figures of the version in production."""
    version = ModelVersion.objects.filter(state=ModelVersion.State.PRODUCTION).order_by("-id").first()
    if version is None:
        return Promise("", "", None, UNKNOWN_GAP, {}, 0)
    known: dict[str, Any] = version.metrics.get("category", {})
    accuracy, elsewhere = known.get("accuracy"), version.metrics.get("unseen", {}).get("accuracy")
    gap = UNKNOWN_GAP if accuracy is None or elsewhere is None else abs(accuracy - elsewhere)
    recalls = {name: row["recall"] for name, row in known.get("per_class", {}).items() if row["n"]}
    return Promise(str(version), version.sha256, accuracy, gap, recalls, known.get("n", 0))
