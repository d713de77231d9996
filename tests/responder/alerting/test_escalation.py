"""Who is notified when: the second person on time, nobody after an acknowledgement, and a reminder after a snooze."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from responder import alerting
from responder.alerting import reacting, rules
from responder.errors import Invalid, Missing, NotPermitted
from responder.incidents import responding
from responder.models import (
    AlertFiring,
    AlertRule,
    Event,
    EventRole,
    Feed,
    Incident,
    Notification,
    NotificationMessage,
    Post,
    User,
)

pytestmark = pytest.mark.django_db
BEGAN = datetime(2026, 3, 2, 22, tzinfo=UTC)


@pytest.fixture
def at(time_machine: Any) -> Callable[[float], None]:
    """Moves the clock to some minutes after the beginning, checks the rules and composes messages, twice each."""

    def move(minutes: float) -> None:
        time_machine.move_to(BEGAN + timedelta(minutes=minutes), tick=False)
        for _ in range(2):
            alerting.check()
            alerting.compose()

    time_machine.move_to(BEGAN, tick=False)
    return move


@pytest.fixture
def incident(event: Event, at: Callable[[float], None]) -> Incident:
    return Incident.objects.create(event=event, title="Families on roofs, Nsanje", severity=1)


@pytest.fixture
def rule(make_rule: Callable[..., AlertRule], people: dict[str, User]) -> AlertRule:
    order = [people[role].pk for role in ("reviewer", "lead", "administrator")]
    return make_rule(kind="unanswered", minutes="20", severity="2", escalate_minutes="10", people=order)


def notified() -> list[str]:
    return [one.person.username for one in Notification.objects.filter(kind="rule").order_by("pk")]


def test_an_unanswered_incident_escalates_to_the_next_people_on_time(
    rule: AlertRule, incident: Incident, at: Callable[[float], None]
) -> None:
    at(19.9)
    assert notified() == []
    at(20)
    assert notified() == ["reviewer-ana"]
    at(29.9)
    assert notified() == ["reviewer-ana"]
    at(30)
    assert notified() == ["reviewer-ana", "lead-ana"]
    at(40)
    at(300)
    assert notified() == ["reviewer-ana", "lead-ana", "administrator-ana"]
    assert "Unanswered for over 20 min: INC-" in Notification.objects.latest("pk").title
    assert [one.person.username for one in NotificationMessage.objects.order_by("pk")] == notified()


def test_an_acknowledgement_by_whoever_ends_the_escalation(
    rule: AlertRule, incident: Incident, at: Callable[[float], None], people: dict[str, User]
) -> None:
    at(20)
    reacting.acknowledge(firing_id=AlertFiring.objects.get().pk, by=people["lead"])
    at(120)
    assert notified() == ["reviewer-ana"] and Notification.objects.get().read_at


def test_who_sets_off_ends_it_and_who_turns_back_begins_it_anew(
    rule: AlertRule, incident: Incident, at: Callable[[float], None], people: dict[str, User]
) -> None:
    at(20)
    lead = people["lead"]
    for verb, more in [
        (responding.assign, {"to": lead.pk}), (responding.set_off, {}),
    ]:  # fmt: skip
        incident.refresh_from_db()
        verb(incident_id=incident.pk, version=incident.version, by=lead, **more)
    at(31)
    assert AlertFiring.objects.get().closed_at and notified() == ["reviewer-ana"]
    incident.refresh_from_db()
    responding.turn_back(incident_id=incident.pk, version=incident.version, by=lead, reason="Bridge is gone")
    at(32)
    assert AlertFiring.objects.filter(closed_at=None).count() == 1
    assert notified() == ["reviewer-ana", "reviewer-ana"]


def test_a_snooze_stops_the_escalation_and_reminds_those_who_know(
    rule: AlertRule, incident: Incident, at: Callable[[float], None], people: dict[str, User]
) -> None:
    at(20)
    firing = AlertFiring.objects.get()
    reacting.snooze(firing_id=firing.pk, minutes=60, by=people["reviewer"])
    at(79)
    assert notified() == ["reviewer-ana"] and NotificationMessage.objects.count() == 1
    at(80)
    assert notified() == ["reviewer-ana"] and NotificationMessage.objects.count() == 2
    assert Notification.objects.get().read_at is None
    at(90)
    assert notified() == ["reviewer-ana", "lead-ana"]
    reacting.acknowledge(firing_id=firing.pk, by=people["reviewer"])
    with pytest.raises(Invalid):
        reacting.snooze(firing_id=firing.pk, minutes=15, by=people["reviewer"])


def test_without_a_time_all_are_notified_at_once(
    make_rule: Callable[..., AlertRule], people: dict[str, User], incident: Incident, at: Callable[[float], None]
) -> None:
    make_rule(kind="unanswered", minutes="20", severity="1", people=[people["lead"].pk, people["reviewer"].pk])
    at(20)
    assert notified() == ["lead-ana", "reviewer-ana"]


def test_who_left_or_may_not_see_the_event_any_more_is_passed_over(
    rule: AlertRule, incident: Incident, at: Callable[[float], None], people: dict[str, User]
) -> None:
    User.objects.filter(pk=people["reviewer"].pk).update(is_active=False)
    people["lead"].groups.clear()
    at(20)
    assert notified() == ["administrator-ana"]


def test_less_severe_false_and_answered_incidents_do_not_fire(
    rule: AlertRule, event: Event, at: Callable[[float], None]
) -> None:
    for changes in (
        {"severity": 3, "status": "confirmed"}, {"severity": 2, "status": "open"},
        {"severity": 1, "verification": "false"}, {"severity": 1, "status": "on_the_way"},
        {"severity": 1, "status": "resolved"},
    ):  # fmt: skip
        Incident.objects.create(event=event, title="x", **changes)
    at(60)
    assert notified() == []
    Incident.objects.create(event=event, title="x", severity=2, status="confirmed", waiting_since=BEGAN)
    at(61)
    assert notified() == ["reviewer-ana"]


def test_only_who_sees_the_event_reacts(rule: AlertRule, incident: Incident, at: Callable[[float], None]) -> None:
    at(20)
    firing = AlertFiring.objects.get()
    stranger = User.objects.create_user("bea")
    with pytest.raises(Missing):
        reacting.acknowledge(firing_id=firing.pk, by=stranger)
    EventRole.objects.create(person=stranger, event=firing.event, role="viewer")
    stranger = User.objects.get(pk=stranger.pk)
    with pytest.raises(NotPermitted):
        reacting.acknowledge(firing_id=firing.pk, by=stranger)


def test_a_silent_feed_fires_once_though_it_flaps(
    make_rule: Callable[..., AlertRule], event: Event, at: Callable[[float], None], people: dict[str, User]
) -> None:
    make_rule(kind="silent", minutes="15")
    feed = Feed.objects.create(
        name="Mastodon", kind="mastodon", event=event, wanted=True, state="live", state_at=BEGAN, connected_at=BEGAN,
        last_post_at=BEGAN,
    )  # fmt: skip

    def alive(minutes: float, post: float) -> None:
        now = BEGAN + timedelta(minutes=minutes)
        last = BEGAN + timedelta(minutes=post)
        Feed.objects.filter(pk=feed.pk).update(seen_at=now, lease_until=now + timedelta(minutes=1), last_post_at=last)
        at(minutes)

    alive(10, 0)
    assert notified() == []
    alive(15, 0)
    assert notified() == ["reviewer-ana"] and "no posts for" in AlertFiring.objects.get().title
    alive(16, 16)
    assert AlertFiring.objects.get().closed_at
    alive(40, 16)
    assert AlertFiring.objects.get().closed_at is None and notified() == ["reviewer-ana"]
    Feed.objects.filter(pk=feed.pk).update(state="failed", last_error="401", wanted=False)
    at(41)
    assert AlertFiring.objects.get().closed_at is None
    Feed.objects.filter(pk=feed.pk).update(state="paused", wanted=False)
    at(42)
    assert AlertFiring.objects.get().closed_at, "people paused it"


def test_a_model_that_does_not_answer_fires(
    make_rule: Callable[..., AlertRule], at: Callable[[float], None], make_post: Callable[..., Post]
) -> None:
    make_rule(kind="model", minutes="2", event="all")
    post = make_post(state="accepted", received_at=BEGAN, classified_at=None)
    at(1.9)
    assert notified() == []
    at(2)
    assert notified() == ["reviewer-ana"]
    Post.objects.filter(pk=post.pk).update(state="classified")
    at(3)
    assert AlertFiring.objects.get().closed_at


def test_a_rule_that_is_off_fires_nothing_and_ends_what_is_open(
    rule: AlertRule, incident: Incident, at: Callable[[float], None], people: dict[str, User]
) -> None:
    at(20)
    rules.switch(rule_id=rule.pk, version=1, by=people["lead"], is_on=False)
    assert AlertFiring.objects.get().closed_at
    at(60)
    assert notified() == ["reviewer-ana"]


def test_an_exercise_is_said_first(
    make_rule: Callable[..., AlertRule], event: Event, incident: Incident, at: Callable[[float], None]
) -> None:
    Event.objects.filter(pk=event.pk).update(is_exercise=True)
    make_rule(kind="unanswered", minutes="20", severity="1")
    at(20)
    assert Notification.objects.get().title.startswith("EXERCISE: ")
