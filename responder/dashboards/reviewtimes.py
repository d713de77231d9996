"""How long posts waited for a first decision, counted by the database as a small table of waiting times.

Exact to the minute in the first hour, to ten minutes in the first day; longer waits count as a day.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Case, Count, F, IntegerField, OuterRef, QuerySet, Subquery, Value, When

from responder.dashboards.scope import Scope
from responder.models import TriageAction
from responder.queries.timeline import Epoch

TARGET_MINUTES = 10
HOUR, DAY = 60, 1440
DECIDED = (TriageAction.Verb.CONFIRM, TriageAction.Verb.CORRECT, TriageAction.Verb.DISMISS)
Waits = Mapping[int, int]  # minutes → posts


def by_bucket(scope: Scope) -> dict[int, Counter[int]]:
    """Number of the bar in which posts were written → their waiting times. One query, at most 60 × 199 rows."""
    found: dict[int, Counter[int]] = {}
    for row in _rows(scope):
        found.setdefault(row["bucket"], Counter())[row["waited"]] += row["count"]
    return found


def percentile(waits: Waits, share: float) -> int | None:
    """The least waiting time that `share` of the posts did not exceed (nearest rank); None without posts."""
    rank, passed = share * sum(waits.values()), 0
    for minutes in sorted(waits):
        passed += waits[minutes]
        if passed >= rank:
            return minutes
    return None


def total(parts: Iterable[Counter[int]]) -> Counter[int]:
    return sum(parts, Counter())


def _rows(scope: Scope) -> QuerySet[Any, Any]:
    first = TriageAction.objects.filter(post=OuterRef("pk"), verb__in=DECIDED).order_by("id").values("at")[:1]
    decided = scope.posts().filter(version__gt=1).annotate(first_at=Subquery(first)).exclude(first_at=None)
    minutes = (Epoch("first_at") - Epoch("received_at")) / 60
    return (
        decided.annotate(bucket=Epoch("created_at") / scope.seconds, minutes=minutes)
        .annotate(waited=_rounded())
        .order_by()
        .values("bucket", "waited")
        .annotate(count=Count("id"))
    )


def _rounded() -> Case:
    return Case(
        When(minutes__lt=0, then=Value(0)),
        When(minutes__lt=HOUR, then=F("minutes")),
        When(minutes__lt=DAY, then=F("minutes") / 10 * 10),
        default=Value(DAY),
        output_field=IntegerField(),
    )
