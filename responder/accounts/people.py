"""People and their roles: the first administrator, changes of roles, deactivation.

An administrator isn't a superuser: superusers are changed in the admin only. One active administrator always remains.
"""

from collections.abc import Iterable, Sequence

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.db import IntegrityError
from django.db.models import Q
from django.utils.translation import gettext as _

from classifier import clock, locks
from monitoring import audit
from monitoring.models import AuditEvent
from responder import roles
from responder.accounts import fields, sessions
from responder.errors import Conflict, FieldChecks, Invalid, InvalidFields, Missing, NotPermitted
from responder.models import User
from responder.roles import NOT_PAUSED
from responder.web import acting

ADMINISTRATOR = "administrator"
FIRST_ROLES = (ADMINISTRATOR, "lead")


def create_first_administrator(*, username: str, name: str, email: str, password: str) -> User:
    """Create the account that runs a new installation, with the roles in FIRST_ROLES.

    Arguments:
        email: may be empty.

    Raises InvalidFields, or NotPermitted if there is an active administrator or superuser.
    """
    if has_administrator():
        raise _exists()
    person = checked(username=username, name=name, email=email, password=password)
    with audit.atomic():
        locks.one_at_a_time("first administrator")
        if has_administrator():
            raise _exists()
        return create(person, FIRST_ROLES, how="first run")


def has_administrator() -> bool:
    """Whether anybody active can administer people: an administrator or a superuser."""
    return User.objects.filter(Q(is_superuser=True) | Q(groups__name=ADMINISTRATOR), is_active=True).exists()


def checked(*, username: str, name: str, email: str, password: str) -> User:
    """An account that isn't saved yet, with its password hashed, which takes a third of a second. Raises InvalidFields."""
    checks = FieldChecks()
    person = User(
        username=checks.read("username", fields.username, username) or "",
        first_name=checks.read("name", fields.name, name) or "",
        email=checks.read("email", fields.email, email) or "",
    )
    checks.read("password", fields.password, password, person)
    checks.require_valid()
    person.password = make_password(password)
    return person


def create(person: User, role_names: Sequence[str], *, how: str, actor: str = "") -> User:
    """Store an account with roles, in the caller's `audit.atomic`.

    Arguments:
        how: the occasion, for the record, such as `invitation`.

    Raises InvalidFields if somebody else has just taken the user name; the caller's transaction must then end.
    """
    try:
        person.save(force_insert=True)
    except IntegrityError as error:
        raise InvalidFields({"username": _("Somebody has this user name already. Choose another one.")}) from error
    audit.record(
        actor=actor or f"user:{person.username}", action="user.created", object_type="user", object_id=str(person.pk),
        detail={"user": person.username, "how": how, "roles": list(role_names)},
    )  # fmt: skip
    for role in role_names:
        roles.grant(user=person, role=role)
    return person


def set_roles(*, person: User, role_names: Iterable[str], version: int, by: User) -> None:
    """Give a person exactly these roles; keep groups that are not roles.

    Arguments:
        version: of the person, as `by` saw it.

    Raises InvalidFields, Conflict, NotPermitted.
    """
    checks = FieldChecks()
    wanted = checks.read("roles", fields.role_names, role_names)
    checks.require_valid()
    with audit.atomic():
        held = locked(person, version)
        before = set(held.groups.filter(name__in=roles.ROLES).values_list("name", flat=True))
        if ADMINISTRATOR in before and ADMINISTRATOR not in wanted:
            _keep_an_administrator(held)
        groups = Group.objects.in_bulk(before ^ set(wanted), field_name="name")
        held.groups.remove(*(groups[name] for name in sorted(before - set(wanted))))
        held.groups.add(*(groups[name] for name in wanted if name not in before))
        User.objects.filter(pk=held.pk).update(version=held.version + 1)


def deactivate(*, person: User, version: int, by: User) -> None:
    """Lock a person out from their next request on; nothing that they did is deleted. Raises Conflict, Invalid, NotPermitted."""
    with audit.atomic():
        held = locked(person, version)
        if not held.is_active:
            return
        _keep_an_administrator(held)
        held.is_active, held.version = False, held.version + 1
        held.save(update_fields=["is_active", "version"])
        sessions.end_all(held)


def activate(*, person: User, version: int, by: User) -> None:
    """Let a deactivated person in again. Raises Conflict, NotPermitted."""
    with audit.atomic():
        held = locked(person, version)
        if held.is_active:
            return
        held.is_active, held.version = True, held.version + 1
        held.save(update_fields=["is_active", "version"])


def set_password(held: User, password: str, hashed: str) -> None:
    """Store a new password of a locked row. It is hashed before, so that nobody waits for it with the row locked."""
    held.password = hashed
    held._password = password  # type: ignore[attr-defined]  # what Django's own `set_password` sets: the password is new, not only hashed anew
    held.save(update_fields=["password"])


def find(pk: int) -> User:
    """The person with this id. Raises Missing."""
    if (person := User.objects.filter(pk=pk).first()) is None:
        raise Missing(_("There is no such person."))
    return person


def require_changeable(person: User) -> None:
    """Raise NotPermitted for a superuser, whom only superusers may change, in the admin."""
    if person.is_superuser:
        raise NotPermitted(_("This person is a superuser. Only superusers can change the account, under Records."))


def require_other(person: User, by: User) -> None:
    """Raise Invalid for oneself: whoever finds an open browser must not change without the password what lets them in."""
    if person.pk == by.pk:
        raise Invalid(_("This is for others. Change your own password and second factor on the page Profile."))


def locked(person: User, version: int | None = None) -> User:
    """The person's row, locked and read anew. Changes of people run one at a time, so that an administrator remains.

    Raises Missing, NotPermitted, and Conflict if the row is no longer at `version`.
    """
    locks.one_at_a_time("people")
    held = User.objects.select_for_update(no_key=True).filter(pk=person.pk).first()
    if held is None:
        raise Missing(_("There is no such person."))
    require_changeable(held)
    if version is not None and held.version != version:
        raise _conflict(held)
    return held


def unknown_groups() -> list[str]:
    """Names of groups in the database that are not roles, and so give no permission."""
    return roles.unknown_groups()[:50]


def _keep_an_administrator(leaving: User) -> None:
    """Raise Invalid if no active administrator would remain without this person."""
    if not leaving.is_active or not leaving.groups.filter(name=ADMINISTRATOR).exists():
        return
    others = User.objects.filter(NOT_PAUSED, groups__name=ADMINISTRATOR, is_active=True).exclude(pk=leaving.pk)
    if not others.exists():
        raise Invalid(_("This is the last active administrator. Give somebody else the role administrator first."))


def _conflict(held: User) -> Conflict:
    last = (
        AuditEvent.objects.filter(object_type="user", object_id=str(held.pk))
        .exclude(action__startswith="session.")
        .order_by("-sequence")
        .first()
    )
    by = last.actor.removeprefix("user:") if last else _("Somebody")
    return Conflict(
        by=by, what=_("roles or state of %(name)s") % {"name": held.display_name}, at=last.at if last else clock.now(), version=held.version
    )  # fmt: skip


def _exists() -> NotPermitted:
    return NotPermitted(_("This installation has an administrator already. Ask them to invite you."))


def actor_of(person: User | None) -> str:
    """The name of a person in the audit log; without a person, that of the caller."""
    return f"user:{person.username}" if person else acting.actor()
