"""Partners' API tokens are shown once, stored as a hash, limited to scopes, expire, and can be revoked immediately.

A secret carries 320 random bits, so a plain SHA-256 keeps it: there is nothing to guess.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from classifier import clock, locks
from monitoring import audit
from responder import roles
from responder.errors import FieldChecks, Invalid, NotPermitted
from responder.models import ApiToken, Membership, Organisation, User
from responder.models.token import NAME_LIMIT
from responder.partners import organisations, rate_limits, token_cache

SCOPES = {
    "predict": "Classify messages, read the categories and the model in production",
    "read:posts": "Read classified posts and the map",
    "webhooks": "Manage webhooks",
    "read:incidents": "Read incidents, without the posts in them",
    "write:feedback": "Report what is wrong with a post, and comment on incidents",
    "export": "Export classified posts: CSV, HXL, GeoJSON, KML",
}
SCHEMES = ("bearer", "token")  # of the Authorization header, in any letter case
PREFIX = "rsp_"
SHOWN = 12  # characters of a secret that stay readable, the prefix among them
SECRET_BYTES = 40
LONGEST_SECRET = 200
USE_NOTED_EVERY = timedelta(minutes=1)
MOST_USABLE = 50  # of one owner, at a time
LONGEST_OVERLAP = timedelta(days=30)


@audit.atomic()
def issue(
    *,
    owner: User,
    organisation: Organisation | str,
    name: str,
    scopes: Sequence[str],
    by: User,
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """Issue a token. Returns (row, secret); the secret can't be shown again.

    Arguments:
        owner: the person who answers for it; needs a role that may use the API.
        organisation: one that the owner acts for. A name is for those who run the installation: the organisation
            is then made where it is missing, and the owner joins it.
        name: what the token is for.
        scopes: keys of SCOPES, at least one.
        by: who issues it: the owner, or an administrator.
        expires_at: when it stops working; None for never.

    Raises Invalid, NotPermitted.
    """
    if by.pk != owner.pk and not _administers(by):
        raise NotPermitted(_("Only the owner of a token or an administrator can do this."))
    if not roles.allows(owner, roles.USE_API):
        raise NotPermitted(_("The owner needs a role that can use the API, such as partner."))
    _check(name, scopes, expires_at)
    locks.one_at_a_time("tokens", owner.pk)
    organisation = _acted_for(organisation, owner, by)
    if usable(owner).count() >= MOST_USABLE:
        raise Invalid(_("There are already %(most)d active tokens. Revoke one first.") % {"most": MOST_USABLE})
    secret = PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    token = ApiToken.objects.create(
        owner=owner, organisation=organisation, organisation_name=organisation.name, name=name,
        scopes=sorted(set(scopes)), expires_at=expires_at, prefix=secret[:SHOWN], digest=_digest(secret),
    )  # fmt: skip
    _record("token.issued", token, by)
    return token, secret


def in_header(value: str) -> str | None:
    """The secret in the value of an Authorization header, empty if it is malformed; None for a scheme that isn't ours."""
    scheme, *rest = value.split() or [""]
    if scheme.lower() not in SCHEMES:
        return None
    return rest[0] if len(rest) == 1 else ""


def verify(secret: str) -> ApiToken | None:
    """Return the valid token with this secret, None for any other string; at most one query a second (see `token_cache`)."""
    if not secret.startswith(PREFIX) or len(secret) > LONGEST_SECRET:
        return None
    return token_cache.get(_digest(secret), _valid)


def _valid(digest: str) -> ApiToken | None:
    allowed = roles.holding(roles.USE_API, OuterRef("owner"))
    limiting = roles.limiting_roles(OuterRef("owner"))
    token = standing().annotate(is_allowed=allowed, is_limited=limiting).filter(digest=digest).first()
    return token if token and token.is_active and token.is_allowed and _is_backed(token) else None


def events_of(token: Any) -> frozenset[int] | None:
    """The ids of the events that a token reads; None for all. One query, and none for a verified owner without such limits."""
    return roles.events_of_partner(token.owner) if getattr(token, "is_limited", True) else None


def standing() -> QuerySet[ApiToken]:
    """Tokens with owner and organisation, and whether the one still acts for the other (`is_of_member`)."""
    member = Membership.objects.filter(organisation=OuterRef("organisation"), person=OuterRef("owner"))
    return ApiToken.objects.select_related("owner", "organisation").annotate(is_of_member=Exists(member))


def _is_backed(token: Any) -> bool:
    """Whether its organisation is active and its owner still a member; see ApiToken for tokens without one."""
    return token.organisation is None or bool(token.organisation.is_active and token.is_of_member)


