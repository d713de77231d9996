"""The database's settings: SQLite in the data directory, or what DATABASE_URL names.

A SQLite file is used in the same way wherever it lies: several processes write to it at once.
"""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

TIMEOUT_S = 20.0  # how long a writer waits for others
LONGEST_TIMEOUT_S = 600.0


def sqlite(path: Path, *, timeout_s: float = TIMEOUT_S) -> dict[str, Any]:
    """The settings for a SQLite file. Makes its folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        # IMMEDIATE: a transaction that will write waits for its turn instead of failing half-way.
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": timeout_s,
            "init_command": "PRAGMA journal_mode=WAL",
        },
        "TEST": {"NAME": None},
    }


def from_url(url: str) -> dict[str, Any]:
    """The settings for a DATABASE_URL. Raises ImproperlyConfigured."""
    if url.partition(":")[0].lower() == "sqlite":
        return _sqlite_from(url)
    return dict(dj_database_url.parse(url))


def _sqlite_from(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    path = unquote(parts.path.removeprefix("/"))
    if parts.netloc or parts.fragment or path in ("", ":memory:") or path.endswith("/"):
        raise ImproperlyConfigured(
            "DATABASE_URL must name a SQLite file: sqlite:////srv/responder/responder.sqlite3 with four slashes, or "
            "sqlite:///responder.sqlite3 relative to the current folder. A database in memory can't be used, because "
            "Responder's processes share it."
        )
    given = parse_qs(parts.query, keep_blank_values=True)
    if given.keys() - {"timeout"}:
        raise ImproperlyConfigured(
            "DATABASE_URL: SQLite takes the parameter timeout (in seconds) and no other. Responder sets the rest itself."
        )
    return sqlite(Path(path).expanduser().resolve(), timeout_s=_timeout_s(given.get("timeout", [str(TIMEOUT_S)])[-1]))


def _timeout_s(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found <= LONGEST_TIMEOUT_S:
        raise ImproperlyConfigured(
            f"DATABASE_URL: timeout must be a number of seconds, more than 0 and at most {LONGEST_TIMEOUT_S:.0f}."
        )
    return found
