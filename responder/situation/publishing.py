"""Publishes a report, only by someone who wrote none of it; and withdraws it."""

from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder.errors import NotPermitted
from responder.incidents import base
from responder.models import SituationReport, User
from responder.models.situation import SITUATION_REASON_LIMIT
from responder.situation import access
from responder.situation.writing import REASON_MINIMUM, changed

State = SituationReport.State


@audit.atomic()
def publish(*, report_id: int, version: int, by: User) -> SituationReport:
    """Publish a proposed report. Raises Conflict, Invalid, Missing, NotPermitted.

    Arguments:
        version: as the person read it.
        by: a lead or an approver who wrote none of it.
    """
    report = access.opened(report_id, version, by, State.PROPOSED, sign=True)
    if report.writers.filter(pk=by.pk).exists():
        raise NotPermitted(_("You wrote on this report, so someone else must sign it off."))
    report.is_exercise = report.is_exercise or report.event.is_exercise  # the event may have become one
    report.state, report.published_at, report.published_by = State.PUBLISHED, clock.now(), by
    changed(report, by, "published", exercise=report.is_exercise)
    return report


@audit.atomic()
def withdraw(*, report_id: int, version: int, by: User, reason: str) -> SituationReport:
    """Withdraw a report in any state, with the reason. Its public links answer 410 from now on.

    Raises Conflict, Invalid, InvalidFields, Missing, NotPermitted.
    """
    report = access.opened(report_id, version, by, State.DRAFT, State.PROPOSED, State.PUBLISHED)
    reason = base.bounded_field("reason", reason, SITUATION_REASON_LIMIT, what=_("A reason"), least=REASON_MINIMUM)
    report.withdrawn_reason, before = reason, report.state
    report.state, report.withdrawn_at, report.withdrawn_by = State.WITHDRAWN, clock.now(), by
    changed(report, by, "withdrawn", before=before)
    return report
