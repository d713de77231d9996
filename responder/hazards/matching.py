"""Which alerts concern an event or an incident, and where alerts and posts say different things.

An alert concerns an event if it touches the rectangle around the event's area while the event lasts. It supports an incident if
it is of a kind that goes together with the event's, and overlaps the incident in place and time. Both are asked anew each
time: nothing is written into incidents, so no alert is ever counted as a post or an author.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, Q, QuerySet

from classifier import clock
from responder.hazards import kinds
from responder.hazards.shapes import Bounds, Shape
from responder.models import Event, Incident, OfficialAlert
from responder.models.post import URGENT_UNANSWERED
from responder.queries import cells, mercator, posts

State = OfficialAlert.State
MOST_ALERTS, MOST_LINES, MOST_CANDIDATES, MOST_PLACES = 300, 5, 200, 200
BEFORE = timedelta(days=7)  # before the event, in which its warnings may have been sent
SLACK = timedelta(hours=6)  # between an alert and an incident that belong together
POSTS_SINCE = timedelta(hours=24)
LEAST_POSTS = 5  # of a place, before a missing alert is worth saying
MARGIN = 1.0  # degrees, more than NEAR_KM up to 80° of latitude
NEAR_KM = 10.0  # posts lie where a town is, not where its edge is


@dataclass(frozen=True, slots=True)
class UncoveredPlace:
    """A place with posts of the last 24 hours, and no current alert that covers it."""

    name: str
    count: int
    urgent: int
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Area:
    """Where an alert applies, with the rectangle around it, by which most points are told apart at once."""

    shape: Shape
    bounds: Bounds

    @classmethod
    def of(cls, alert: OfficialAlert) -> "Area":
        shape = Shape.read(alert.shape)
        return cls(shape, shape.bounds or (0.0, 0.0, 0.0, 0.0))

    def covers(self, point: tuple[float, float]) -> bool:
        """Whether (latitude, longitude) lies in it, or at most 10 km away."""
        west, south, east, north = self.bounds
        latitude, longitude = point
        near = west - MARGIN <= longitude <= east + MARGIN and south - MARGIN <= latitude <= north + MARGIN
        return near and self.shape.distance_km(latitude, longitude) <= NEAR_KM


def touching(event: Event | None) -> QuerySet[OfficialAlert]:
    """Alerts within the rectangle around the event's area and while it lasts; of an event without an area, all.

    Alerts without an outline are among them: where they apply is told in words alone. Alerts of exercises concern only
    events that are exercises.
    """
    found = OfficialAlert.objects.exclude(message_type="Cancel").select_related("source").defer("raw")
    if event is None:
        return found.filter(is_exercise=False)
    if not event.is_exercise:
        found = found.filter(is_exercise=False)
    found = found.filter(valid_until__gte=event.started_at - BEFORE)
    if not event.is_open:
        found = found.filter(sent__lte=event.state_at)
    if event.bbox is None:
        return found
    west, south, east, north = event.bbox
    overlaps = Q(west__lte=east, east__gte=west, south__lte=north, north__gte=south)
    return found.filter(overlaps | Q(west=None))


def current(found: QuerySet[OfficialAlert], now: datetime | None = None) -> QuerySet[OfficialAlert]:
    """Those that are valid: neither replaced nor cancelled nor expired; the most severe first."""
    rows = found.filter(state=State.CURRENT, valid_until__gte=now or clock.now())
    return rows.order_by("level", "-sent", "-id")


def ended(found: QuerySet[OfficialAlert], now: datetime | None = None) -> QuerySet[OfficialAlert]:
    """Those that hold no longer: replaced, cancelled or expired."""
    return found.filter(~Q(state=State.CURRENT) | Q(valid_until__lt=now or clock.now()))


def supporting(incident: Incident) -> list[OfficialAlert]:
    """The alerts that support an incident, the newest first, at most five."""
    if incident.latitude is None or incident.longitude is None:
        return []
    reach = (incident.radius_km or 0.0) + NEAR_KM
    degrees = min(180.0, reach / 40.0)  # generous: the exact distance is measured below
    x, y = incident.longitude, incident.latitude
    rows = OfficialAlert.objects.filter(
        is_exercise=incident.is_exercise,
        sent__lte=incident.last_evidence_at + SLACK,
        valid_until__gte=incident.started_at - SLACK,
        west__lte=x + degrees, east__gte=x - degrees, south__lte=y + degrees, north__gte=y - degrees,
    ).exclude(message_type="Cancel").exclude(state=State.REPLACED)  # fmt: skip
    hazard = incident.event.hazard if incident.event else ""
    found = rows.select_related("source").defer("raw", "description", "instruction").order_by("-sent", "-id")
    near = (one for one in found[:MOST_CANDIDATES] if kinds.go_together(hazard, one.hazard))
    return [one for one in near if Shape.read(one.shape).distance_km(y, x) <= reach][:MOST_LINES]


def without_posts(event: Event, now: datetime | None = None) -> list[OfficialAlert]:
    """Current alerts from whose area no post came in the last 24 hours, the most severe first; two queries for any number.

    Alerts without an outline are left out: which posts come from their area is not known.
    """
    now = now or clock.now()
    alerts = _located(event, now)
    if not alerts:
        return []
    since = now - POSTS_SINCE
    middles = [cells.centre(cell) for cell in cells.count(event, since=since, recent=since, until=now)]
    return [alert for alert in alerts if not any(map(Area.of(alert).covers, middles))]


def without_alert(event: Event, now: datetime | None = None) -> list[UncoveredPlace]:
    """Places with at least five posts of the last 24 hours that no current alert covers, those with the most first."""
    now = now or clock.now()
    areas = [Area.of(alert) for alert in _located(event, now)]
    rows = (
        posts.classified()
        .filter(event=event, created_at__gte=now - POSTS_SINCE, created_at__lte=now, grid_x__isnull=False)
        .exclude(place_name="").order_by().values("place_name")
        .annotate(count=Count("id"), urgent=Count("id", filter=URGENT_UNANSWERED), x=Min("grid_x"), y=Max("grid_y"))
        .filter(count__gte=LEAST_POSTS).order_by("-count", "place_name")
    )  # fmt: skip
    found = []
    for row in rows[:MOST_PLACES]:
        point = mercator.unproject(row["x"], row["y"])
        if not any(area.covers(point) for area in areas):
            found.append(UncoveredPlace(row["place_name"], row["count"], row["urgent"], *point))
    return found


def _located(event: Event, now: datetime) -> list[OfficialAlert]:
    """Current alerts with an outline, of a kind that goes together with the event's."""
    rows = current(touching(event), now).exclude(west=None)[:MOST_ALERTS]
    return [alert for alert in rows if kinds.go_together(event.hazard, alert.hazard)]
