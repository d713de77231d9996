"""Groups of posts that are near each other in time and place, for rules such as "3 critical within 10 km in 30 minutes".

A post is dense if, counted with itself, enough posts lie within the radius of it and within the minutes before some moment. The
first dense post of a place begins a group and is its centre. A dense post within twice the radius of a group's centre belongs
to that group; the group ends when nothing in it was dense for as long as the rule looks back.

Points are read in the order of their time, so that a look back at a day finds the groups that a rule would have found live.
"""

import math
from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

EARTH_KM = 6371.0
ANYWHERE_KM = 1.0  # of rules without a radius: all their points lie at one place
Spot = tuple[float, float, float]  # on a sphere, in km: no edge at 180°, no narrow cells near the poles
Cell = tuple[int, int, int]


class Point(NamedTuple):
    """A post: its id, its time, and its place; None for both coordinates where place does not matter."""

    id: int
    at: datetime
    latitude: float | None
    longitude: float | None
    place: str = ""


@dataclass(slots=True)
class _Held:
    """A point that was read.

    Arguments:
        count: points within its radius, itself included, when they were last counted, and those that came since.
        inside: how many points had been taken by groups by then: these are added to no count.
    """

    point: Point
    spot: Spot
    count: int
    inside: int


@dataclass(slots=True)
class Group:
    """Posts that are near each other.

    Arguments:
        latitude, longitude: of its centre; None where place does not matter.
        first_at, last_at: when it became dense, and when it last was, by the time of the posts.
        key: of a firing that stands for it already; empty for a new group.
        places: the names of its posts' places, as often as they came.
        size: posts within the radius of its centre, while it lasted.
    """

    latitude: float | None
    longitude: float | None
    first_at: datetime
    last_at: datetime
    key: str = ""
    places: dict[str, int] = field(default_factory=dict)
    size: int = 0
    spot: Spot = (0.0, 0.0, 0.0)
    recent: deque[datetime] = field(default_factory=deque)

    @property
    def place(self) -> str:
        """The place that most of its posts name; empty if none does."""
        return max(self.places, key=lambda name: self.places[name], default="")

    def take(self, point: Point, span: timedelta, threshold: int) -> None:
        """Count a point within the radius of the centre."""
        self.size += 1
        if point.place:
            self.places[point.place] = self.places.get(point.place, 0) + 1
        self.recent.append(point.at)
        while self.recent[0] <= point.at - span:
            self.recent.popleft()
        if len(self.recent) >= threshold:
            self.last_at = max(self.last_at, point.at)


def find(
    points: Iterable[Point], *, threshold: int, span: timedelta, radius_km: float | None, known: Sequence[Group] = ()
) -> list[Group]:
    """The groups among `points`: those of `known`, updated, and then new ones in the order of time.

    Arguments:
        threshold: how many posts make a group.
        span: within which they come.
        radius_km: within which they lie; None: place does not matter.
        known: groups that were found before; a point that belongs to one of them begins no other.
    """
    finder = _Finder(threshold, span, ANYWHERE_KM if radius_km is None else radius_km, list(known))
    for point in sorted(points, key=lambda one: (one.at, one.id)):
        finder.read(point)
    return finder.groups


class _Finder:
    """Reads points in the order of time."""

    def __init__(self, threshold: int, span: timedelta, radius_km: float, known: list[Group]) -> None:
        self.threshold, self.span, self.radius_km = threshold, span, radius_km
        self.chord_km = 2 * EARTH_KM * math.sin(min(radius_km / (2 * EARTH_KM), math.pi / 2))
        self.cells: defaultdict[Cell, deque[_Held]] = defaultdict(deque)
        self.inside = 0
        self.groups = list[Group]()
        self.groups_in: defaultdict[Cell, list[Group]] = defaultdict(list)
        for group in known:
            group.spot = _spot(group.latitude, group.longitude)
            self._add(group)

    def _add(self, group: Group) -> None:
        self.groups.append(group)
        self.groups_in[self._cell(group.spot)].append(group)

    def read(self, point: Point) -> None:
        spot = _spot(point.latitude, point.longitude)
        held = _Held(point, spot, 0, self.inside)
        self.cells[self._cell(spot)].append(held)
        around = (one for cell in self._around(spot) for one in self.groups_in.get(cell, ()))
        inside = next(
            (one for one in around if self._lasts(one, point) and _chord(one.spot, spot) <= self.chord_km), None
        )
        if inside:
            self.inside += 1
            inside.take(point, self.span, self.threshold)
            return
        centre = self._dense(held)
        if centre is None:
            return
        lasting = (one for one in self.groups if self._lasts(one, point))
        near = next((one for one in lasting if _chord(one.spot, centre.spot) <= 2 * self.chord_km), None)
        if near:
            near.last_at = max(near.last_at, point.at)
            near.size += 1
            return
        self._begin(centre, point.at)

    def _begin(self, centre: _Held, at: datetime) -> None:
        latitude, longitude = centre.point.latitude, centre.point.longitude
        group = Group(latitude, longitude, first_at=at, last_at=at, spot=centre.spot)
        for one in sorted(self._near(centre.spot, at), key=lambda one: one.point.at):
            group.take(one.point, self.span, self.threshold)
        group.last_at = at
        self._add(group)

    def _lasts(self, group: Group, point: Point) -> bool:
        return group.first_at - self.span <= point.at <= group.last_at + self.span

    def _dense(self, new: _Held) -> _Held | None:
        """The point that has become dense now, if one has: the new one, or one near it.

        Counting around each point near the new one would take hours in a crowd that is almost dense. So each point carries
        a count that is never too small, and is counted again only where that count reaches the threshold.
        """
        at = new.point.at
        near = list(islice(self._near(new.spot, at), self.threshold))
        new.count = len(near)
        if new.count >= self.threshold:
            return new
        for other in near:
            if other is new:
                continue
            other.count += 1
            if other.count + self.inside - other.inside >= self.threshold:
                other.count = sum(1 for _one in islice(self._near(other.spot, at), self.threshold))
                other.inside = self.inside
                if other.count >= self.threshold:
                    return other
        return None

    def _near(self, spot: Spot, at: datetime) -> Iterator[_Held]:
        """The points within the radius of a place and within the time before `at`."""
        for cell in self._around(spot):
            held = self.cells.get(cell)
            if not held:
                continue
            while held and held[0].point.at <= at - self.span:
                held.popleft()
            yield from (one for one in held if _chord(one.spot, spot) <= self.chord_km)

    def _around(self, spot: Spot) -> Iterator[Cell]:
        """The cell of a place and those beside it: what is within the radius lies in one of them."""
        x, y, z = self._cell(spot)
        return ((x + i, y + j, z + k) for i in (0, -1, 1) for j in (0, -1, 1) for k in (0, -1, 1))

    def _cell(self, spot: Spot) -> Cell:
        x, y, z = (math.floor(value / self.chord_km) for value in spot)
        return x, y, z


def _spot(latitude: float | None, longitude: float | None) -> Spot:
    if latitude is None or longitude is None:
        return (0.0, 0.0, 0.0)
    north, east = math.radians(latitude), math.radians(longitude)
    return (
        EARTH_KM * math.cos(north) * math.cos(east), EARTH_KM * math.cos(north) * math.sin(east),
        EARTH_KM * math.sin(north),
    )  # fmt: skip


def _chord(one: Spot, other: Spot) -> float:
    return math.dist(one, other)
