"""Audit events for accounts: roles, flags, passwords, log-ins and log-outs, however they are changed.

Signals, not calls: a form of the admin, a command and a shell all end in them. Who fails to sign in is counted by day and
person, not written into the chain of events, which a stranger could flood; only lock-outs enter it, each person's once in a
while. A name that is nobody's is not kept: people type their password there.
"""

from datetime import timedelta
from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.models import Group
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models import F
from django.db.models.signals import m2m_changed, post_save, pre_save

from classifier import clock
from monitoring import audit
from monitoring.models import AuditEvent
from responder.accounts import password_links
from responder.models import LogInFailure, User
from responder.web import acting

FLAGS = {
    "is_superuser": ("user.superuser_granted", "user.superuser_revoked"),
    "is_staff": ("user.staff_granted", "user.staff_revoked"),
    "is_active": ("user.activated", "user.deactivated"),
}
WATCHED = frozenset({*FLAGS, "password"})
LOCK_OUT_TOLD_EVERY = timedelta(minutes=15)
UNKNOWN = "unknown"  # object of audit events about names that belong to no account
KEPT = timedelta(days=400)


def connect() -> None:
    """Connect the signal handlers; called once, when the site starts."""
    for signal, receiver, sender in (
        (m2m_changed, _roles_changed, User.groups.through),
        (pre_save, _remember, User),
        (post_save, _saved, User),
        (user_logged_in, _signed_in, None),
        (user_logged_out, _signed_out, None),
        (user_login_failed, _failed, None),
        (user_locked_out, _locked_out, None),
    ):
        signal.connect(receiver, sender=sender, dispatch_uid=f"responder.accounts.changes.{receiver.__name__}")


def prune() -> None:
    """Delete failed sign-ins that are more than a year old."""
    LogInFailure.objects.filter(day__lt=(clock.now() - KEPT).date()).delete()


def _roles_changed(instance: Any, action: str, reverse: bool, pk_set: set[int] | None, **_: Any) -> None:
    verbs = {"post_add": "role.granted", "post_remove": "role.revoked", "pre_clear": "role.revoked"}
    if action not in verbs:
        return
    other, relation = (User, "user_set") if reverse else (Group, "groups")
    rows: Any = (
        getattr(instance, relation).all()
        if action == "pre_clear"
        else other._default_manager.filter(pk__in=pk_set or ())
    )
    for row in rows.order_by("pk"):
        user, role = (row, instance) if reverse else (instance, row)
        _record(verbs[action], user, role=role.name)


def _remember(instance: User, raw: bool, update_fields: Any, **_: Any) -> None:
    """Store the row's database values before it is saved, for `_saved` to compare with."""
    watched = WATCHED if update_fields is None else WATCHED & set(update_fields)
    known = instance.pk is not None and watched and not raw
    before = User.objects.filter(pk=instance.pk).values(*watched).first() if known else None
    instance.__dict__["_before"] = before or {}


def _saved(instance: User, created: bool, update_fields: Any, **_: Any) -> None:
    before = instance.__dict__.pop("_before", {})
    if created and instance.is_superuser:
        _record(FLAGS["is_superuser"][0], instance)
    for flag, (granted, revoked) in FLAGS.items():
        if flag in before and before[flag] != getattr(instance, flag):
            _record(granted if getattr(instance, flag) else revoked, instance)
    if "password" in before and before["password"] != instance.password:
        # Django rehashes a password with current settings when its owner signs in; the password is the same.
        stored_anew = getattr(instance, "_password", None) is None and set(update_fields or ()) == {"password"}
        _record("user.password_stored_anew" if stored_anew else "user.password_changed", instance)
        if not stored_anew:
            password_links.withdraw(instance)
    if before.get("is_active") and not instance.is_active:
        password_links.withdraw(instance)  # or it would work again for whoever is activated again


def _signed_in(user: User, **_: Any) -> None:
    _record("session.started", user, actor=f"user:{user.username}")


def _signed_out(user: User | None, **_: Any) -> None:
    if user is not None:
        _record("session.ended", user, actor=f"user:{user.username}")


def count_failure(person: User | None) -> None:
    """Count a failed sign-in of today; None for a name that belongs to no account."""
    row, _made = LogInFailure.objects.get_or_create(day=clock.now().date(), person=person)
    LogInFailure.objects.filter(pk=row.pk).update(count=F("count") + 1)


def _failed(credentials: dict[str, Any], **_: Any) -> None:
    count_failure(_named(credentials.get("username")))


def _locked_out(username: str | None, **_: Any) -> None:
    person = _named(username)
    about: dict[str, Any] = {"object_type": "user", "object_id": str(person.pk) if person else UNKNOWN}
    since = clock.now() - LOCK_OUT_TOLD_EVERY
    if AuditEvent.objects.filter(**about, action="session.locked_out", at__gt=since).exists():
        return
    failures = (
        LogInFailure.objects.filter(day=clock.now().date(), person=person).values_list("count", flat=True).first()
    )
    detail = {"user": person.username if person else None, "failures_today": failures or 0}
    audit.record(actor="system:log-in", action="session.locked_out", **about, detail=detail)


def _named(username: Any) -> User | None:
    return (
        User.objects.filter(username=username).first() if isinstance(username, str) and "\0" not in username else None
    )


def _record(action: str, user: User, *, actor: str = "", **detail: Any) -> None:
    audit.record(
        actor=actor or acting.actor(), action=action, object_type="user", object_id=str(user.pk),
        detail={"user": user.username} | detail,
    )  # fmt: skip
