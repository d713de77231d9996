"""Roles in single events: administrators grant and revoke them, and every change is in the audit log.

A role in all events is a Django group; see `responder.roles`.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from classifier import locks
from monitoring import audit
from responder import roles
from responder.accounts import people
from responder.errors import FieldChecks, Invalid, Missing, NotPermitted
from responder.models import Event, EventRole, User

MOST = 200  # of one person
EVENTS = 200  # offered to choose from


@audit.atomic()
def grant(*, person_id: int, event: str, role: str, by: User) -> EventRole:
    """Give a person a role in one event. Idempotent.

    Arguments:
        event: id of the event, as a form sends it.
        role: one of `roles.EVENT_ROLES`.

    Raises Invalid, InvalidFields, Missing, NotPermitted.
    """
    person = _person(person_id, by)
    checks = FieldChecks()
    found = checks.read("event", _event, event)
    checks.read("role", _role, role)
    checks.require_valid()
    locks.one_at_a_time("event roles", person.pk)
    if there := EventRole.objects.filter(person=person, event=found, role=role).first():
        return there
    if EventRole.objects.filter(person=person).count() >= MOST:
        raise Invalid(_("A person can hold at most %(most)d roles in single events.") % {"most": MOST})
    row = EventRole.objects.create(person=person, event=found, role=role)
    _record("event_role.granted", row, by)
    return row


@audit.atomic()
def revoke(*, person_id: int, event_role_id: int, by: User) -> None:
    """Take a role in one event from a person. Raises Invalid, Missing, NotPermitted.

    The last one of a partner stays: it limits their tokens, which read all events without it.
    """
    person = _person(person_id, by)
    row = EventRole.objects.select_for_update(of=("self",)).select_related("event", "person")
    held = row.filter(pk=event_role_id, person=person).first()
    if held is None:
        raise Missing(_("This person no longer holds this role. Reload the page."))
    _record("event_role.revoked", held, by)
    limited = _is_limited_partner(person)
    held.delete()
    if limited and not _is_limited_partner(person):
        raise Invalid(
            _(
                "This is the last event that the person's API tokens are limited to: without it they would read all events. "
                "Take the role partner from the person first, or give them a role in another event."
            )
        )


def of_person(person: User) -> list[EventRole]:
    """The roles that a person holds in single events, by event."""
    rows = EventRole.objects.filter(person=person).select_related("event")
    return list(rows.order_by("-event__started_at", "event", "id"))


def limits(person: User) -> bool:
    """Whether the person's roles in single events limit what they see: they hold no role in all events that lets them view."""
    return roles.events_of(person, roles.VIEW) is not None


def events_to_choose() -> Sequence[Event]:
    """The events in which a role can be granted, newest first."""
    return list(Event.objects.all()[:EVENTS])


def _is_limited_partner(person: User) -> bool:
    """Whether the person's roles in single events limit what their tokens read, once they are active."""
    roles.forget(person)
    held = roles.held_by(person)
    abilities = frozenset().union(*(roles.ROLES[name] for name in held.everywhere))
    return roles.USE_API in abilities and roles.VIEW not in abilities and bool(held.in_events)


def _person(person_id: int, by: User) -> User:
    if not roles.allows(by, roles.ADMINISTER):
        raise NotPermitted(_("Only an administrator can change the roles of people."))
    person = people.find(person_id)
    people.require_changeable(person)
    return person


def _event(text: str) -> Event:
    is_number = text.isdecimal() and text.isascii() and len(text) <= 18
    event = Event.objects.filter(pk=int(text)).first() if is_number else None
    if event is None:
        raise Invalid(_("Choose an event."))
    return event


def _role(role: str) -> str:
    if role not in roles.EVENT_ROLES:
        raise Invalid(_("Choose viewer, reviewer or lead. Other roles always apply to all events."))
    return role


def _record(action: str, row: EventRole, by: User) -> None:
    detail: dict[str, Any] = {"user": row.person.username, "role": row.role, "event": row.event.ref}
    audit.record(
        actor=f"user:{by.username}", action=action, object_type="user", object_id=str(row.person_id), detail=detail
    )
