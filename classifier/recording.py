"""The stored record of a prediction, and the retention of partners' predictions."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db.models import Q

from classifier import clock
from classifier.models import Prediction

# Predictions about posts are kept as long as the post. Those about partners' own texts are for drift and accuracy
# reports, which cover a few weeks.
KEEP_PARTNERS = timedelta(days=180)
FORGOTTEN_AT_ONCE = 5_000
ROWS_PER_STATEMENT = 500


def prediction_row(
    prediction: dict[str, Any], subject: str, version_id: int, role: str = Prediction.Role.PRODUCTION
) -> Prediction:
    """Build an unsaved Prediction row.

    Arguments:
        prediction: the prediction as in the API.
        subject: opaque reference to the classified object; the text is not stored here.
        version_id: id of the model version that answered.
        role: whether it answered as production, as canary, or in shadow.
    """
    return Prediction(
        subject=subject,
        model_version_id=version_id,
        role=role,
        category=prediction["category"]["label"],
        probability=prediction["category"]["probability"],
        abstained=prediction["category"]["abstained"],
        probabilities=prediction["categories"],
        emergency_probability=prediction["emergency"]["probability"],
        priority=prediction["priority"]["label"],
        priority_score=prediction["priority"]["score"],
        needs=prediction["needs_detected"],
    )


def store(rows: Sequence[Prediction]) -> None:
    """Store predictions, all or none."""
    Prediction.objects.bulk_create(rows, batch_size=ROWS_PER_STATEMENT)


def forget() -> int:
    """Delete expired predictions for partners' texts, oldest first. Returns the number.

    A call deletes at most a few thousand, so that the tables are never locked for long; the next call continues.
    """
    partners = Q(subject__startswith="api:") | Q(subject__startswith="job:")
    old = Prediction.objects.filter(partners, created_at__lt=clock.now() - KEEP_PARTNERS)
    keys = list(old.order_by("created_at").values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    return Prediction.objects.filter(pk__in=keys).delete()[0]
