"""The product's clock: every record, lease and expiry reads it, so that tests can set the time."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time, timezone-aware, in UTC."""
    return datetime.now(UTC)
