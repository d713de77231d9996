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
from responder.feeds.raw_post import RawPost

MAX_ID = 255
MAX_TEXT = 10_000
MAX_NUMBER = 2**63 - 1  # the largest id that any source counts to, and that a database compares
MAX_LINK = 2_001  # one too many, so that a link that was cut is seen to be too long
MOST_LINKS = 30  # before those that mean the same are one
TICK_S = 0.5
MOST_VALUES = 20_000  # in the JSON of one message, or of one answer
# What reading a malformed message may raise, html.parser's assertions and a `str` of deep nesting included.
MALFORMED = (
    LookupError, TypeError, ValueError, AttributeError, ArithmeticError, OSError, AssertionError, RecursionError,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gap:
    """A time that the source cannot tell any more about."""

    began_at: datetime
    ended_at: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a source said, or nothing for half a second.

    Arguments:
        post: new or edited.
        deleted: id of a post that is no more.
        cursor: where to go on once this and all before it are stored; empty: unchanged.
        at: the source's time of it.
        gap: what was lost before it.
        caught_up: all that was missed while away has been told by now.
        alive: the source showed that it lives.
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
    """A source cannot be read. `permanent` tells whether trying again can help."""

    permanent = False


class Unreachable(FeedError):
    """There is no connection, or it broke."""


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
    """It cannot work as it is configured."""

    permanent = True


class Connector(Protocol):
    """How a source is read."""

    source: str  # of its posts, as part of their identity
    replays: bool  # whether it tells afterwards what was missed

    def read(self, cursor: str, *, cursor_at: datetime | None) -> "Items":
        """Connect and tell what comes after `cursor`; raises FeedError when the connection ends.

        Arguments:
            cursor: empty to begin with what comes now.
            cursor_at: the source's time at the cursor.
        """

    def close(self) -> None:
        """End the connection; `read` ends soon after. What was delivered before is still told."""


def clean(text: object, limit: int = MAX_TEXT) -> str:
    """Text that every database can store, cut to `limit` characters."""
    return str(text or "").replace("\0", "").encode("utf-8", "replace").decode("utf-8")[:limit]


def text_from(value: object, limit: int = MAX_TEXT) -> str:
    """The same for what must be text at its source; raises ValueError for anything else."""
    if not isinstance(value, str):
        raise ValueError("not a text of a source")
    return clean(value, limit)


def moment(text: object) -> datetime | None:
    """ISO 8601 as an aware time, or None where it is none."""
    try:
        found = datetime.fromisoformat(str(text))
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def number(value: object) -> int:
    """An id, cursor or time in microseconds as sources count them; raises ValueError for anything else."""
    text = str(value)
    if not (text.isascii() and text.isdecimal()) or len(text) > len(str(MAX_NUMBER)) or int(text) > MAX_NUMBER:
        raise ValueError("not a number of a source")
    return int(text)


def position(cursor: object) -> int:
    """The number of an id or cursor; 0, the beginning, for one that cannot be used."""
    try:
        return number(cursor)
    except ValueError:
        return 0


def plausible(found: datetime) -> datetime:
    """A time by which the source orders what it tells; raises ValueError where it cannot be true.

    A cursor that ran ahead would pass over all that comes until then.
    """
    if not time_bounds.is_possible(found):
        raise ValueError("not a time of a source")
    return found


def part(value: object) -> dict[str, Any]:
    """A part of what a source told that may be missing or something else: no post is lost for what stands beside it."""
    return value if isinstance(value, dict) else {}


def parts(value: object) -> list[dict[str, Any]]:
    """The same for a list of parts."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def told(values: Iterable[object]) -> tuple[str, ...]:
    """Links as a source tells them, those that are texts."""
    return tuple(clean(value, MAX_LINK) for value in values if isinstance(value, str) and value)[:MOST_LINKS]


def matches(text: str, terms: list[str]) -> bool:
    """Whether `text` holds one of the terms, whatever the case; every text does where there are none."""
    lowered = text.casefold()
    return not terms or any(term.casefold() in lowered for term in terms)
