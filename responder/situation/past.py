"""Incidents as people left them at an earlier time, read back from their timelines.

From an incident as it is now, every later change is taken back, the newest first. Only what people decided is read back:
a severity that a rule raised, and an automatic title or place, are as they are now.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from responder.models import Event, Incident, IncidentEntry

FIELDS = ("status", "outcome", "severity", "verification", "needs", "merged_into_id", "going_at", "waiting_since")
FORMER = {"acknowledged": Incident.Status.CONFIRMED.value}  # statuses of earlier versions, as migration 0040 reads them
Status, Verification = Incident.Status, Incident.Verification
HANDLED = frozenset({Status.CONFIRMED.value, Status.ASSIGNED.value, Status.ON_THE_WAY.value, Status.RESOLVED.value})


@dataclass(frozen=True, slots=True)
class PastIncident:
    """What people had decided about an incident at one time.

    Arguments:
        incident: the row, for what does not change: its place, title and posts.
    """

    incident: Incident
    status: str
    outcome: str
    severity: int
    verification: str
    needs: dict[str, str] = field(default_factory=dict)
    merged_into_id: int | None = None
    going_at: Any = None
    waiting_since: Any = None

    @property
    def is_confirmed(self) -> bool:
        """Whether people confirmed it: it is handled or verified, and neither merged nor false."""
        counts = self.status in HANDLED or self.verification == Verification.VERIFIED
        return counts and self.merged_into_id is None and self.verification != Verification.FALSE

    @property
    def is_resolved(self) -> bool:
        return self.status == Status.RESOLVED

    @property
    def is_going(self) -> bool:
        return self.status == Status.ON_THE_WAY

    @property
    def is_unanswered(self) -> bool:
        """Whether it is confirmed, and nobody is going."""
        return self.is_confirmed and not self.is_resolved and not self.is_going

    @property
    def needed(self) -> list[str]:
        """Needs that are open."""
        return sorted(need for need, said in self.needs.items() if said == "needed")


def at_times(event: Event, times: Sequence[datetime]) -> list[dict[int, PastIncident]]:
    """For each time, the event's incidents that existed by then, by id. Two queries, however many times are asked for."""
    incidents = list(Incident.objects.filter(event=event).select_related("event", "owner", "team").order_by("pk"))
    later = IncidentEntry.objects.filter(incident__event=event, at__gt=min(times)).order_by("-at", "-id")
    changes = [(number, at, before) for number, at, before in later.values_list("incident", "at", "before") if before]
    return [_at(incidents, changes, time) for time in times]


def _at(
    incidents: Iterable[Incident], changes: Sequence[tuple[int, datetime, Any]], time: datetime
) -> dict[int, PastIncident]:
    found = {one.pk: _now(one) for one in incidents if one.created_at <= time}
    for number, at, before in changes:
        if at > time and number in found and isinstance(before, dict):
            found[number] = replace(found[number], **_read(before))
    return found


def _now(incident: Incident) -> PastIncident:
    return PastIncident(incident, **{name: getattr(incident, name) for name in FIELDS})


def _read(before: dict[str, Any]) -> dict[str, Any]:
    """The fields of an entry's `before`; times are read as such."""
    values = {name: before[name] for name in FIELDS if name in before}
    for name in ("going_at", "waiting_since"):
        if isinstance(values.get(name), str):
            values[name] = datetime.fromisoformat(values[name])
    if "status" in values:
        values["status"] = FORMER.get(values["status"], values["status"])
    return values
