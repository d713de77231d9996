"""Groups of posts: what is near in time and place, at the edges of the Earth too, and the same live and looking back."""

import math
import random
from datetime import UTC, datetime, timedelta

import pytest

from responder.alerting.groups import EARTH_KM, Group, Point, find

BEGAN = datetime(2026, 3, 2, 10, tzinfo=UTC)
SPAN = timedelta(minutes=30)
KM = 1 / 111.195  # degrees of latitude


def point(
    number: int, minute: float, north_km: float = 0.0, east_km: float = 0.0, at: tuple[float, float] = (0, 0)
) -> Point:
    latitude = at[0] + north_km * KM
    longitude = at[1] + east_km * KM / math.cos(math.radians(latitude))
    return Point(number, BEGAN + timedelta(minutes=minute), latitude, (longitude + 180) % 360 - 180)


def groups(points: list[Point], known: tuple[Group, ...] = ()) -> list[Group]:
    return find(points, threshold=3, span=SPAN, radius_km=10, known=known)


@pytest.mark.parametrize("at", [(0.0, 0.0), (-19.8, 34.8), (10.0, 180.0), (-10.0, -179.99), (89.95, 20.0), (60.0, 0.0)])
def test_three_posts_near_each_other_are_a_group_anywhere_on_earth(at: tuple[float, float]) -> None:
    found = groups([point(1, 0, at=at), point(2, 10, 6, at=at), point(3, 20, 0, 6, at=at)])
    assert [(one.size, one.first_at) for one in found] == [(3, BEGAN + timedelta(minutes=20))]


def test_posts_too_far_apart_or_too_late_are_none() -> None:
    assert groups([point(1, 0), point(2, 1, 11), point(3, 2, 22)]) == []
    assert groups([point(1, 0), point(2, 29), point(3, 30)]) == []
    assert len(groups([point(1, 0), point(2, 29), point(3, 29.9)])) == 1


def test_the_middle_post_makes_the_group_where_the_last_is_too_far_from_the_first() -> None:
    assert len(groups([point(1, 0), point(2, 1, 9), point(3, 2, 18)])) == 1


def test_what_goes_on_is_one_group_and_what_comes_back_is_another() -> None:
    lasting = [point(n, n * 5) for n in range(60)]
    assert len(groups(lasting)) == 1
    back = [point(100 + n, 400 + n) for n in range(3)]
    assert [one.first_at for one in groups(lasting + back)] == [
        BEGAN + timedelta(minutes=10), BEGAN + timedelta(minutes=402)
    ]  # fmt: skip


def test_a_burst_is_found_in_a_place_where_single_posts_drip_in() -> None:
    """A drip keeps no group open: the second burst is a group of its own."""
    points = [point(n, n) for n in range(3)] + [point(10 + n, 25 + 25 * n) for n in range(10)]
    burst = [point(30 + n, 260 + n / 10) for n in range(5)]
    assert len(groups(points + burst)) == 2


def test_a_known_group_takes_what_belongs_to_it() -> None:
    known = Group(0.0, 0.0, first_at=BEGAN, last_at=BEGAN + timedelta(minutes=2), key="7")
    found = groups([point(n, n + 1, 3) for n in range(6)], (known,))
    assert [(one.key, one.last_at) for one in found] == [("7", BEGAN + timedelta(minutes=6))]


def test_without_a_radius_place_does_not_matter() -> None:
    points = [Point(n, BEGAN + timedelta(minutes=n), None, None) for n in range(3)]
    assert len(find(points, threshold=3, span=SPAN, radius_km=None)) == 1


def _distance(one: Point, other: Point) -> float:
    north, south = math.radians(one.latitude or 0), math.radians(other.latitude or 0)
    east = math.radians((one.longitude or 0) - (other.longitude or 0))
    haversine = math.sin((north - south) / 2) ** 2 + math.cos(north) * math.cos(south) * math.sin(east / 2) ** 2
    return 2 * EARTH_KM * math.asin(math.sqrt(haversine))


@pytest.mark.parametrize("seed", range(12))
def test_every_dense_post_lies_in_a_group_and_every_group_is_dense(seed: int) -> None:
    """Against the definition, counted pair by pair."""
    chance = random.Random(seed)
    points = [
        point(n, chance.uniform(0, 240), chance.gauss(0, 60), chance.gauss(0, 60), at=(-19.0, 34.0)) for n in range(250)
    ]  # fmt: skip
    found = groups(points)
    dense = []
    for now in points:
        recent = [one for one in points if timedelta() <= now.at - one.at < SPAN]
        dense += [(one, now.at) for one in recent if sum(_distance(one, other) <= 10 for other in recent) >= 3
                  and _distance(one, now) <= 10]  # fmt: skip
    assert dense and found
    for centre, at in dense:
        assert any(
            one.first_at - SPAN <= at <= one.last_at + SPAN
            and _distance(centre, Point(0, at, one.latitude, one.longitude)) <= 20.01
            for one in found
        ), (centre, at)
    for group in found:
        centre = Point(0, group.first_at, group.latitude, group.longitude)
        assert any(_distance(centre, one) < 0.01 and at == group.first_at for one, at in dense)
