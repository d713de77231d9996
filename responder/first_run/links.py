"""One-time links to the first run. A link works once, for a day, and only while nobody can administer the installation."""

import hashlib
import secrets
from datetime import timedelta

from django.db.models import F

from classifier import clock
from monitoring import audit
from responder import roles
from responder.errors import Missing
from responder.models import FirstRunLink, User

TOKEN_BYTES, LONGEST_TOKEN = 32, 64
VALID_FOR = timedelta(hours=24)


def needed() -> bool:
    """Whether nobody who is active can administer this installation."""
    return not User.objects.filter(roles.holding(roles.ADMINISTER, F("pk"))).exists()


@audit.atomic()
def issue() -> str:
    """Return the token of a new link, which replaces earlier ones. Raises Missing if there is an administrator already."""
    if not needed():
        raise Missing("This installation has an administrator already.")
    FirstRunLink.objects.filter(used_at=None).delete()
    token, now = secrets.token_urlsafe(TOKEN_BYTES), clock.now()
    link = FirstRunLink.objects.create(token_hash=_hash(token), created_at=now, expires_at=now + VALID_FOR)
    audit.record(
        actor="system:up", action="first_run.link_issued", object_type="first_run_link", object_id=str(link.pk)
    )
    return token


def find(token: str) -> FirstRunLink:
    """The link of this token. Raises Missing if it is forged, expired or used, or if there is an administrator already."""
    valid = FirstRunLink.objects.filter(used_at=None, expires_at__gt=clock.now())
    link = valid.filter(token_hash=_hash(token)).first() if 0 < len(token) <= LONGEST_TOKEN else None
    if link is None or not needed():
        raise Missing("This link was used or has expired.")
    return link


def use(link: FirstRunLink, *, by: User) -> None:
    """Mark a link as used, inside the transaction of what it allowed. Raises Missing if somebody else was first."""
    unused = FirstRunLink.objects.filter(pk=link.pk, used_at=None)
    if not unused.update(used_at=clock.now(), used_by=by):
        raise Missing("This link was used or has expired.")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
