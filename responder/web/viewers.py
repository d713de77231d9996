"""People with open event streams, and whether they still have the permission to view."""

from collections.abc import Collection
from typing import NamedTuple

from django.contrib.sessions.models import Session
from django.db.models import OuterRef
from django.http import HttpRequest

from classifier import clock
from responder import roles
from responder.models import User


class Viewer(NamedTuple):
    """A person with an open stream, by session; `password` is their password's hash, whose change ends sessions."""

    person_id: int
    session_key: str
    password: str

    @classmethod
    def from_request(cls, request: HttpRequest, user: User) -> "Viewer":
        """The signed-in person of a request."""
        return cls(user.pk, request.session.session_key or "", user.get_session_auth_hash())


def allowed(viewers: Collection[Viewer]) -> set[Viewer]:
    """The viewers whose session exists and whose role lets them view; two queries for any number."""
    able = User.objects.filter(roles.holding(roles.VIEW, OuterRef("pk")), pk__in={one.person_id for one in viewers})
    passwords = {user.pk: user.get_session_auth_hash() for user in able.only("pk", "password")}
    sessions = Session.objects.filter(session_key__in={one.session_key for one in viewers}, expire_date__gt=clock.now())
    keys = set(sessions.values_list("session_key", flat=True))
    return {one for one in viewers if one.session_key in keys and passwords.get(one.person_id) == one.password}
