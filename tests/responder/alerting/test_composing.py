"""Quiet hours over midnight and in time zones, the limit of messages an hour, and what was held back."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from responder import alerting
from responder.alerting import inbox, quiet_hours, retention
from responder.models import (
    Notification,
    NotificationChannel,
    NotificationDelivery,
    NotificationMessage,
    NotificationSettings,
    User,
)

pytestmark = pytest.mark.django_db
NIGHT = time(22), time(7)


@pytest.mark.parametrize(
    ("hours", "zone", "utc", "quiet"),
    [
        (NIGHT, "UTC", "2026-03-02 22:00", True), (NIGHT, "UTC", "2026-03-03 06:59", True),
        (NIGHT, "UTC", "2026-03-03 07:00", False), (NIGHT, "UTC", "2026-03-02 21:59", False),
        (NIGHT, "Africa/Maputo", "2026-03-02 20:00", True), (NIGHT, "Africa/Maputo", "2026-03-03 05:00", False),
        (NIGHT, "Pacific/Auckland", "2026-03-02 09:00", True), (NIGHT, "America/New_York", "2026-03-03 02:30", False),
        (NIGHT, "America/New_York", "2026-03-03 03:00", True),
        # Summer time began on 29 March: the same hour of UTC is another one of Berlin's.
        (NIGHT, "Europe/Berlin", "2026-03-28 20:30", False), (NIGHT, "Europe/Berlin", "2026-03-29 20:30", True),
        ((time(9), time(17)), "UTC", "2026-03-02 12:00", True), ((time(9), time(17)), "UTC", "2026-03-02 17:00", False),
        ((time(9), time(9)), "UTC", "2026-03-02 09:00", False), ((None, None), "UTC", "2026-03-02 23:00", False),
        (NIGHT, "Not/AZone", "2026-03-02 23:00", True),
    ],
)  # fmt: skip
def test_quiet_hours(hours: tuple[time | None, time | None], zone: str, utc: str, quiet: bool) -> None:
    own = NotificationSettings(quiet_from=hours[0], quiet_until=hours[1], time_zone=zone)
    assert quiet_hours.are_on(own, datetime.fromisoformat(utc).replace(tzinfo=UTC)) is quiet


@pytest.fixture
def tell(people: dict[str, User]) -> Callable[..., Notification]:
    def make(title: str = "Something", **changes: Any) -> Notification:
        return Notification.objects.create(**{"person": people["lead"], "kind": "mention", "title": title} | changes)

    return make


@pytest.fixture
def night(people: dict[str, User]) -> NotificationSettings:
    return NotificationSettings.objects.create(
        person=people["lead"], quiet_from=NIGHT[0], quiet_until=NIGHT[1], time_zone="Africa/Maputo", an_hour=2
    )


def sent() -> list[str]:
    return list(NotificationMessage.objects.order_by("pk").values_list("body", flat=True))


def test_what_is_not_critical_waits_for_the_morning(
    tell: Callable[..., Notification], night: NotificationSettings, people: dict[str, User], time_machine: Any
) -> None:
    time_machine.move_to(datetime(2026, 3, 2, 21, 0, tzinfo=UTC), tick=False)  # 23:00 in Maputo
    tell("A note")
    tell("A roof", level="critical")
    alerting.compose()
    assert sent() == ["• A roof"]
    assert [one.title for one in inbox.held(people["lead"])] == ["A note"]
    assert inbox.bell(people["lead"])["count"] == 1
    time_machine.move_to(datetime(2026, 3, 3, 5, 0, tzinfo=UTC), tick=False)  # 07:00
    tell("Another note")
    alerting.compose()
    assert sent()[1:] == ["• A note\n• Another note\n1 of these was held back"]
    assert inbox.held(people["lead"]) == []


def test_who_wants_no_critical_ones_at_night_gets_none(
    tell: Callable[..., Notification], night: NotificationSettings, time_machine: Any
) -> None:
    NotificationSettings.objects.update(critical_breaks_quiet=False)
    time_machine.move_to(datetime(2026, 3, 2, 21, 0, tzinfo=UTC), tick=False)
    tell("A roof", level="critical")
    alerting.compose()
    assert sent() == [] and Notification.objects.get().held == "quiet"


def test_over_the_limit_all_waits_and_is_counted_in_the_next_message(
    tell: Callable[..., Notification], night: NotificationSettings, people: dict[str, User], time_machine: Any
) -> None:
    began = datetime(2026, 3, 2, 10, tzinfo=UTC)
    for minute in range(0, 60, 5):
        time_machine.move_to(began + timedelta(minutes=minute), tick=False)
        tell(f"Note {minute}", level="critical")
        alerting.compose()
    assert sent() == ["• Note 0", "• Note 5"]
    assert len(inbox.held(people["lead"])) == 10
    time_machine.move_to(began + timedelta(minutes=60), tick=False)
    alerting.compose()
    assert sent()[2].splitlines()[-2:] == ["and 5 more", "10 of these were held back"]
    assert NotificationMessage.objects.latest("pk").subject == "Note 10, and 9 more"


def test_no_hour_has_more_messages_than_the_limit(
    tell: Callable[..., Notification], night: NotificationSettings, time_machine: Any
) -> None:
    began = datetime(2026, 3, 2, 8, tzinfo=UTC)
    for minute in range(0, 300, 3):
        time_machine.move_to(began + timedelta(minutes=minute), tick=False)
        tell(level="critical")
        alerting.compose()
    times = list(NotificationMessage.objects.order_by("at").values_list("at", flat=True))
    assert len(times) >= 10
    assert all(later - early >= timedelta(hours=1) for early, later in zip(times, times[2:], strict=False))


def test_what_comes_within_a_minute_is_gathered(tell: Callable[..., Notification], time_machine: Any) -> None:
    began = datetime(2026, 3, 2, 10, tzinfo=UTC)
    for second in range(0, 61, 10):
        time_machine.move_to(began + timedelta(seconds=second), tick=False)
        tell(f"Note {second}")
        alerting.compose()
    assert [len(body.splitlines()) for body in sent()] == [1, 6]


def test_a_message_has_a_delivery_for_each_working_channel(
    tell: Callable[..., Notification], people: dict[str, User]
) -> None:
    for state in ("active", "paused", "dead"):
        NotificationChannel.objects.create(
            person=people["lead"], kind="email", label=state, host="http://x", state=state
        )
    NotificationChannel.objects.create(person=people["viewer"], kind="email", label="other", host="http://x")
    tell()
    assert alerting.compose() == 1 and alerting.compose() == 0
    assert [one.channel.label for one in NotificationDelivery.objects.all()] == ["active"]


def test_who_left_is_sent_nothing(tell: Callable[..., Notification], people: dict[str, User]) -> None:
    User.objects.filter(pk=people["lead"].pk).update(is_active=False)
    tell()
    assert alerting.compose() == 0 and not Notification.objects.filter(read_at=None).exists()


def test_old_notifications_are_deleted(tell: Callable[..., Notification], time_machine: Any) -> None:
    time_machine.move_to(datetime(2026, 3, 2, 10, tzinfo=UTC), tick=False)
    tell()
    alerting.compose()
    time_machine.shift(timedelta(days=89))
    assert retention.forget() == 0
    time_machine.shift(timedelta(days=2))
    assert retention.forget() == 2 and not Notification.objects.exists() and not NotificationMessage.objects.exists()
