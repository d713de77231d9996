"""The lasting record of a prediction, and how long partners' are kept."""

from datetime import timedelta
from typing import Any

from django.db.models import Q

from classifier import clock
from classifier.models import Prediction

# Predictions about posts stay as long as the post does. Those about partners' own texts serve drift and accuracy
# reports, which look back a few weeks.
KEEP_PARTNERS = timedelta(days=180)
FORGOTTEN_AT_ONCE = 5_000


def prediction_row(
    prediction: dict[str, Any], subject: str, version_id: int, role: str = Prediction.Role.PRODUCTION
) -> Prediction:
    """A Prediction, unsaved.

    Arguments:
        prediction: the contract's JSON.
        subject: opaque reference to what was predicted about; the text is not kept here.
        version_id: of the model version that answered.
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


def forget() -> int:
    """Delete the oldest predictions about partners' texts that are kept long enough. Returns how many.

    At most a few thousand at once, so that the tables are never locked for long; the next call goes on.
    """
    partners = Q(subject__startswith="api:") | Q(subject__startswith="job:")
    old = Prediction.objects.filter(partners, created_at__lt=clock.now() - KEEP_PARTNERS)
    keys = list(old.order_by("created_at").values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE])
    return Prediction.objects.filter(pk__in=keys).delete()[0]
