"""Retention of requests: contact details and texts are kept for 90 days after closing, the decision without limit."""

from datetime import timedelta

from classifier import clock
from monitoring import audit
from responder.models import CorrectionRequest

KEPT = timedelta(days=90)
OVERDUE = timedelta(hours=72)  # without a review
LEGAL = timedelta(days=30)  # within a month: GDPR Art. 12(3)
AT_ONCE = 1_000


def forget() -> int:
    """Erase contact details, texts and reasons of requests closed 90 days ago; their links expire. Returns the number."""
    now = clock.now()
    ended = CorrectionRequest.objects.filter(closed_at__lte=now - KEPT, forgotten_at=None)
    refs = list(ended.order_by("pk").values_list("ref", flat=True)[:AT_ONCE])
    if not refs:
        return 0
    with audit.atomic():
        rows = CorrectionRequest.objects.filter(ref__in=refs, forgotten_at=None)
        count = rows.update(where="", contact="", details="", identity_words="", reason="", forgotten_at=now)
        audit.record(
            actor="system:corrections", action="correction.forgotten", object_type="correction", object_id="batch",
            detail={"requests": refs},
        )  # fmt: skip
    return count
