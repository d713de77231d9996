"""Whether roads are open or closed, as posts of confirmed incidents state it, each statement with the posts that make it.

A statement counts as on the page of its incident (`queries.facts.standing`), if its post was there by the period's end.
Where people confirmed what posts state of an incident, only that counts; otherwise posts may disagree, and the report says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from responder.models import IncidentFact
from responder.models.incident import PREFIX
from responder.queries import facts as fact_queries
from responder.situation import figures
from responder.situation.figures import Figure, Independence
from responder.situation.past import PastIncident

MOST_READ = 20_000  # statements of one report
CLOSED, OPEN = IncidentFact.Value.CLOSED.value, IncidentFact.Value.OPEN.value
LABELS: dict[str, str | Promise] = {CLOSED: gettext_lazy("Road closed"), OPEN: gettext_lazy("Road open")}


@dataclass(slots=True)
class RoadStatement:
    """What posts of one incident state of its roads.

    Arguments:
        value: `closed` or `open`.
        posts: ids of the posts that state it; empty where the only one was erased after a person confirmed it.
        is_confirmed: whether a person confirmed it by the period's end.
        latest_at: when the newest of the posts was written.
    """

    incident_id: int
    value: str
    posts: list[int] = field(default_factory=list)
    is_confirmed: bool = False
    latest_at: datetime | None = None

    def as_row(self, independence: Independence) -> dict[str, Any]:
        """The statement as a report keeps it."""
        return {
            "incident": self.incident_id, "ref": f"{PREFIX}{self.incident_id:04d}", "value": self.value,
            "label": str(LABELS[self.value]), "posts": self.posts, "authors": independence.of_posts(self.posts),
            "is_confirmed": self.is_confirmed, "latest_at": self.latest_at.isoformat() if self.latest_at else None,
        }  # fmt: skip


class Roads:
    """The statements about roads of some incidents; one query for any number of them."""

    def __init__(self, rows: Iterable[PastIncident], end: datetime) -> None:
        found: dict[tuple[int, str], RoadStatement] = {}
        stated = fact_queries.standing([one.incident.pk for one in rows]).filter(kind=IncidentFact.Kind.ACCESS)
        columns = stated.order_by("id").values_list("incident", "value", "state", "at", "post", "post__created_at")
        for incident, value, state, at, post, written_at in columns[:MOST_READ]:
            if (written_at or at) >= end:
                continue
            one = found.setdefault((incident, value), RoadStatement(incident, value))
            one.is_confirmed |= state == IncidentFact.State.CONFIRMED and at < end
            if post:
                one.posts.append(post)
                one.latest_at = max(filter(None, (one.latest_at, written_at)))
        self._by_incident: dict[int, list[RoadStatement]] = {}
        for key in sorted(found):
            self._by_incident.setdefault(key[0], []).append(found[key])

    @property
    def posts(self) -> set[int]:
        """Ids of all posts that state anything about a road."""
        return {post for rows in self._by_incident.values() for one in rows for post in one.posts}

    def of(self, incident_id: int) -> list[RoadStatement]:
        """What is stated of an incident: `closed` before `open`; of the confirmed statements where there are any."""
        rows = self._by_incident.get(incident_id, [])
        return [one for one in rows if one.is_confirmed] or rows

    def values(self, incident_id: int) -> list[str]:
        """`closed`, `open`, both or neither."""
        return [one.value for one in self.of(incident_id)]

    def figures(self, rows: Sequence[PastIncident], independence: Independence) -> dict[str, Figure]:
        """Key → figure: how many of the incidents have a closed road, an open one, or posts that disagree."""
        labels = {
            "road-closed": (_("Incidents whose posts state a closed road"), [CLOSED]),
            "road-open": (_("Incidents whose posts state an open road"), [OPEN]),
            "road-disputed": (_("Incidents whose posts disagree whether a road is open"), [CLOSED, OPEN]),
        }
        return {key: self._figure(label, rows, values, independence) for key, (label, values) in labels.items()}

    def _figure(
        self, label: str, rows: Sequence[PastIncident], values: list[str], independence: Independence
    ) -> Figure:
        counted = [one for one in rows if self.values(one.incident.pk) == values]
        posts = [post for one in counted for road in self.of(one.incident.pk) for post in road.posts]
        return figures.of_incidents(label, counted, independence) | {"authors": independence.of_posts(posts)}
