"""Verified tokens, kept for a second in each process, so that most requests cost no query for their token.

What ends a token (revoking it, the end of an account, of a role, of a membership) so reaches every process within
KEPT_S, and the process where it happened at once. A token's own expiry is looked at each time. Unknown secrets are
never kept: they are looked up each time.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.db.models.signals import m2m_changed, post_delete, post_save

from responder.models import ApiToken, EventRole, Membership, Organisation, User

KEPT_S = 1.0
MOST = 5_000  # tokens; beyond them all are forgotten

_lock = threading.Lock()
_kept: dict[str, tuple[ApiToken, float]] = {}
_times_forgotten = 0


def get(digest: str, read: Callable[[str], ApiToken | None]) -> ApiToken | None:
    """The valid token with this digest; `read` looks it up where it is not kept. Callers share it and must not change it."""
    token, until = _kept.get(digest, (None, 0.0))
    if token is not None and time.monotonic() < until:
        return token if token.is_active else None
    began, forgotten = time.monotonic(), _times_forgotten  # the second counts from before the query
    token = read(digest)
    with _lock:
        if token is None or forgotten != _times_forgotten:  # what was read may have ended meanwhile
            _kept.pop(digest, None)
            return token
        if len(_kept) >= MOST:
            _kept.clear()
        _kept[digest] = (token, began + KEPT_S)
    return token


def forget() -> None:
    """Look all tokens up anew."""
    global _times_forgotten
    with _lock:
        _kept.clear()
        _times_forgotten += 1


def connect() -> None:
    """Forget the tokens whenever this process saves something that their validity depends on."""
    for model in (ApiToken, EventRole, Membership, Organisation, User):
        for signal in (post_save, post_delete):
            signal.connect(_changed, sender=model, dispatch_uid=f"responder.token_cache.{model.__name__}")
    m2m_changed.connect(_changed, sender=User.groups.through, dispatch_uid="responder.token_cache.groups")


def _changed(**_more: Any) -> None:
    forget()
