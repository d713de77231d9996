"""A handover from one lead to the next: a generated draft, written over, handed over, and acknowledged by another person.

How it goes:
1. `draft` writes down what happened since a time (`shift`).
2. `edit`: the outgoing lead writes over it and says who is on duty.
3. `give` hands it over; from now on it never changes.
4. `acknowledge` by a lead who wrote none of it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classifier import clock, locks
from monitoring import audit
from responder import roles
from responder.errors import Conflict, FieldChecks, Invalid, InvalidFields, Missing, NotPermitted
from responder.incidents import base
from responder.models import Event, Handover, User
from responder.models.situation import REMARK_LIMIT, SECTION_LIMIT
from responder.situation import access, periods, shift

State = Handover.State
MOST_DRAFTS = 10  # of an event
MOST_ON_DUTY = 60
SECTIONS: dict[str, str | Promise] = {
    "notes": gettext_lazy("What the next lead must know"),
    "unanswered": gettext_lazy("Still unanswered"),
    "new": gettext_lazy("New"),
    "worse": gettext_lazy("Worse"),
    "better": gettext_lazy("Better"),
    "decided": gettext_lazy("Decided"),
}


@audit.atomic()
def draft(*, event_id: int, by: User, since: str) -> Handover:
    """Draft a handover of what happened since a local time of the event. Raises Invalid, InvalidFields, Missing, NotPermitted."""
    access.require_role(by)
    event = Event.objects.filter(pk=event_id).first()
    if event is None:
        raise Missing(_("This event does not exist."))
    access.require_event(by, event.pk)
    try:
        begin, until = periods.read(event, since, "")
    except InvalidFields as error:
        raise InvalidFields({"since": str(error)}) from error
    locks.one_at_a_time("handovers", event.pk)
    if Handover.objects.filter(event=event, state=State.DRAFT).count() >= MOST_DRAFTS:
        raise Invalid(_("This event has %(most)d drafts of handovers. Discard one first.") % {"most": MOST_DRAFTS})
    content = shift.gather(event, begin, until)
    texts = {name: "\n".join(content[name]["lines"])[:SECTION_LIMIT] for name in SECTIONS if name in content}
    row = Handover.objects.create(event=event, since=begin, until=until, content=content, sections=texts, created_by=by)
    row.writers.add(by)
    row.on_duty.add(by)
    _record(row, by, "drafted")
    return row


@audit.atomic()
def edit(*, handover_id: int, version: int, by: User, on_duty: Sequence[str] = (), **texts: str) -> Handover:
    """Write over a draft, and say who is on duty. Raises Conflict, Invalid, InvalidFields, Missing, NotPermitted.

    Arguments:
        on_duty: ids of people who may work on the event's incidents.
        texts: of sections; those that are not given stay.
    """
    row = _opened(handover_id, version, by, State.DRAFT)
    checks = FieldChecks()
    people = checks.read("on_duty", _people, on_duty, row.event_id) or []
    found = {name: checks.read(name, _text, texts[name]) for name in SECTIONS if texts.get(name) is not None}
    checks.require_valid()
    row.sections = row.sections | found
    row.on_duty.set(people)
    row.writers.add(by)
    _changed(row, by, "edited", on_duty=sorted(one.pk for one in people))
    return row


@audit.atomic()
def give(*, handover_id: int, version: int, by: User) -> Handover:
    """Hand over: the text never changes from now on. Raises Conflict, Invalid, Missing, NotPermitted."""
    row = _opened(handover_id, version, by, State.DRAFT)
    row.state, row.given_at, row.given_by = State.GIVEN, clock.now(), by
    row.writers.add(by)
    _changed(row, by, "given")
    return row


@audit.atomic()
def acknowledge(*, handover_id: int, version: int, by: User, remark: str = "") -> Handover:
    """Take over, as a lead who wrote none of it. Raises Conflict, Invalid, InvalidFields, Missing, NotPermitted."""
    row = _opened(handover_id, version, by, State.GIVEN)
    if row.writers.filter(pk=by.pk).exists():
        raise NotPermitted(_("You wrote this handover, so someone else must acknowledge it."))
    row.remark = base.bounded_field("remark", remark, REMARK_LIMIT, what=_("A remark"))
    row.state, row.acknowledged_at, row.acknowledged_by = State.ACKNOWLEDGED, clock.now(), by
    _changed(row, by, "acknowledged")
    return row


@audit.atomic()
def discard(*, handover_id: int, version: int, by: User) -> Handover:
    """Discard a draft. Raises Conflict, Invalid, Missing, NotPermitted."""
    row = _opened(handover_id, version, by, State.DRAFT)
    row.state = State.DISCARDED
    _changed(row, by, "discarded")
    return row


def visible(person: roles.Person) -> QuerySet[Handover]:
    """Handovers that the person may read: given ones of their events, and drafts of events that they lead."""
    rows = roles.within(Handover.objects.exclude(state=State.DISCARDED), roles.events_of(person, roles.VIEW))
    leads = roles.events_of(person, roles.LEAD)
    return rows if leads is None else rows.filter(~Q(state=State.DRAFT) | Q(event__in=leads))


def _opened(handover_id: int, version: int, by: User, state: str) -> Handover:
    """The handover, locked, for a lead of its event. Raises Conflict, Invalid, Missing, NotPermitted."""
    access.require_role(by)
    rows = Handover.objects.select_for_update(of=("self",), no_key=True).select_related("event")
    row, missing = rows.filter(pk=handover_id).first(), _("This handover does not exist.")
    if row is None:
        raise Missing(missing)
    base.permitted_in(by, roles.LEAD, row.event_id, missing=missing)
    if row.version != version:
        raise Conflict(by=_("Someone"), what=_("changed this handover"), at=None, version=row.version)
    if row.state != state:
        raise Invalid(
            _("This can't be done with a handover that is: %(state)s.") % {"state": row.get_state_display().lower()}
        )
    return row


def _people(ids: Sequence[str], event_id: int) -> list[User]:
    numbers = {int(one) for one in ids if str(one).isascii() and str(one).isdecimal() and len(str(one)) <= 18}
    may = list(User.objects.filter(shift.may_work_on(event_id), pk__in=numbers)[: MOST_ON_DUTY + 1])
    if len(may) != len(set(map(str, ids))) or len(may) > MOST_ON_DUTY:
        raise Invalid(_("Choose people whose role lets them work on incidents of this event."))
    return may


def _text(text: str) -> str:
    text = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if len(text) > SECTION_LIMIT:
        raise Invalid(_("A section can have at most %(limit)d characters.") % {"limit": SECTION_LIMIT})
    return text


def _changed(row: Handover, by: User, action: str, **detail: Any) -> None:
    row.version += 1
    row.save()
    _record(row, by, action, **detail)


def _record(row: Handover, by: User, action: str, **detail: Any) -> None:
    """Record a step in the audit log, without texts."""
    about: Mapping[str, Any] = {"event": row.event.ref, "version": row.version}
    audit.record(
        actor=f"user:{by.username}", action=f"handover.{action}", object_type="handover", object_id=str(row.pk),
        detail={**about, **detail},
    )  # fmt: skip
