"""The two clocks of an incident, until it was seen and until somebody set off, against the target of its severity."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.conf import settings
from django.utils.translation import gettext as _

from classifier import clock
from responder import roles
from responder.models import Event, Incident
from responder.queries import items, liveness

LATEST = 5_000  # incidents that the medians are of
MINUTE = timedelta(minutes=1)
NOBODY_GOING = (Incident.Status.OPEN, Incident.Status.CONFIRMED, Incident.Status.ASSIGNED)


@dataclass(frozen=True, slots=True)
class Clocks:
    """The clocks of one incident, in whole minutes.

    Arguments:
        target: until somebody should be going, by severity.
        waiting: since it was opened or opened again, where nobody is going yet; None otherwise.
        seen: until a person first acted on it; None before.
        going: until somebody set off; None before.
    """

    target: int
    waiting: int | None
    seen: int | None
    going: int | None

    @property
    def overdue(self) -> bool:
        """Whether it has waited for longer than its target."""
        return self.waiting is not None and self.waiting > self.target

    @property
    def went_late(self) -> bool:
        """Whether somebody set off after the target."""
        return self.going is not None and self.going > self.target

    @property
    def words(self) -> dict[str, str]:
        """The same spans as text, by their names; empty where there is none."""
        return {name: in_words(getattr(self, name)) for name in ("target", "waiting", "seen", "going")}


@dataclass(frozen=True, slots=True)
class Medians:
    """Median minutes of the incidents of one severity; None without any."""

    severity: int
    word: str
    target: int
    incidents: int
    seen: float | None
    going: float | None

    @property
    def words(self) -> dict[str, str]:
        """The same spans as text, by their names; empty where there is none."""
        return {name: in_words(getattr(self, name)) for name in ("target", "seen", "going")}


def in_words(span: float | None) -> str:
    """A span of minutes as text; empty for None."""
    if span is None:
        return ""
    return liveness.duration(span * MINUTE) if span >= 1 else _("under 1 min")


def target(severity: int) -> int:
    """Minutes within which somebody should be going."""
    return settings.RESPONSE_TARGETS[min(max(severity, 1), len(settings.RESPONSE_TARGETS)) - 1]


def of(incident: Incident, now: datetime | None = None) -> Clocks:
    """The clocks of an incident at `now`, without a query."""
    nobody = incident.status in NOBODY_GOING and incident.verification != Incident.Verification.FALSE
    waits = nobody and incident.merged_into_id is None
    since = incident.waiting_since
    return Clocks(
        target=target(incident.severity),
        waiting=minutes(since, now or clock.now()) if waits else None,
        seen=minutes(since, incident.seen_at),
        going=minutes(since, incident.going_at),
    )


def minutes(start: datetime, end: datetime | None) -> int | None:
    """Whole minutes between both; 0 where the end is earlier, as of what was seen before it was opened again."""
    return max(0, (end - start) // MINUTE) if end else None


def medians(event: Event | None, visible_events: frozenset[int] | None) -> list[Medians]:
    """The median clocks by severity, of the newest incidents of `event` (None: of all that are visible); one query."""
    found = roles.within(Incident.objects.filter(merged_into=None), visible_events)
    found = found.filter(event=event) if event else found
    rows = found.order_by("-id").values_list("severity", "waiting_since", "seen_at", "going_at")[:LATEST]
    by_severity: dict[int, list[tuple[int | None, int | None]]] = {}
    for severity, since, seen_at, going_at in rows:
        by_severity.setdefault(severity, []).append((minutes(since, seen_at), minutes(since, going_at)))
    return [
        Medians(
            severity=level, word=str(word), target=target(level), incidents=len(pairs),
            seen=_median(seen for seen, _going in pairs), going=_median(going for _seen, going in pairs),
        )
        for level, word in items.SEVERITY_WORDS.items()
        for pairs in [by_severity.get(level, [])]
    ]  # fmt: skip


def _median(found: Iterable[int | None]) -> float | None:
    known = [one for one in found if one is not None]
    return median(known) if known else None
