"""Two-factor authentication: codes of an authenticator app (TOTP), and recovery codes.

The secrets are rows of django-allauth's, encrypted (`adapters.TwoFactorAdapter`). Each code works once: the number of the last one
is stored with the secret, under a lock. Guesses are counted by person, before they are checked.
"""

import base64
import hmac
import time
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from django.conf import settings
from django.db.models import Exists
from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder import roles
from responder.accounts import people, sessions
from responder.errors import Invalid, InvalidFields, TooMany
from responder.models import User
from responder.partners import counters

REQUIRED_ROLES = frozenset({"approver", "administrator"})
PERIOD_S, TOLERANCE = 30, 1  # a code of the period before and after passes too: clocks differ
LONGEST_CODE = 20
WINDOWS = ((900, 10), (86_400, 50))  # seconds, and guesses in them
APP = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
REASON_LIMIT = 300


class TooManyCodes(TooMany):
    """Too many codes were entered for one person.

    Arguments:
        retry_after_s: when to try again.
    """

    def __init__(self, *, retry_after_s: int) -> None:
        super().__init__(_("Too many codes were entered. Try again later, or ask an administrator."))
        self.retry_after_s = retry_after_s


def is_required(user: Any) -> bool:
    """Whether this person can use nothing until two-factor authentication is set up."""
    if settings.TWO_FACTOR != "required-roles":
        return False
    return bool(user.is_superuser) or bool(REQUIRED_ROLES & roles.role_names(user))


def is_set_up(user: Any) -> bool:
    """Whether this person signs in with a second factor."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=APP).exists()


def set_up(user: Any) -> Exists:
    """For a query: whether `user`, an expression such as OuterRef("pk"), signs in with a second factor."""
    return Exists(Authenticator.objects.filter(user_id=user, type__in=APP))


def new_secret() -> str:
    """A new secret for an authenticator app."""
    return totp.generate_totp_secret()


def address_of(user: User, secret: str) -> str:
    """The otpauth address that an authenticator app reads from the QR code."""
    return str(get_adapter().build_totp_url(user, secret))


def picture_of(address: str) -> str:
    """The QR code of an address, as a data URL of an SVG image."""
    svg = get_adapter().build_totp_svg(address)
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def activate(*, user: User, secret: str, code: str) -> list[str]:
    """Set up two-factor authentication with the code that the app shows. Returns the recovery codes.

    Raises InvalidFields for a wrong code, Invalid if it is set up already, TooManyCodes.
    """
    count_guess(user)
    counter = _counter_of(secret, code, after=-1)
    if counter is None:
        raise InvalidFields({"code": _wrong()})
    with audit.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if is_set_up(user):
            raise Invalid(_("Two-factor authentication is set up already."))
        data = {"secret": get_adapter().encrypt(secret), "last_counter": counter}
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data=data)
        codes = _renew_codes(user)
        _record(user, "two_factor.set_up", f"user:{user.username}")
    return codes


def verify(*, user: User, code: str) -> bool:
    """Whether a code of the app, or a recovery code, is right; it is then used up. Raises TooManyCodes."""
    count_guess(user)
    with audit.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        rows = {row.type: row for row in Authenticator.objects.filter(user=user)}
        app, recovery = rows.get(Authenticator.Type.TOTP), rows.get(Authenticator.Type.RECOVERY_CODES)
        if app is not None and _use_app(app, code):
            return True
        if recovery is not None and recovery.wrap().validate_code(_plain(code)):
            _record(user, "two_factor.recovery_code_used", f"user:{user.username}")
            return True
    return False


def new_codes(*, user: User) -> list[str]:
    """Replace the recovery codes. Raises Invalid without two-factor authentication."""
    with audit.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if not is_set_up(user):
            raise Invalid(_("Set up two-factor authentication first."))
        codes = _renew_codes(user)
        _record(user, "two_factor.codes_renewed", f"user:{user.username}")
    return codes


def codes_left(user: User) -> int:
    """How many recovery codes are unused."""
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
    return len(row.wrap().get_unused_codes()) if row else 0


def switch_off(*, user: User) -> None:
    """Sign in with the password alone from now on. Raises Invalid for people whose roles require two-factor authentication."""
    if is_required(user):
        raise Invalid(_("Your roles require two-factor authentication."))
    with audit.atomic():
        if Authenticator.objects.filter(user=user).delete()[0]:
            _record(user, "two_factor.switched_off", f"user:{user.username}")


def reset(*, person: User, reason: str, by: User) -> None:
    """Reset two-factor authentication of somebody who has lost it, and end their sessions.

    Arguments:
        reason: how the administrator made sure who asked; kept in the audit log.

    Raises InvalidFields, Invalid, NotPermitted.
    """
    people.require_other(person, by)
    reason = " ".join(reason.replace("\0", "").split())
    if not reason or len(reason) > REASON_LIMIT:
        most = {"most": REASON_LIMIT}
        raise InvalidFields(
            {"reason": _("Describe how you verified who was asking, in at most %(most)d characters.") % most}
        )
    with audit.atomic():
        held = people.locked(person)
        if not Authenticator.objects.filter(user=held).delete()[0]:
            raise Invalid(_("This person has not set up two-factor authentication."))
        sessions.end_all(held)
        _record(held, "two_factor.reset", f"user:{by.username}", reason=reason)


def count_guess(user: User) -> None:
    """Count a code that somebody entered. Raises TooManyCodes."""
    now = int(clock.now().timestamp())
    for seconds, most in WINDOWS:
        window, passed = divmod(now, seconds)
        count = counters.increment(f"two-factor:{seconds}:{window}:{user.pk}", seconds=seconds + 1)
        if count == most + 1:
            _record(user, "two_factor.locked_out", "system:log-in")
        if count > most:
            raise TooManyCodes(retry_after_s=seconds - passed)


def uncount_guesses(user: User) -> None:
    """Forget this quarter hour's guesses of a person who has entered the right code."""
    now = int(clock.now().timestamp())
    for seconds, _most in WINDOWS:
        counters.take_back(f"two-factor:{seconds}:{now // seconds}:{user.pk}")


def _use_app(app: Authenticator, code: str) -> bool:
    secret = get_adapter().decrypt(app.data["secret"])
    counter = _counter_of(secret, code, after=int(app.data.get("last_counter", -1)))
    if counter is None:
        return False
    app.data["last_counter"], app.last_used_at = counter, clock.now()
    app.save(update_fields=["data", "last_used_at"])
    return True


def _counter_of(secret: str, code: str, *, after: int) -> int | None:
    """The period whose code this is, if it is later than `after`."""
    entered, now = _plain(code), int(time.time()) // PERIOD_S
    found = None
    for counter in range(now - TOLERANCE, now + TOLERANCE + 1):
        right = totp.format_hotp_value(totp.hotp_value(secret, counter))
        if hmac.compare_digest(right.encode(), entered.encode()) and counter > after:
            found = counter
    return found


def _renew_codes(user: User) -> list[str]:
    Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).delete()
    return list(RecoveryCodes.activate(user).generate_codes())


def _plain(code: str) -> str:
    return "".join(code[: 2 * LONGEST_CODE].split()).replace("-", "")[:LONGEST_CODE]


def _wrong() -> str:
    return _("This code isn't correct. Enter the code that your app shows now.")


def _record(user: User, action: str, actor: str, **detail: Any) -> None:
    audit.record(
        actor=actor, action=action, object_type="user", object_id=str(user.pk), detail={"user": user.username} | detail
    )
