"""Who may do what with a report: leads write, another lead or an approver publishes, viewers read what is published."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from responder import roles
from responder.errors import Conflict, Invalid, Missing, NotPermitted
from responder.incidents import base
from responder.models import SituationReport, User

State = SituationReport.State
FOR_VIEWERS = (State.PUBLISHED, State.WITHDRAWN)


def may_write(person: roles.Person, event_id: int) -> bool:
    """Whether they may write reports of this event, and withdraw them."""
    return roles.allows_in(person, roles.LEAD, event_id)


def may_sign(person: roles.Person, event_id: int) -> bool:
    """Whether they may sign off reports of this event that they had no part in: as a lead, or as an approver."""
    in_event = roles.allows_in(person, roles.VIEW, event_id)
    return in_event and (may_write(person, event_id) or roles.allows(person, roles.APPROVE))


def may_read(person: roles.Person, report: SituationReport) -> bool:
    """Whether they may read this report: a draft only if they could write or sign it."""
    if not roles.allows_in(person, roles.VIEW, report.event_id):
        return False
    return report.state == State.PUBLISHED or may_sign(person, report.event_id)


def visible(person: roles.Person) -> QuerySet[SituationReport]:
    """The reports whose page the person may open; of a withdrawn one, viewers are shown no more than that it was."""
    rows = roles.within(SituationReport.objects.all(), roles.events_of(person, roles.VIEW))
    if roles.allows(person, roles.APPROVE):
        return rows
    leads = roles.events_of(person, roles.LEAD)
    return rows if leads is None else rows.filter(Q(state__in=FOR_VIEWERS) | Q(event__in=leads))


def opened(report_id: int, version: int, by: User, *states: str, sign: bool = False) -> SituationReport:
    """The report, locked, for a person who writes or signs it. Raises Conflict, Invalid, Missing, NotPermitted.

    Arguments:
        version: as the person read it.
        states: in which it may be.
        sign: whether they sign it off rather than write it.
    """
    require_role(by, sign=sign)
    rows = SituationReport.objects.select_for_update(of=("self",), no_key=True).select_related("event")
    report = rows.filter(pk=report_id).first()
    if report is None or not roles.allows_in(by, roles.VIEW, report.event_id):
        raise Missing(missing())
    if not (may_sign(by, report.event_id) if sign else may_write(by, report.event_id)):
        raise _not_permitted()
    if report.version != version:
        raise Conflict(by=_("Someone"), what=_("changed this report"), at=None, version=report.version)
    if report.state not in states:
        raise Invalid(
            _("This can't be done with a report that is: %(state)s.") % {"state": report.get_state_display().lower()}
        )
    return report


def require_role(by: User, *, sign: bool = False) -> None:
    """Raise NotPermitted unless one of the person's roles lets them write or sign any report."""
    if not (roles.allows(by, roles.LEAD) or (sign and roles.allows(by, roles.APPROVE))):
        raise _not_permitted()


def missing() -> str:
    """The message about a report that does not exist, or not for this person."""
    return _("This report does not exist.")


def require_event(by: User, event_id: int) -> None:
    """Raise Missing or NotPermitted unless the person may write reports of this event."""
    base.permitted_in(by, roles.LEAD, event_id, missing=_("This event does not exist."))


def _not_permitted() -> NotPermitted:
    return NotPermitted(_("Only a lead can do this; a report is signed off by another lead or an approver."))
