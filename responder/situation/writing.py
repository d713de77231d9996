"""A report is drafted, generated anew, edited and proposed by leads.

How a report comes out:
1. `draft` generates facts and text for a period.
2. `edit` changes the text of sections; `generate_anew` takes the facts of now and keeps the sections that people edited.
3. `propose` asks for a second person; `send_back` makes it a draft again.
4. `publishing.publish` by somebody who wrote none of it; `publishing.withdraw` takes it back.

Every content is a version of its own, which never changes.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from classifier import clock, locks
from monitoring import audit
from responder.errors import Invalid, Missing
from responder.incidents import base
from responder.models import Event, SituationFacts, SituationReport, SituationVersion, User
from responder.models.situation import SITUATION_REASON_LIMIT
from responder.situation import access, facts, periods, sections

MOST_VERSIONS = 200
MOST_UNPUBLISHED = 20  # drafts and proposals of one event
REASON_MINIMUM = 3  # characters
State = SituationReport.State


@audit.atomic()
def draft(*, event_id: int, by: User, period_from: str, period_to: str = "") -> SituationReport:
    """Draft the next report of an event. Raises Invalid, InvalidFields, Missing, NotPermitted.

    Arguments:
        period_from, period_to: local times of the event; an empty end is now.
    """
    access.require_role(by)
    event = Event.objects.filter(pk=event_id).first()
    if event is None:
        raise Missing(_("This event does not exist."))
    access.require_event(by, event.pk)
    start, end = periods.read(event, period_from, period_to)
    locks.one_at_a_time("situation reports", event.pk)  # numbers follow each other
    rows = SituationReport.objects.filter(event=event)
    if rows.filter(state__in=(State.DRAFT, State.PROPOSED)).count() >= MOST_UNPUBLISHED:
        raise Invalid(
            _("This event has %(most)d reports that are not published. Publish or withdraw one first.")
            % {"most": MOST_UNPUBLISHED}
        )
    last = rows.order_by("-number").values_list("number", flat=True).first() or 0
    report = SituationReport.objects.create(
        event=event, number=last + 1, period_from=start, period_to=end, is_exercise=event.is_exercise, created_by=by
    )
    found = _gathered(report)
    _new_version(report, by, found, sections.generated(found.content), is_generated=True)
    record(report, by, "drafted", number=report.number)
    return report


@audit.atomic()
def edit(*, report_id: int, version: int, by: User, **texts: str) -> SituationReport:
    """Change the text of sections; those that are not given stay. Raises Conflict, Invalid, InvalidFields, Missing, NotPermitted."""
    report = access.opened(report_id, version, by, State.DRAFT)
    last = latest(report)
    found = sections.read(texts, last.facts.content)
    different = {name: text for name, text in found.items() if text != last.sections.get(name, "")}
    if different:
        _new_version(report, by, last.facts, last.sections | different)
        changed(report, by, "edited", sections=sorted(different))
    return report


@audit.atomic()
def generate_anew(*, report_id: int, version: int, by: User, to_now: bool = False) -> SituationReport:
    """Take the facts anew. Sections that a person edited keep their text, over the new figures.

    Arguments:
        to_now: whether the period ends now; it can't become longer than `periods.LONGEST`.

    Raises Conflict, Invalid, Missing, NotPermitted.
    """
    report = access.opened(report_id, version, by, State.DRAFT)
    if to_now:
        report.period_to = _until_now(report)
    last = latest(report)
    before, found = sections.generated(last.facts.content), _gathered(report)
    fresh = sections.generated(found.content)
    kept = {name: text for name, text in last.sections.items() if text != before.get(name, "")}
    _new_version(report, by, found, fresh | kept, is_generated=True)
    changed(report, by, "generated", to=report.period_to.isoformat(), kept=sorted(kept))
    return report


@audit.atomic()
def propose(*, report_id: int, version: int, by: User) -> SituationReport:
    """Ask for a second person's sign-off. Raises Conflict, Invalid, Missing, NotPermitted."""
    report = access.opened(report_id, version, by, State.DRAFT)
    report.state, report.proposed_at, report.proposed_by = State.PROPOSED, clock.now(), by
    report.writers.add(by)
    changed(report, by, "proposed")
    return report


@audit.atomic()
def send_back(*, report_id: int, version: int, by: User, reason: str) -> SituationReport:
    """Make a proposed report a draft again, with the reason. Raises Conflict, InvalidFields, Invalid, Missing, NotPermitted."""
    report = access.opened(report_id, version, by, State.PROPOSED, sign=True)
    reason = base.bounded_field(
        "reason", reason, SITUATION_REASON_LIMIT, what=_("A reason"), least=REASON_MINIMUM
    )  # fmt: skip
    report.state, report.proposed_at, report.proposed_by = State.DRAFT, None, None
    report.sent_back_reason = reason
    changed(report, by, "sent_back")
    return report


def latest(report: SituationReport) -> SituationVersion:
    """The report's newest version, with its facts."""
    return report.versions.select_related("facts").order_by("-number")[0]


def _until_now(report: SituationReport) -> datetime:
    now = clock.now()
    if now - report.period_from > periods.LONGEST:
        raise Invalid(_("A period can have at most %(days)d days.") % {"days": periods.LONGEST.days})
    return now


def _gathered(report: SituationReport) -> SituationFacts:
    content = facts.gather(report.event, report.period_from, report.period_to)
    return SituationFacts.objects.create(report=report, content=content)


def _new_version(
    report: SituationReport, by: User, found: SituationFacts, texts: Mapping[str, str], *, is_generated: bool = False
) -> SituationVersion:
    count = report.versions.count()
    if count >= MOST_VERSIONS:
        raise Invalid(_("This report has %(most)d versions. Draft a new report.") % {"most": MOST_VERSIONS})
    report.writers.add(by)
    return SituationVersion.objects.create(
        report=report, number=count + 1, facts=found, sections=dict(texts), is_generated=is_generated, by=by
    )


def changed(report: SituationReport, by: User, action: str, **detail: Any) -> None:
    """Save the report under its next version, and record the step."""
    report.version += 1
    report.save()
    record(report, by, action, **detail)


def record(report: SituationReport, by: User, action: str, **detail: Any) -> None:
    """Record a step in the audit log, without texts."""
    number = report.versions.order_by("-number").values_list("number", flat=True).first()
    audit.record(
        actor=f"user:{by.username}", action=f"situation.{action}", object_type="situation", object_id=report.ref,
        detail={"event": report.event.ref, "version": report.version, "content": number} | detail,
    )  # fmt: skip
