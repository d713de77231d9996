"""The contract of every source of posts.

A connector reads one connection's worth of Items from its source, in the order in which they came. What they say is
stored together with the cursor of the last of them, so that a cursor may lag behind the posts, never lead.

FeedError             a source cannot be read; `permanent` tells whether trying again can help
├── Unreachable       no connection, or it broke
├── Stalled           the source stays silent for longer than it ever should
├── Refused           it answered with an HTTP error; `status`, `retry_after_s`
│   └── TooFast       it answered 429
└── Unusable          it cannot work as configured: a person must change something
"""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from classifier import time_bounds
from responder.feeds import storable
from responder.feeds.raw_post import RawPost

MAX_ID, MAX_TEXT, MAX_NUMBER, clean = storable.MAX_ID, storable.MAX_TEXT, storable.MAX_NUMBER, storable.clean
MAX_LINK = 2_001  # one character more than allowed, so that a truncated link is recognised as too long
MOST_LINKS = 30  # before those that mean the same are one
TICK_S = 0.5
MOST_VALUES = 20_000  # in the JSON of one message, or of one answer
# What reading a malformed message may raise, html.parser's assertions and a `str` of deep nesting included.
MALFORMED = (
    LookupError, TypeError, ValueError, AttributeError, ArithmeticError, OSError, AssertionError, RecursionError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gap:
    """A period whose posts the source can no longer deliver."""

    began_at: datetime
    ended_at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Item:
    """One event from a source, or nothing for half a second.

    Arguments:
        post: new or edited.
        deleted: id of a deleted post.
        cursor: where to go on once this and all before it are stored; empty: unchanged.
        at: the source's time of it.
        gap: what was lost before it.
        caught_up: everything missed while disconnected has been delivered.
        alive: the source sent a sign of life.
        garbage: it could not be understood.
        billed: posts that the source counts for it.
    """

    post: RawPost | None = None
    deleted: str = ""
    cursor: str = ""
    at: datetime | None = None
    gap: Gap | None = None
    caught_up: bool = False
    alive: bool = True
    garbage: bool = False
    billed: int = 0


NOTHING = Item(alive=False)
Items = Generator[Item, None, None]


class FeedError(Exception):
    """A source cannot be read. `permanent` means that retrying can't help."""

    permanent = False


class Unreachable(FeedError):
    """The connection could not be made, or it broke."""


class Stalled(FeedError):
    """The source stays silent for longer than it ever should."""


class Refused(FeedError):
    """The source answered with an HTTP error."""

    def __init__(self, message: str, *, status: int, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.status, self.retry_after_s = status, retry_after_s


class TooFast(Refused):
    """The source asks for fewer requests."""


class Unusable(FeedError):
    """The feed cannot work with its configuration."""

    permanent = True


class Connector(Protocol):
    """The interface for reading a source."""

    source: str  # of its posts, as part of their identity
    replays: bool  # whether it can deliver missed posts afterwards

    def read(self, cursor: str, *, cursor_at: datetime | None) -> "Items":
        """Connect and yield items after `cursor`; raises FeedError when the connection ends.

        Arguments:
            cursor: empty to begin with what comes now.
            cursor_at: the source's time at the cursor.
        """

    def close(self) -> None:
        """End the connection; `read` ends soon after. Data received before is still yielded."""


def text_from(value: object, limit: int = MAX_TEXT) -> str:
    """The cleaned text of a value that must be a string; raises ValueError for anything else."""
    if not isinstance(value, str):
        raise ValueError("not a text of a source")
    return clean(value, limit)


def moment(text: object) -> datetime | None:
    """Parse an ISO 8601 time as an aware time; None if it is not one."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def number(value: object) -> int:
    """A checked id, cursor or time in microseconds; raises ValueError for anything else."""
    text = str(value) if isinstance(value, str | int) else ""
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(MAX_NUMBER)) or int(text) > MAX_NUMBER:
        raise ValueError("not a number of a source")
    return int(text)


def position(cursor: object) -> int:
    """The number of an id or cursor; 0 (the beginning) if it is invalid."""
    try:
        return number(cursor)
    except ValueError:
        return 0


def plausible(found: datetime) -> datetime:
    """A checked time by which the source orders its events; raises ValueError if it is impossible.

    A cursor that ran ahead would pass over all that comes until then.
    """
    if not time_bounds.is_possible(found):
        raise ValueError("not a time of a source")
    return found


def part(value: object) -> dict[str, Any]:
    """An optional object in a source's data, empty if it is missing or malformed, so that the post isn't lost."""
    return value if isinstance(value, dict) else {}


def parts(value: object) -> list[dict[str, Any]]:
    """The objects of an optional list in a source's data."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def links_from(values: Iterable[object]) -> tuple[str, ...]:
    """The cleaned links among `values`, without those that aren't strings."""
    return tuple(clean(value, MAX_LINK) for value in values if isinstance(value, str) and value)[:MOST_LINKS]


def matches(text: str, terms: list[str]) -> bool:
    """Whether `text` contains one of the terms, ignoring case. True if there are no terms."""
    lowered = text.casefold()
    return not terms or any(term.casefold() in lowered for term in terms)
