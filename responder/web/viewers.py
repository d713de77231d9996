"""People with open event streams, and whether they still have the permission to view."""

from collections.abc import Collection
from typing import NamedTuple

from django.contrib.sessions.models import Session
from django.db.models import OuterRef
from django.http import HttpRequest

from classifier import clock
from responder import roles
from responder.models import EventRole, User


class Viewer(NamedTuple):
    """A person with an open stream, by session.

    Arguments:
        password: their password's hash, whose change ends sessions.
        visible_events: ids of the events that their stream shows; None for all.
    """

    person_id: int
    session_key: str
    password: str
    visible_events: frozenset[int] | None = None

    @classmethod
    def from_request(cls, request: HttpRequest, user: User) -> "Viewer":
        """The signed-in person of a request."""
        events = roles.events_of(user, roles.VIEW)
        return cls(user.pk, request.session.session_key or "", user.get_session_auth_hash(), events)


def allowed(viewers: Collection[Viewer]) -> set[Viewer]:
    """The viewers whose session exists and whose roles still let them view the same events.

    Two queries for any number; a third if somebody holds roles only in single events.
    """
    able = User.objects.filter(roles.holding(roles.VIEW, OuterRef("pk")), pk__in={one.person_id for one in viewers})
    able = able.annotate(in_all=roles.holding(roles.VIEW, OuterRef("pk"), everywhere=True))
    people = {user.pk: user for user in able.only("pk", "password", "is_superuser")}
    passwords = {pk: user.get_session_auth_hash() for pk, user in people.items()}
    limited = {pk for pk, user in people.items() if not user.in_all}  # type: ignore[attr-defined]
    events: dict[int, set[int]] = {pk: set() for pk in limited}
    held = EventRole.objects.filter(person__in=limited, role__in=roles.EVENT_ROLES)  # each of which lets them view
    for pk, event_id in held.values_list("person", "event") if limited else ():
        events[pk].add(event_id)
    now_visible = {pk: frozenset(events[pk]) if pk in limited else None for pk in people}
    sessions = Session.objects.filter(session_key__in={one.session_key for one in viewers}, expire_date__gt=clock.now())
    keys = set(sessions.values_list("session_key", flat=True))
    return {
        one
        for one in viewers
        if one.session_key in keys
        and passwords.get(one.person_id) == one.password
        and now_visible[one.person_id] == one.visible_events
    }
