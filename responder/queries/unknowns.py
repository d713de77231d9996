"""What an event's posts cannot tell: silent places, unread languages, urgent posts without a place, gaps of feeds.

"No posts" never means "no emergency": a place that says nothing may have no network, no power, or nobody who writes. What is
expected of a place is its share of the people, and what it said before.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from django.db.models import Q, QuerySet

from classifier import clock
from classifier.categories import UNMEASURED
from classifier.places import gazetteer
from classifier.places.gazetteer import Entry
from responder import roles
from responder.models import Event, FeedGap, Post, polygons
from responder.models.polygons import Polygon
from responder.models.post import URGENT_UNANSWERED
from responder.queries import cells, posts
from responder.queries.cells import Cell, Cells

RECENT, BEFORE = timedelta(hours=6), timedelta(days=3)  # now, and what came before it
MOST_TOWNS, MOST_SHOWN, MOST_AREAS = 120, 60, 50
LEAST_PEOPLE = 5_000
NEAR_KM = 6.0  # around a town's middle; more where the gazetteer says that it is larger
FEW, LEAST_EXPECTED = 0.25, 4.0  # a place is quiet below this share of what is expected, if that is enough to judge by
MOST_UNREAD, MOST_UNPLACED, UNPLACED_SHOWN, MOST_GAPS = 10_000, 1_000, 30, 50
GAPS_SINCE = timedelta(hours=24)
NEVER, STOPPED, FEWER = "never", "stopped", "fewer"


@dataclass(frozen=True, slots=True)
class SilentPlace:
    """A town, or the area of a team, from which nothing or little comes.

    Arguments:
        why: `never` no posts in three days; `stopped`: none in the last six hours; `fewer`: far fewer than expected.
        expected: posts of six hours, by people and by what came before.
    """

    name: str
    why: str
    people: int
    recent: int
    earlier: int
    expected: float
    latitude: float | None = None
    longitude: float | None = None
    km: float = 0.0
    area: Polygon | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """The silent places of an event, those with the most people first, and how many were looked at.

    `is_known`: whether the event has an area or countries by which its towns are known.
    """

    places: list[SilentPlace]
    areas: list[SilentPlace]
    looked_at: int
    areas_looked_at: int
    people: int
    is_known: bool


def as_of(event: Event) -> datetime:
    """The time by which silence is judged: now, and for an event that was closed, when that happened."""
    return clock.now() if event.is_open else event.state_at


def silence(event: Event) -> Silence:
    """The silent towns and team areas of an event: one grouped query of three days, one for the areas of teams."""
    now = as_of(event)
    counted = cells.count(event, since=now - RECENT - BEFORE, recent=now - RECENT, until=now)
    everything = cells.total(counted, counted)
    towns = _towns(event)
    people = sum(town.population for town in towns) or 1
    found = [_judged(town, counted, everything, people) for town in towns]
    areas = [(one.name, one.area) for one in event.team_areas.all()[:MOST_AREAS] if one.area]
    silent = sorted((one for one in found if one), key=lambda one: (-one.people, one.name))
    return Silence(
        places=silent[:MOST_SHOWN],
        areas=_areas(areas, counted, towns),
        looked_at=len(towns),
        areas_looked_at=len(areas),
        people=sum(one.people for one in silent),
        is_known=bool(towns),
    )


def _towns(event: Event) -> list[Entry]:
    """The largest towns within the event's area; without one, within its countries."""
    box = event.bbox or (gazetteer.bounds(tuple(sorted(event.country_codes))) if event.country_codes else None)
    if box is None:
        return []
    entries = [one for one in gazetteer.in_box(*box, MOST_TOWNS * 3) if one.population >= LEAST_PEOPLE]
    if event.bbox is None:
        entries = [one for one in entries if one.country in event.country_codes]
    elif event.area:
        entries = [one for one in entries if _holds(event.area, one.latitude, one.longitude)]
    return entries[:MOST_TOWNS]


def _judged(town: Entry, counted: Cells, everything: Cell, people: int) -> SilentPlace | None:
    """The town as a silent place, or None if enough comes from it."""
    km = max(NEAR_KM, float(town.radius_km or 0.0))
    here = cells.total(counted, cells.around(town.latitude, town.longitude, km))
    expected = max(everything.recent * town.population / people, here.earlier * (RECENT / BEFORE))
    why = _why(here, expected)
    if not why:
        return None
    return SilentPlace(
        town.name, why, town.population, here.recent, here.earlier, expected, town.latitude, town.longitude, km
    )


def _why(here: Cell, expected: float) -> str:
    if not here.recent:
        return STOPPED if here.earlier else NEVER
    return FEWER if expected >= LEAST_EXPECTED and here.recent < FEW * expected else ""


def _areas(areas: list[tuple[str, Polygon]], counted: Cells, towns: list[Entry]) -> list[SilentPlace]:
    """The areas of teams from which no post came in the last six hours."""
    centres = {cell: cells.centre(cell) for cell in counted}
    found = []
    for name, area in areas:
        inside = [cell for cell, (latitude, longitude) in centres.items() if _holds(area, latitude, longitude)]
        here = cells.total(counted, inside)
        people = sum(town.population for town in towns if _holds(area, town.latitude, town.longitude))
        if why := _why(here, 0.0):
            expected = here.earlier * (RECENT / BEFORE)
            found.append(SilentPlace(name, why, people, here.recent, here.earlier, expected, area=area))
    return found


def _holds(polygon: Polygon, latitude: float, longitude: float) -> bool:
    """Whether a point lies in a stored polygon of one ring."""
    west, south, east, north = polygons.bounds(polygon)
    if not (west <= longitude <= east and south <= latitude <= north):
        return False
    inside = False
    for (x1, y1), (x2, y2) in pairwise(polygon["coordinates"][0]):
        if (y1 > latitude) != (y2 > latitude) and longitude < (x2 - x1) * (latitude - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def unread_languages(event: Event) -> tuple[list[tuple[str, int]], bool]:
    """(code of a language in which the model was not measured, unreviewed posts in it) with the most first, and whether
    there are more posts than were counted.
    """
    rows = posts.classified().filter(event=event, group=UNMEASURED, status=Post.Status.UNREVIEWED)
    codes = list(rows.order_by("-cues", "created_at", "id").values_list("lang", flat=True)[: MOST_UNREAD + 1])
    counts = Counter(code.lower().partition("-")[0] for code in codes[:MOST_UNREAD])
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])), len(codes) > MOST_UNREAD


def urgent_without_place(event: Event) -> QuerySet[Post]:
    """Critical and high posts to which nobody is going and that are on no map, the most urgent and newest first."""
    rows = posts.classified().filter(URGENT_UNANSWERED, event=event, grid_x=None)
    return rows.order_by("severity", "-created_at", "-id")


def gaps(event: Event, visible_events: frozenset[int] | None) -> list[FeedGap]:
    """Periods of the last 24 hours for which feeds of the event may lack posts, open ones first."""
    recent = Q(state=FeedGap.State.OPEN) | Q(state=FeedGap.State.LOST, ended_at__gte=as_of(event) - GAPS_SINCE)
    rows = roles.within(FeedGap.objects.filter(recent, feed__event=event), visible_events, "feed__event")
    return list(rows.select_related("feed").order_by("ended_at", "-began_at")[:MOST_GAPS])
