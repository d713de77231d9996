"""Posts with known truth: no group is missed, each person has at most one notification of it, and a storm is few messages."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from responder import alerting
from responder.alerting import groups
from responder.models import AlertFiring, AlertRule, Notification, NotificationMessage, User

pytestmark = pytest.mark.django_db
BEGAN = datetime(2026, 3, 2, 6, tzinfo=UTC)
HOURS, TICK = 8, timedelta(minutes=5)
KM = 1 / 111.195
Row = tuple[datetime, float, float, int]
Truth = tuple[datetime, float, float]


def simulated(number: int, seed: int = 1) -> tuple[list[Row], list[Truth]]:
    """(posts in order of time, the groups among them): bursts of critical posts among single ones and less severe ones."""
    chance = random.Random(seed)
    rows, truth = list[Row](), list[Truth]()
    for burst in range(max(6, number // 250)):
        # Places lie 100 km apart; a place that is used twice is used with three hours between.
        place, turn = divmod(burst, 2)
        latitude, longitude = -22 + 0.9 * (place % 8), 30 + 0.9 * (place // 8)
        began = BEGAN + timedelta(minutes=chance.uniform(10, 60) + 240 * turn)
        count = chance.randint(3, 30)
        truth.append((began, latitude, longitude))
        for post in range(count):
            later = timedelta(minutes=chance.uniform(0, 25) if post else 0)
            rows.append((
                began + later, latitude + chance.uniform(-4, 4) * KM, longitude + chance.uniform(-4, 4) * KM, 1
            ))  # fmt: skip
    for single in range(number // 100):  # critical, and far from all others
        at = BEGAN + timedelta(minutes=chance.uniform(0, 60 * HOURS))
        rows.append((at, 10 + 0.4 * (single // 40), 10 + 0.4 * (single % 40), 1))
    while len(rows) < number:
        at = BEGAN + timedelta(minutes=chance.uniform(0, 60 * HOURS))
        rows.append((at, chance.uniform(-22, -14), chance.uniform(30, 38), chance.choice([2, 3, 4])))
    return sorted(rows), truth


@pytest.mark.parametrize("number", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_nothing_is_missed_and_nobody_hears_of_it_twice(
    make_rule: Callable[..., AlertRule], rapid_posts: Callable[..., None], people: dict[str, User], time_machine: Any,
    number: int,
) -> None:  # fmt: skip
    rows, truth = simulated(number)
    time_machine.move_to(BEGAN, tick=False)
    make_rule(people=[people["reviewer"].pk, people["lead"].pk])
    now = BEGAN
    while now < BEGAN + timedelta(hours=HOURS, minutes=30):
        now += TICK
        time_machine.move_to(now, tick=False)
        due = [row for row in rows if now - TICK <= row[0] < now]
        rapid_posts(due)
        alerting.check()
        alerting.check()  # a task may run twice
        alerting.compose()
    firings = list(AlertFiring.objects.all())
    for began, latitude, longitude in truth:
        of_it = [one for one in firings if _near(one, latitude, longitude) and _soon(one, began)]
        assert len(of_it) == 1, (began, latitude, longitude)
    assert len(firings) == len(truth)
    told = Counter(Notification.objects.values_list("firing", "person"))
    assert set(told.values()) == {1} and len(told) == 2 * len(truth)


def _near(firing: AlertFiring, latitude: float, longitude: float) -> bool:
    return abs((firing.latitude or 0) - latitude) < 0.1 and abs((firing.longitude or 0) - longitude) < 0.1


def _soon(firing: AlertFiring, began: datetime) -> bool:
    return began <= firing.first_at <= began + timedelta(minutes=30)


@pytest.mark.parametrize(("number", "places"), [(500, 20), pytest.param(5_000, 200, marks=pytest.mark.slow)])
def test_a_storm_in_ten_seconds_is_three_messages_at_most(
    make_rule: Callable[..., AlertRule], rapid_posts: Callable[..., None], people: dict[str, User], time_machine: Any,
    number: int, places: int,
) -> None:  # fmt: skip
    """All critical, in many places: each place is a group, and a person gets them together."""
    chance = random.Random(2)
    time_machine.move_to(BEGAN, tick=False)
    make_rule()
    make_rule(name="Many", radius_km="", posts="50", level="warning")
    for second in range(0, 600):
        now = BEGAN + timedelta(seconds=second)
        time_machine.move_to(now, tick=False)
        if second < 10:
            spots = [divmod(chance.randrange(places), 20) for _ in range(number // 10)]
            rapid_posts([(now, -22 + 0.4 * north, 30 + 0.4 * east, 1) for north, east in spots])
        if second < 20 or second % 30 == 0:
            alerting.check_after_batch() if second < 20 else alerting.check()
        if second % 5 == 0:
            alerting.compose()
    assert AlertFiring.objects.filter(rule__radius_km=10).count() == places
    assert Notification.objects.filter(message=None).count() == 0
    messages = Counter(NotificationMessage.objects.values_list("person", flat=True))
    assert 1 <= messages[people["reviewer"].pk] <= 3
    assert set(messages) == {people["reviewer"].pk}


def test_posts_that_arrive_late_fire_once_and_old_ones_not_at_all(
    make_rule: Callable[..., AlertRule], rapid_posts: Callable[..., None], time_machine: Any
) -> None:
    time_machine.move_to(BEGAN, tick=False)
    make_rule()
    time_machine.move_to(BEGAN + timedelta(hours=2), tick=False)
    late = BEGAN + timedelta(minutes=45)
    rapid_posts([(late, -19.8, 34.8, 1)] * 4)
    assert alerting.check() == 1
    rapid_posts([(late, -19.8, 34.8, 1)] * 4)
    time_machine.move_to(BEGAN + timedelta(hours=2, minutes=2), tick=False)
    assert alerting.check() == 0
    rapid_posts([(BEGAN - timedelta(hours=3), -15.0, 36.0, 1)] * 4)
    assert alerting.check() == 0 and AlertFiring.objects.count() == 1


def test_dismissed_posts_and_those_that_are_placed_coarsely_are_not_counted(
    make_rule: Callable[..., AlertRule], make_post: Callable[..., Any]
) -> None:
    make_rule()
    for _ in range(3):
        make_post(severity=1, status="dismissed")
        make_post(severity=1, radius_km=200.0, latitude=-15.0)
        make_post(severity=1, latitude=None)
    assert alerting.check() == 0
    for _ in range(3):
        make_post(severity=1)
    assert alerting.check() == 1


def test_two_processes_open_one_firing(
    make_rule: Callable[..., AlertRule], make_post: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both have read that nothing is open before either writes; the constraint lets one in."""
    from responder.alerting import conditions, evaluating

    rule = make_rule()
    for _ in range(3):
        make_post(severity=1)
    monkeypatch.setattr(evaluating, "_remembered", lambda _rule, _now: [])
    assert evaluating.check_rule(rule) + evaluating.check_rule(rule) == 1
    assert AlertFiring.objects.count() == 1
    assert conditions.remembered(rule, BEGAN) == conditions.LATE + 2 * timedelta(minutes=30)
    assert groups.ANYWHERE_KM
