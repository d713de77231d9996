"""One-time links to set a new password: made by an administrator, or sent by email to whoever asks.

Whoever asks gets the same answer, whether there is such an account or not: the account is looked up later, when the email is sent.
A link sets the password and ends all sessions. It doesn't sign in: two-factor authentication is still asked for.
"""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db.models import OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder import roles
from responder.accounts import fields, one_time, people, sessions
from responder.errors import FieldChecks, Missing, TooMany
from responder.models import PasswordLink, User
from responder.models.account import EMAIL_LIMIT
from responder.partners import counters
from responder.web import client_addresses

VALID = timedelta(hours=24)
VALID_BY_EMAIL = timedelta(hours=1)
KEPT = timedelta(days=30)
WINDOW_S = 3_600
PER_ADDRESS, PER_NAME, IN_ALL = 20, 5, 500
PER_NETWORK = {56: 60, 48: 150}  # of IPv6: one holder has many addresses, and must not use up everybody's


class TooManyRequests(TooMany):
    """Too many links were asked for from one address.

    Arguments:
        retry_after_s: seconds until a retry.
    """

    def __init__(self, detail: str, *, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


def make(*, person: User, by: User) -> str:
    """Create a link for a person and return its secret, for an administrator to hand over. Earlier links stop working.

    Raises NotPermitted for a superuser, Missing.
    """
    secret = one_time.new_secret()
    with audit.atomic():
        held = people.locked(person)
        withdraw(held)
        PasswordLink.objects.create(
            digest=one_time.digest(secret),
            expires_at=clock.now() + VALID,
            person=held,
            made_by=by,
            by_administrator=True,
        )
        audit.record(
            actor=f"user:{by.username}", action="user.password_link_made", object_type="user", object_id=str(held.pk),
            detail={"user": held.username},
        )  # fmt: skip
    return secret


def ask(*, asked: str, address: str, host: str) -> None:
    """Store that somebody requested a link by email. Does not reveal whether there is such an account.

    Arguments:
        asked: user name or email address.
        host: scheme and host of the site, for the link.

    Raises TooManyRequests.
    """
    window, passed = divmod(int(clock.now().timestamp()), WINDOW_S)
    address = address or client_addresses.UNKNOWN
    wider = client_addresses.wider_networks(address).items()
    networks = [(f"network:{network}", PER_NETWORK[length]) for length, network in wider]
    for key, most in ((f"address:{address}", PER_ADDRESS), *networks, ("all", IN_ALL)):
        if counters.increment(f"password-link:{window}:{key}", seconds=WINDOW_S + 1) > most:
            raise TooManyRequests(_("Too many requests. Try again in an hour."), retry_after_s=WINDOW_S - passed)
    asked = asked.replace("\0", "").strip()[:EMAIL_LIMIT]
    key = one_time.digest_of_name(asked)
    if not asked or counters.increment(f"password-link:{window}:name:{key}", seconds=WINDOW_S + 1) > PER_NAME:
        return  # the same answer: whoever asks often must not learn whose name is asked for
    PasswordLink.objects.create(
        digest=one_time.digest(one_time.new_secret()), expires_at=clock.now() + VALID_BY_EMAIL, asked=asked, host=host,
        mail=PasswordLink.Mail.WAITING,
    )  # fmt: skip


def people_asked_for(asked: str) -> list[User]:
    """Active people with this user name or email address, and an email address to write to."""
    found = User.objects.filter(Q(username=asked) | Q(email__iexact=asked), is_active=True).exclude(email="")
    return list(found.order_by("pk")[:5])


def open_by_secret(secret: str) -> PasswordLink | None:
    """The link with this secret; None if it is wrong, used or expired."""
    return _usable(clock.now()).filter(digest=one_time.digest(secret)).select_related("person").first()


def use(*, secret: str, password: str) -> User:
    """Set the password of the link's person, and end their sessions. Works once.

    Raises Missing, InvalidFields.
    """
    link = open_by_secret(secret)
    if link is None or link.person is None:
        raise gone()
    checks = FieldChecks()
    checks.read("password", fields.password, password, link.person)
    checks.require_valid()
    hashed = make_password(password)
    with audit.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=link.person.pk)
        now = clock.now()
        if not _usable(now).filter(pk=link.pk).exists():
            raise gone()
        if not PasswordLink.objects.filter(pk=link.pk, used_at=None).update(used_at=now):
            raise gone()
        people.set_password(person, password, hashed)  # which withdraws the others, see `changes`
        sessions.end_all(person)
        audit.record(
            actor=f"user:{person.username}", action="user.password_link_used", object_type="user",
            object_id=str(person.pk), detail={"user": person.username, "by_administrator": link.by_administrator},
        )  # fmt: skip
    return person


def gone() -> Missing:
    """The same error for every link that is wrong, used or expired."""
    return Missing(_("This link isn't valid or no longer works. Ask for a new one."))


def withdraw(person: User) -> None:
    """Make the open links of a person stop working."""
    PasswordLink.objects.filter(person=person, used_at=None).update(used_at=clock.now())


def prune() -> None:
    """Delete links a month after they expired."""
    PasswordLink.objects.filter(expires_at__lt=clock.now() - KEPT).delete()


def _usable(now: datetime) -> QuerySet[PasswordLink]:
    may_make = roles.holding(roles.ADMINISTER, OuterRef("made_by"))
    handed_over = Q(by_administrator=False) | (Q(may_make) & Q(person__is_superuser=False))
    return PasswordLink.objects.filter(
        handed_over, person__is_active=True, used_at=None, expires_at__gt=now
    )  # fmt: skip
