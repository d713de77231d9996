"""Invitations: a link that creates one account with the roles that an administrator chose.

1. `invite` stores the invitation and returns the secret of its link, which only the administrator sees. For an email, the link is
   made when the email is sent, and nobody sees it but the recipient.
2. `open_by_secret` finds it, while it is neither accepted, revoked nor expired and its inviter still administers people.
3. `accept` claims the row and creates the account in one transaction: of any number of attempts one succeeds.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from classifier import clock, locks
from monitoring import audit
from responder import roles
from responder.accounts import fields, one_time, people
from responder.errors import FieldChecks, Invalid, InvalidFields, Missing, TooMany
from responder.models import Invitation, User

VALID = timedelta(days=7)
KEPT = timedelta(days=90)
MOST_OPEN = 500


def invite(
    *, name: str, email: str, role_names: Iterable[str], by_email: bool, by: User, host: str = ""
) -> tuple[Invitation, str]:
    """Store an invitation. Returns it and the secret of its link; the secret is empty if an email brings the link.

    Arguments:
        name, email: of the person, so that the list tells who was invited; one of them may be empty.
        by_email: whether to send the link to `email`.
        host: scheme and host of the site, for the link in the email.

    Raises InvalidFields, TooMany.
    """
    checks = FieldChecks()
    name = checks.read("name", _name, name)
    email = checks.read("email", fields.email, email)
    chosen = checks.read("roles", fields.role_names, role_names)
    checks.require_valid()
    if not name and not email:
        raise InvalidFields({"name": _("Enter a name or an email address.")})
    if by_email:
        _require_email(email)
    secret = one_time.new_secret()
    with audit.atomic():
        locks.one_at_a_time("invitations")
        if still_open().count() >= MOST_OPEN:
            raise TooMany(_("There are too many open invitations. Revoke those that nobody needs."))
        invitation = Invitation.objects.create(
            digest=one_time.digest(secret), expires_at=clock.now() + VALID, name=name, email=email, roles=chosen,
            invited_by=by, host=host, mail=Invitation.Mail.WAITING if by_email else Invitation.Mail.NONE,
        )  # fmt: skip
        _record(invitation, "invitation.created", by, roles=chosen, by_email=by_email)
    return invitation, "" if by_email else secret


def renew(*, invitation_id: int, by: User, by_email: bool = False, host: str = "") -> tuple[Invitation, str]:
    """Replace the link of an open or expired invitation, valid from now. The former link stops working.

    Raises Missing, Invalid.
    """
    secret = one_time.new_secret()
    with audit.atomic():
        invitation = _locked(invitation_id)
        if by_email:
            _require_email(invitation.email)
        invitation.digest, invitation.expires_at = one_time.digest(secret), clock.now() + VALID
        invitation.invited_by, invitation.host = by, host or invitation.host
        invitation.mail = Invitation.Mail.WAITING if by_email else Invitation.Mail.NONE
        invitation.mail_attempts, invitation.mail_next_at = 0, clock.now()
        invitation.save()
        _record(invitation, "invitation.renewed", by)
    return invitation, "" if by_email else secret


def revoke(*, invitation_id: int, by: User) -> None:
    """Make the link of an invitation stop working. Raises Missing."""
    with audit.atomic():
        invitation = _locked(invitation_id)
        invitation.revoked_at = clock.now()
        invitation.save(update_fields=["revoked_at"])
        _record(invitation, "invitation.revoked", by)


def open_by_secret(secret: str) -> Invitation | None:
    """The invitation that a link opens; None if the link is wrong, used, revoked or expired."""
    return _usable(clock.now()).filter(digest=one_time.digest(secret)).first()


def accept(*, secret: str, username: str, name: str, email: str, password: str) -> User:
    """Create the account of an invitation, with its roles.

    Raises Missing if the link is not, or no longer, valid; InvalidFields.
    """
    if (invited := open_by_secret(secret)) is None:
        raise gone()
    if settings.OIDC_NAME and email.strip().casefold() != invited.email.casefold():
        # The provider's people are matched by it: whoever takes a colleague's address would get their sign-in.
        raise InvalidFields({"email": _("Use the email address of the invitation, or ask for another invitation.")})
    person = people.checked(username=username, name=name, email=email, password=password)
    with audit.atomic():
        # One statement decides: a second attempt waits for the first and then finds no row.
        now = clock.now()
        mine = _usable(now).filter(digest=one_time.digest(secret))
        if not Invitation.objects.filter(pk__in=list(mine.values_list("pk", flat=True)), **_UNUSED).update(
            accepted_at=now
        ):
            raise gone()
        invitation = Invitation.objects.get(digest=one_time.digest(secret), accepted_at=now)
        people.create(person, [role for role in invitation.roles if role in roles.ROLES], how="invitation")
        Invitation.objects.filter(pk=invitation.pk).update(accepted_by=person)
        audit.record(
            actor=f"user:{person.username}", action="invitation.accepted", object_type="invitation",
            object_id=str(invitation.pk), detail={"user": person.username, "roles": invitation.roles},
        )  # fmt: skip
    return person


def still_open() -> QuerySet[Invitation]:
    """Invitations that were neither accepted nor revoked, including expired ones."""
    return Invitation.objects.filter(**_UNUSED)


def gone() -> Missing:
    """The same error for every link that is wrong, used, revoked or expired."""
    return Missing(
        _("This invitation link isn't valid or no longer works. Ask the person who invited you for a new one.")
    )


def prune() -> None:
    """Delete invitations three months after they were accepted, revoked or expired."""
    Invitation.objects.filter(expires_at__lt=clock.now() - KEPT).delete()


_UNUSED = {"accepted_at": None, "revoked_at": None}


def _usable(now: datetime) -> QuerySet[Invitation]:
    may_invite = roles.holding(roles.ADMINISTER, OuterRef("invited_by"))
    return Invitation.objects.filter(Q(may_invite), **_UNUSED, expires_at__gt=now)


def _locked(invitation_id: int) -> Invitation:
    found = still_open().select_for_update(no_key=True).filter(pk=invitation_id).first()
    if found is None:
        raise Missing(_("This invitation was accepted or revoked already."))
    return found


def _name(value: str) -> str:
    return fields.name(value) if value.strip() else ""


def _require_email(email: str) -> None:
    if not settings.MAIL_IS_CONFIGURED:
        raise Invalid(_("This site can't send email: no mail server is configured. Copy the link instead."))
    if not email:
        raise InvalidFields({"email": _("Enter the email address that the invitation goes to.")})


def _record(invitation: Invitation, action: str, by: User, **detail: object) -> None:
    audit.record(
        actor=f"user:{by.username}",
        action=action,
        object_type="invitation",
        object_id=str(invitation.pk),
        detail=detail,
    )