def note_use(token: ApiToken) -> None:
    """Record the token's last use and today's number of requests. Writes at most once a minute."""
    now = clock.now()
    if token.last_used_at is None or token.last_used_at < now - USE_NOTED_EVERY:
        stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
        used = {"last_used_at": now} | rate_limits.noted(token)
        ApiToken.objects.filter(stale, pk=token.pk).update(**used)
        for name, value in used.items():  # further requests of this second read this copy of the row
            setattr(token, name, value)


def usable(owner: User) -> QuerySet[ApiToken]:
    """The owner's tokens that have neither expired nor been revoked."""
    alive = Q(expires_at=None) | Q(expires_at__gt=clock.now())
    return ApiToken.objects.filter(alive, owner=owner, revoked_at=None)


@audit.atomic()
def rotate(*, token: ApiToken, overlap: timedelta, by: User) -> tuple[ApiToken, str]:
    """Issue a successor with the same scopes, limits and lifetime. Returns (row, secret), as `issue`.

    It belongs to whoever makes it and so sees its secret: what the old one's owner sent stays the owner's.

    Arguments:
        overlap: how much longer the old token works, at most LONGEST_OVERLAP; never beyond its own expiry.
        by: its owner, or a manager of its organisation.

    Raises Invalid, NotPermitted.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise Invalid(
            _("The old and the new token can overlap by at most %(days)d days.") % {"days": LONGEST_OVERLAP.days}
        )
    locks.one_at_a_time("tokens", by.pk)
    old, now = ApiToken.objects.select_for_update(no_key=True).get(pk=token.pk), clock.now()
    _require_say(by, old)
    if old.organisation is None or not old.is_active:
        raise Invalid(_("This token is no longer valid. Create a new one."))
    lifetime = old.expires_at - old.created_at if old.expires_at else None
    successor, secret = issue(
        owner=by, organisation=old.organisation, name=old.name, scopes=old.scopes, by=by,
        expires_at=now + lifetime if lifetime else None,
    )  # fmt: skip
    inherited = {"rate": old.rate, "daily_quota": old.daily_quota} | rate_limits.noted(
        old
    )  # no new count for a new secret
    ApiToken.objects.filter(pk=successor.pk).update(**inherited)
    successor.refresh_from_db()
    ends = min(now + overlap, old.expires_at or now + overlap)
    ApiToken.objects.filter(pk=old.pk).update(expires_at=ends)
    token_cache.forget()
    _record("token.rotated", old, by, successor=successor.prefix, ends=ends.isoformat())
    return successor, secret


@audit.atomic()
def revoke(*, token: ApiToken, by: User) -> None:
    """Revoke the token with immediate effect. Idempotent. Raises NotPermitted.

    `by`: its owner, a manager of its organisation, or an administrator.
    """
    _require_say(by, token)
    now = clock.now()
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=now):
        token.revoked_at = now
        token_cache.forget()
        _record("token.revoked", token, by)


def _require_say(by: User, token: ApiToken) -> None:
    if not (by.pk == token.owner_id or _administers(by) or organisations.manages(by, token.organisation_id)):
        raise NotPermitted(_("Only a token's owner, a manager of its organisation or an administrator can do this."))


def _administers(person: User) -> bool:
    return person.is_active and person.is_superuser


def _acted_for(organisation: Organisation | str, owner: User, by: User) -> Organisation:
    """Return the active organisation with this name. Raises Invalid, or NotPermitted if the owner is not a member."""
    if isinstance(organisation, str):
        organisation = organisations.joined(organisation, owner, by=by)
    if not organisation.is_active:
        raise Invalid(_("%(name)s is inactive. Ask an administrator to activate it.") % {"name": organisation.name})
    if not organisations.memberships_of(owner).filter(organisation=organisation).exists():
        raise NotPermitted(_("The owner of a token must belong to its organisation."))
    return organisation


def _check(name: str, scopes: Sequence[str], expires_at: datetime | None) -> None:
    """Raise Invalid, or InvalidFields for name and scopes together."""
    checks = FieldChecks()
    if not scopes or set(scopes) - SCOPES.keys():
        checks.refuse("scopes", _("Choose scopes from: %(scopes)s.") % {"scopes": ", ".join(SCOPES)})
    if not name.strip() or len(name) > NAME_LIMIT or "\0" in name:
        checks.refuse("name", _("A token's name must have 1 to %(limit)d characters.") % {"limit": NAME_LIMIT})
    checks.require_valid()
    if expires_at is not None and expires_at <= clock.now():
        raise Invalid(_("A token's expiry must be in the future."))


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()


def _record(action: str, token: ApiToken, by: User, **more: str) -> None:
    detail = {
        "prefix": token.prefix, "owner": token.owner.username, "organisation": token.organisation_name,
        "scopes": token.scopes,
    } | more  # fmt: skip
    audit.record(
        actor=f"user:{by.username}", action=action, object_type="api_token", object_id=str(token.pk), detail=detail
    )
