"""Run by test_notices in a process of its own: alerts and official alerts while several workers do the same at one moment."""

import json
import sys
import threading
import time
from collections import Counter
from datetime import timedelta
from typing import Any

from tests.responder.concurrency import world

AT_ONCE, MESSAGES, INCIDENTS, ALERTS = 6, 80, 12, 30
LEASE_S, SENDING_S = 0.5, 3.0
sent: list[str] = []
lock = threading.Lock()


def main() -> None:
    world.begin()
    send_nothing()
    leads = [world.person(f"lead{n}", "lead") for n in range(AT_ONCE)]
    scenes = (delivered, delivered_late, channel_dies_once, acknowledged, escalated, composed, polled, answered_twice)
    result = {scene.__name__: scene(leads, world.event(scene.__name__)) for scene in scenes}
    json.dump(result | {"deadlocks": world.deadlocks()}, sys.stdout)


def send_nothing(seconds: float = 0.02, problem: str = "") -> None:
    """Messages are noted by their id instead of sent; each takes so long, and comes to this problem."""
    from responder.alerting import transports

    def send(request: Any) -> Any:
        with lock:
            sent.append(request.message_id)
        time.sleep(seconds)
        return transports.Outcome(problem, is_gone=bool(problem))

    transports.send = send  # type: ignore[assignment]


def _came(works: list[Any]) -> dict[str, int]:
    came = world.together(works)
    return dict(Counter(type(one).__name__ if isinstance(one, Exception) else "done" for one in came))


def _messages(person: Any, number: int) -> list[str]:
    """Messages that wait to be sent by one channel of somebody; the ids under which they are sent."""
    from classifier import clock
    from responder.models import NotificationChannel, NotificationDelivery, NotificationMessage

    channel = NotificationChannel.objects.create(person=person, kind="email", label="Mail", host="https://x.example")
    messages = NotificationMessage.objects.bulk_create(
        NotificationMessage(person=person, subject=f"Message {n}", body="x", path="/map/") for n in range(number)
    )
    NotificationDelivery.objects.bulk_create(
        NotificationDelivery(message=one, channel=channel, next_at=clock.now()) for one in messages
    )
    sent.clear()
    return [one.message_id for one in messages]


def _drained() -> int:
    from responder import alerting

    total = 0
    while done := alerting.deliver():
        total += done
    return total


def delivered(leads: list[Any], event: Any) -> Any:
    """Each message is sent once, whoever sends."""
    from responder.models import NotificationDelivery

    wanted = _messages(leads[0], MESSAGES)
    came = world.together([_drained] * AT_ONCE)
    rows = NotificationDelivery.objects.filter(channel__person=leads[0])
    return {
        "delivered": sum(one for one in came if isinstance(one, int)), "once": sorted(sent) == sorted(wanted),
        "states": dict(Counter(rows.values_list("state", "tries"))) == {("done", 1): MESSAGES},
    }  # fmt: skip


def delivered_late(leads: list[Any], event: Any) -> Any:
    """A worker is so slow that its lease ends: another sends the message again, under the same id, and one outcome is stored."""
    from responder import alerting
    from responder.alerting import sending
    from responder.models import NotificationDelivery

    [wanted] = _messages(leads[1], 1)
    usual, sending.LEASE = sending.LEASE, timedelta(seconds=LEASE_S)
    send_nothing(SENDING_S)

    def later() -> int:
        time.sleep(2 * LEASE_S)
        return alerting.deliver()

    came = world.together([alerting.deliver, later])
    sending.LEASE = usual
    send_nothing()
    row = NotificationDelivery.objects.get(channel__person=leads[1])
    return {"came": sorted(came, key=str), "sent": len(sent), "ids": sorted(set(sent)) == [wanted],
            "state": row.state, "tries": row.tries}  # fmt: skip


def channel_dies_once(leads: list[Any], event: Any) -> Any:
    """A channel whose address is gone dies once, and its owner hears of it once, however many messages fail at one moment."""
    from responder.models import Notification, NotificationChannel

    _messages(leads[2], MESSAGES)
    send_nothing(problem="Gone")
    _came([_drained] * AT_ONCE)
    send_nothing()
    told = Notification.objects.filter(person=leads[2], kind="channel").count()
    return {"told": told, "state": NotificationChannel.objects.get(person=leads[2]).state}


def _rule(leads: list[Any], event: Any, **changes: Any) -> Any:
    from responder.alerting import rules

    fields = {
        "name": f"Rule of {event.ref}", "kind": "unanswered", "event": str(event.pk), "level": "critical", "minutes": "20",
        "severity": "1", "escalate_minutes": "10", "people": [one.pk for one in leads[:3]],
    }  # fmt: skip
    return rules.create(by=leads[0], **fields | changes)


