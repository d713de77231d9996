"""The one clock: every record, lease and expiry reads it, so that tests can move time."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)
