"""Run by test_situation in a process of its own: reports and handovers are written, signed and acknowledged at one moment."""

import json
import sys
from collections import Counter
from typing import Any

from tests.responder.concurrency import world

AT_ONCE = 6


def main() -> None:
    world.begin()
    leads = [world.person(f"lead{n}", "lead") for n in range(AT_ONCE)]
    result = {
        scene.__name__: scene(leads, world.event(scene.__name__))
        for scene in (drafted, published, published_twice, withdrawn, taken, taken_twice)
    }
    json.dump(result | {"deadlocks": world.deadlocks()}, sys.stdout)


def _came(works: list[Any]) -> dict[str, int]:
    came = world.together(works)
    return dict(Counter(type(one).__name__ if isinstance(one, Exception) else "done" for one in came))


def _draft(by: Any, event: Any) -> Any:
    from classifier import clock
    from responder.situation import periods, writing

    start = (clock.now() - periods.USUAL).isoformat()
    return writing.draft(event_id=event.pk, by=by, period_from=start)


def drafted(leads: list[Any], event: Any) -> Any:
    """Reports that are drafted at once have numbers that follow each other."""
    came = _came([lambda by=by: _draft(by, event) for by in leads])
    return {"came": came, "numbers": sorted(event.situation_reports.values_list("number", flat=True))}


def published(leads: list[Any], event: Any) -> Any:
    """One lead signs, and never one who writes at the same moment."""
    from monitoring.models import AuditEvent
    from responder.situation import publishing, writing

    report = writing.propose(report_id=_draft(leads[0], event).pk, version=1, by=leads[0])
    given = {"report_id": report.pk, "version": report.version}
    came = _came([lambda by=by: publishing.publish(**given, by=by) for by in leads[1:]])
    report.refresh_from_db()
    events = AuditEvent.objects.filter(action="situation.published", object_id=report.ref).count()
    return {"came": came, "state": report.state, "on_record": events}


def published_twice(leads: list[Any], event: Any) -> Any:
    """One lead presses the button several times: the report is published once."""
    from monitoring.models import AuditEvent
    from responder.situation import publishing, writing

    report = writing.propose(report_id=_draft(leads[0], event).pk, version=1, by=leads[0])
    given = {"report_id": report.pk, "version": report.version, "by": leads[1]}
    came = _came([lambda: publishing.publish(**given)] * AT_ONCE)
    events = AuditEvent.objects.filter(action="situation.published", object_id=report.ref).count()
    return {"came": came, "on_record": events}


def withdrawn(leads: list[Any], event: Any) -> Any:
    """A report is either sent back or published, not both."""
    from responder.situation import publishing, writing

    report = writing.propose(report_id=_draft(leads[0], event).pk, version=1, by=leads[0])
    given = {"report_id": report.pk, "version": report.version}
    came = _came([
        lambda: publishing.publish(**given, by=leads[1]),
        lambda: writing.send_back(**given, by=leads[2], reason="Say who goes"),
        lambda: publishing.withdraw(**given, by=leads[3], reason="Wrong figures"),
    ])  # fmt: skip
    report.refresh_from_db()
    return {"came": came, "version": report.version}


def _given(by: Any, event: Any) -> Any:
    from classifier import clock
    from responder.situation import handover, periods

    row = handover.draft(event_id=event.pk, by=by, since=(clock.now() - periods.USUAL).isoformat())
    return handover.give(handover_id=row.pk, version=row.version, by=by)


def _taken(row: Any, people: list[Any]) -> Any:
    from monitoring.models import AuditEvent
    from responder.situation import handover

    given = {"handover_id": row.pk, "version": row.version}
    came = _came([lambda by=by: handover.acknowledge(**given, by=by) for by in people])
    row.refresh_from_db()
    events = AuditEvent.objects.filter(action="handover.acknowledged", object_id=str(row.pk)).count()
    return {"came": came, "state": row.state, "on_record": events}


def taken(leads: list[Any], event: Any) -> Any:
    """A handover is acknowledged once, and never by who wrote it."""
    return _taken(_given(leads[0], event), leads)


def taken_twice(leads: list[Any], event: Any) -> Any:
    """One lead presses the button several times: the handover is acknowledged once."""
    return _taken(_given(leads[0], event), [leads[1]] * AT_ONCE)


if __name__ == "__main__":
    main()
