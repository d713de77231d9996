"""Key figures of a filter, and counts by group: what nobody answers, and what asks for action."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Case, Count, Min, Q, QuerySet, When
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifier import categories, clock
from responder.models import Event, Post
from responder.models.post import UNANSWERED
from responder.queries import posts
from responder.queries.filters import Filter

CRITICAL = Q(severity=1, status=Post.Status.UNREVIEWED)
HIGH = Q(severity=2, status=Post.Status.UNREVIEWED)
PLACED = Q(grid_x__isnull=False)
# What every grouping counts, so that key figures are sums over the rows that the map is drawn from.
COUNTS = {
    "count": Count("id"),
    "critical": Count("id", filter=CRITICAL),
    "unanswered": Count("id", filter=UNANSWERED),
    "high": Count("id", filter=HIGH),
    "oldest": Min("created_at", filter=UNANSWERED),
}
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figures:
    """The key figures of a filter.

    Arguments:
        unanswered: posts of severity 1, or of an incident that is confirmed or assigned, where nobody is going.
        unanswered_oldest_minutes: age of the oldest of them, or None.
        unanswered_no_location: those of them that are on no map.
        urgent_needs, actionable: posts in the group of needs, and in the groups that ask for action.
        total, no_location: all posts, and those on no map.
    """

    unanswered: int
    unanswered_oldest_minutes: int | None
    unanswered_no_location: int
    urgent_needs: int
    actionable: int
    total: int
    no_location: int

    def as_dict(self) -> dict[str, int | None]:
        return asdict(self)


def key_figures(post_filter: Filter, event: Event | None) -> tuple[Figures, dict[str, int]]:
    """(key figures, counts by group) of a filter, in one query."""
    found: Any = counted(post_filter, event, placed=PLACED)  # its annotations have dynamic names
    rows = list(found.order_by().values("chosen", "placed", "group").annotate(**COUNTS))
    return from_rows(row for row in rows if row["chosen"]), by_group(rows)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Posts that an area leaves out because they have no location: how many, and how many unanswered ones."""

    count: int
    unanswered: int

    @property
    def text(self) -> str:
        """The sentence for people; empty where nothing is left out."""
        if not self.count:
            return ""
        said = ngettext(
            "%(count)d post without a location is not shown", "%(count)d posts without a location are not shown",
            self.count,
        ) % {"count": self.count}  # fmt: skip
        if not self.unanswered:
            return said
        worst = ngettext("%(n)d of them is unanswered", "%(n)d of them are unanswered", self.unanswered)
        return f"{said}, {worst % {'n': self.unanswered}}"

    @property
    def notices(self) -> list[str]:
        """The same for a page that shows no map, with the reason."""
        return [_("%(sentence)s, because the filter has an area.") % {"sentence": self.text}] if self.count else []


def left_out_by_area(post_filter: Filter, event: Event | None) -> LeftOut:
    """What the area of a filter leaves out for want of a location. One query; none without an area."""
    if post_filter.area is None:
        return LeftOut(0, 0)
    found = posts.matching(post_filter, event, without={"area"}).exclude(PLACED)
    return LeftOut(**found.aggregate(count=COUNTS["count"], unanswered=COUNTS["unanswered"]))


def counted(post_filter: Filter, event: Event | None, **flags: Q) -> QuerySet[Post]:
    """Posts that pass a filter except for its categories, annotated with `chosen`: whether all of it passes.

    Arguments:
        flags: further boolean annotations, by name.
    """
    tests = {"chosen": post_filter.in_category()} | flags
    return posts.matching(post_filter, event, without={"cat"}).annotate(
        **{
            name: Case(When(test, then=True), default=False, output_field=BooleanField())
            for name, test in tests.items()
        }
    )


def from_rows(rows: Iterable[Row]) -> Figures:
    """The figures as sums over rows with COUNTS, `group` and `placed` (true where on the map)."""
    rows = list(rows)
    by_group: Counter[str] = Counter()
    for row in rows:
        by_group[row["group"]] += row["count"]
    unplaced = [row for row in rows if not row["placed"]]
    return Figures(
        unanswered=sum(row["unanswered"] for row in rows),
        unanswered_oldest_minutes=_minutes_since(min((row["oldest"] for row in rows if row["oldest"]), default=None)),
        unanswered_no_location=sum(row["unanswered"] for row in unplaced),
        urgent_needs=by_group["needs"],
        actionable=sum(by_group[group] for group in categories.ACTIONABLE_GROUPS),
        total=by_group.total(),
        no_location=sum(row["count"] for row in unplaced),
    )


def by_group(rows: Iterable[Row]) -> dict[str, int]:
    """Return group → number of posts that pass all other filters, which selecting the group would show.

    Arguments:
        rows: counts of all posts of `counted`.
    """
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row["group"]] += row["count"]
    return {group: counts[group] for group in categories.GROUPS}


def _minutes_since(moment: datetime | None) -> int | None:
    return max(0, int((clock.now() - moment).total_seconds() // 60)) if moment else None
