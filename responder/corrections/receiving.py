"""Receives requests from the public: rate-limited, bounded, stored durably, and answered identically whatever they contain."""

import hashlib
import hmac
import secrets

from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder.errors import FieldChecks, Invalid, TooMany
from responder.models import CorrectionRequest
from responder.models.correction import CONTACT_LIMIT, DETAILS_LIMIT, WHERE_LIMIT
from responder.partners import counters
from responder.web import client_addresses

WINDOW_S = 3_600
PER_ADDRESS, IN_ALL = 20, 300  # per hour; many people in a camp may share one IP address
PER_NETWORK = {56: 60, 48: 150}
TOKEN_BYTES, LONGEST_TOKEN = 32, 64
SIGNS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # without characters that are easily confused
SHORTEST_WHERE, FEWEST_DIGITS = 3, 6


class TooManyRequests(TooMany):
    """Too many requests were received from one IP address, or in total.

    Arguments:
        retry_after_s: seconds until a retry.
    """

    def __init__(self, detail: str, *, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


def receive(
    *, wish: str, where: str, contact: str, details: str = "", address: str = "", suspected: bool = False
) -> tuple[CorrectionRequest, str]:
    """Store a request. Returns it and the token of its secret link, of which only a hash is stored.

    Arguments:
        where: a link, an ID, or the words that the requester saw.
        address: IP address of the sender, for the rate limits; not stored.
        suspected: whether it may be spam. It is listed separately, not dropped.

    Raises InvalidFields, TooManyRequests.
    """
    checks = FieldChecks()
    wish = checks.read("wish", _wish, wish)
    where = checks.read("where", _where, where)
    contact = checks.read("contact", _contact, contact)
    details = checks.read("details", _bounded, details, DETAILS_LIMIT)
    checks.require_valid()
    _count(address)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    with audit.atomic():
        request = CorrectionRequest.objects.create(
            ref=_new_ref(), token_hash=_hash(token), wish=wish, where=where, contact=contact, details=details,
            suspected=suspected, received_at=clock.now(),
        )  # fmt: skip
        audit.record(
            actor="system:public", action="correction.received", object_type="correction", object_id=request.ref,
            detail={"wish": str(wish), "suspected": suspected},
        )  # fmt: skip
    return request, token


def by_token(token: str) -> CorrectionRequest | None:
    """Return the request of a secret link; None if the link is forged or has expired."""
    if len(token) > LONGEST_TOKEN:
        return None
    digest = _hash(token)
    found = CorrectionRequest.objects.filter(token_hash=digest, forgotten_at=None).first()
    return found if found and hmac.compare_digest(found.token_hash, digest) else None


def limit(what: str, address: str) -> None:
    """Count a public request against the rate limits. Raises TooManyRequests."""
    window, passed = divmod(int(clock.now().timestamp()), WINDOW_S)
    address = address or client_addresses.UNKNOWN
    limits = [(address, PER_ADDRESS)]
    limits += [(network, PER_NETWORK[length]) for length, network in client_addresses.wider_networks(address).items()]
    limits.append(("all", IN_ALL))  # last: whom a narrower limit refuses must not use up everybody's
    for name, most in limits:
        if counters.increment(f"{what}:{window}:{name}", seconds=WINDOW_S + 1) > most:
            detail = _("We have received too many requests in the last hour. Try again in an hour. Nothing was stored.")
            raise TooManyRequests(detail, retry_after_s=WINDOW_S - passed)


def _count(address: str) -> None:
    limit("correction", address)


def _wish(value: str) -> str:
    if value not in CorrectionRequest.Wish.values:
        raise Invalid(_("Choose one of the options."))
    return value


def _where(value: str) -> str:
    value = _bounded(value, WHERE_LIMIT)
    if len(value) < SHORTEST_WHERE:
        raise Invalid(_("Enter a link, or some of the words that you saw."))
    return value


def _contact(value: str) -> str:
    value = _bounded(value, CONTACT_LIMIT)
    name, _at, host = value.partition("@")
    is_email = bool(name.strip()) and "." in host.strip(".")
    if not is_email and sum(sign.isdecimal() for sign in value) < FEWEST_DIGITS:
        raise Invalid(_("Enter an email address or a phone number. We need it to verify your identity."))
    return value


def _bounded(value: str, most: int) -> str:
    value = value.replace("\0", "").strip()
    if len(value) > most:
        raise Invalid(_("Enter at most %(most)d characters.") % {"most": most})
    return value


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()


def _new_ref() -> str:
    while True:
        signs = "".join(secrets.choice(SIGNS) for _place in range(8))
        ref = f"C-{signs[:4]}-{signs[4:]}"
        if not CorrectionRequest.objects.filter(ref=ref).exists():
            return ref
