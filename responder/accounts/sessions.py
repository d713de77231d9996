"""Browsers in which people are signed in: listed, and ended within seconds.

A row stands beside Django's session, which doesn't say whose it is. Ending a session deletes Django's row: the next request is
anonymous, and an open event stream ends when its permission is next checked (`responder.web.viewers`).
"""

import time
from typing import Any

from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder.errors import Missing
from responder.models import User, UserSession
from responder.models.account import ADDRESS_LIMIT, BROWSER_LIMIT
from responder.web import acting

SEEN_EVERY_S = 60.0
REMEMBERED = 10_000  # sessions of this process
_seen: dict[str, float] = {}


def connect() -> None:
    """Connect the signal handlers; called once, when the site starts."""
    user_logged_in.connect(_started, dispatch_uid="responder.accounts.sessions.started")
    user_logged_out.connect(_ended, dispatch_uid="responder.accounts.sessions.ended")


def seen(request: HttpRequest) -> None:
    """Store when the signed-in person of a request was last seen, at most once a minute in each process."""
    key, now = request.session.session_key or "", time.monotonic()
    if not key or now - _seen.get(key, float("-inf")) < SEEN_EVERY_S:
        return
    _remember(key)
    at = clock.now()
    if not UserSession.objects.filter(session_key=key).update(last_seen_at=at):
        _store(request, request.user, key)
    User.objects.filter(username=request.user.get_username()).update(last_seen_at=at)


def open_of(person: User) -> QuerySet[UserSession]:
    """The person's sessions that have neither ended nor expired, the last used first."""
    going = Session.objects.filter(expire_date__gt=clock.now()).values("session_key")
    return UserSession.objects.filter(person=person, session_key__in=going)


def end(*, person: User, session_id: int, by: User) -> None:
    """End one session of a person. Raises Missing."""
    with audit.atomic():
        row = UserSession.objects.filter(person=person, pk=session_id).first()
        if row is None:
            raise Missing(_("This session has ended already."))
        _delete([row.session_key])
        _record(person, 1, by)


def end_all(person: User, *, but: str = "", by: User | None = None) -> int:
    """End all sessions of a person, in the caller's transaction. Returns how many.

    Arguments:
        but: key of the session that goes on, if any.
        by: who ends them, for an audit event of its own.
    """
    keys = list(
        UserSession.objects.filter(person=person).exclude(session_key=but).values_list("session_key", flat=True)
    )
    ended = _delete(keys)
    if by is not None and ended:
        _record(person, ended, by)
    return ended


def end_every(*, person: User, by: User, but: str = "") -> int:
    """End all sessions of a person and record it in the audit log. Returns how many there were.

    Arguments:
        but: key of the session that goes on, if any.
    """
    with audit.atomic():
        return end_all(person, but=but, by=by)


def moved(request: HttpRequest, before: str) -> None:
    """Store the new key of a session, which changes with the password."""
    key = request.session.session_key or ""
    if key and key != before:
        UserSession.objects.filter(session_key=before).update(session_key=key)
        _remember(key)


def prune() -> None:
    """Delete rows of sessions that have ended, and Django's expired sessions."""
    Session.objects.filter(expire_date__lt=clock.now()).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).delete()


def _started(request: Any, user: User, **_more: Any) -> None:
    session = getattr(request, "session", None)
    if session is None:
        return
    if not session.session_key:
        session.save()  # after another person's session in this browser
    key = str(session.session_key)
    _remember(key)
    _store(request, user, key)
    User.objects.filter(pk=user.pk).update(last_seen_at=clock.now())


def _ended(request: Any, user: User | None, **_more: Any) -> None:
    key = getattr(getattr(request, "session", None), "session_key", None)
    if key:
        UserSession.objects.filter(session_key=key).delete()


def _store(request: Any, user: Any, key: str) -> None:
    browser = str(request.META.get("HTTP_USER_AGENT", "")).replace("\0", "")[:BROWSER_LIMIT]
    address = str(request.META.get("REMOTE_ADDR") or "")[:ADDRESS_LIMIT]
    try:
        with transaction.atomic():
            UserSession.objects.create(person_id=user.pk, session_key=key, address=address, browser=browser)
    except IntegrityError:  # another request of the same browser was first
        UserSession.objects.filter(session_key=key).update(person_id=user.pk)


def _remember(key: str) -> None:
    if len(_seen) >= REMEMBERED:
        _seen.clear()
    _seen[key] = time.monotonic()


def _delete(keys: list[str]) -> int:
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
    for key in keys:
        _seen.pop(key, None)
    return len(keys)


def _record(person: User, count: int, by: User) -> None:
    audit.record(
        actor=f"user:{by.username}" if by else acting.actor(), action="session.revoked", object_type="user",
        object_id=str(person.pk), detail={"user": person.username, "sessions": count},
    )  # fmt: skip