def _waiting(event: Any, number: int) -> None:
    from classifier import clock
    from responder.models import Incident

    since = clock.now() - timedelta(minutes=25)
    Incident.objects.bulk_create(
        Incident(event=event, title=f"Roof {n}", severity=1, waiting_since=since) for n in range(number)
    )


def acknowledged(leads: list[Any], event: Any) -> Any:
    """An alert is acknowledged once, by one person; the others learn nothing else."""
    from monitoring.models import AuditEvent
    from responder import alerting
    from responder.alerting import reacting
    from responder.models import AlertFiring

    rule = _rule(leads, event)
    _waiting(event, 1)
    alerting.check()
    firing = AlertFiring.objects.get(rule=rule)
    came = _came([lambda by=by: reacting.acknowledge(firing_id=firing.pk, by=by) for by in leads])
    firing.refresh_from_db()
    on_record = AuditEvent.objects.filter(action="alert_firing.acknowledged", object_id=str(firing.pk))
    return {
        "came": came, "on_record": on_record.count(), "next": firing.next_step_at,
        "by_who_is_on_record": on_record.get().actor == f"user:{firing.acknowledged_by.username}",
    }  # fmt: skip


def escalated(leads: list[Any], event: Any) -> Any:
    """Workers that check at one moment notify the first person of each incident once, and later the second once."""
    from classifier import clock
    from responder import alerting
    from responder.models import AlertFiring, Notification

    rule = _rule(leads, event)
    _waiting(event, INCIDENTS)
    _came([alerting.check] * AT_ONCE)
    rows = Notification.objects.filter(firing__rule=rule)
    first = dict(Counter(rows.values_list("person__username", flat=True)))
    AlertFiring.objects.filter(rule=rule).update(next_step_at=clock.now())
    _came([alerting.check] * AT_ONCE)
    second = dict(Counter(rows.values_list("person__username", flat=True)))
    return {"firings": rule.firings.count(), "first": first, "second": second}


def composed(leads: list[Any], event: Any) -> Any:
    """What a person is due becomes one message, whoever composes."""
    from responder import alerting
    from responder.models import Notification, NotificationMessage

    person = world.person("somebody", "viewer")
    Notification.objects.bulk_create(
        Notification(person=person, kind="mention", title=f"Mention {n}") for n in range(INCIDENTS)
    )
    _came([alerting.compose] * AT_ONCE)
    return {
        "messages": NotificationMessage.objects.filter(person=person).count(),
        "waiting": Notification.objects.filter(person=person, message=None).count(),
    }


def _source(event: Any) -> Any:
    from responder.models import HazardSource

    return HazardSource.objects.create(kind="usgs", name=f"Source of {event.ref}", address="https://x.example/list")


def _drafts() -> list[Any]:
    """Alerts of which every second one replaces the one before it."""
    from classifier import clock
    from responder.hazards.drafts import Draft

    now = clock.now().replace(microsecond=0)
    return [
        Draft(
            identifier=f"alert-{n}", sent=now - timedelta(minutes=ALERTS - n), headline=f"Alert {n}",
            message_type="Update" if n % 2 else "Alert", references=(f"alert-{n - 1}",) if n % 2 else (),
        )
        for n in range(ALERTS)
    ]  # fmt: skip


def _states(source: Any) -> dict[str, int]:
    return dict(Counter(source.alerts.values_list("state", flat=True)))


def polled(leads: list[Any], event: Any) -> Any:
    """A source that is due is asked once, by whichever worker comes first."""
    from responder.hazards import polling

    source, asked = _source(event), []

    def ask(_source: Any) -> Any:
        asked.append(1)
        time.sleep(0.3)
        return polling.Reading(drafts=_drafts())

    polling._ask = ask
    new = world.together([lambda: polling.read(source)] * AT_ONCE)
    return {"asked": len(asked), "new": sorted(new, key=str), "states": _states(source)}


def answered_twice(leads: list[Any], event: Any) -> Any:
    """Two workers come with one answer, as after a lease that ended: each alert is stored once, and chains are settled."""
    from responder.hazards import polling

    source, drafts = _source(event), _drafts()
    new = world.together([lambda: polling._answered(source, polling.Reading(drafts=drafts))] * AT_ONCE)
    return {"new": sorted(new, key=str), "states": _states(source)}


if __name__ == "__main__":
    main()
