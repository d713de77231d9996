"""Ids of Mastodon and of servers that speak its API, and how far such a server has been read.

Mastodon counts: an id holds the time, and earlier ids can be computed. Others have ids of their own (flake ids of Pleroma and
Akkoma, ULIDs of GoToSocial, aids of Misskey's relatives), which are kept as they are and given back as they came.
"""

import re
import time
from collections import deque
from datetime import UTC, datetime

from classifier import clock, time_bounds
from responder.feeds.connectors.base import number, position

OPAQUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
FLAKE = re.compile(r"[0-9A-Za-z]{18}")
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
NO_IDS = {"nan", "na", "n-a", "none", "null", "nil", "undefined", "true", "false"}
REWIND_MS = 60_000  # posts of other servers arrive late, with ids of the time at which they were made
STEP_S = 5.0


def parse(value: object) -> str:
    """A checked id of a post. Raises ValueError."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("not an id")
    text = str(value)
    if text.isdecimal():
        return str(number(text))
    if not OPAQUE.fullmatch(text) or text.lower() in NO_IDS:
        raise ValueError("not an id")
    return text


def related(value: object) -> str:
    """Return the ID of another post; empty if it is invalid."""
    try:
        return parse(value)
    except ValueError:
        return ""


def time_of(post_id: str | int) -> datetime | None:
    """The time inside an id of Mastodon, a ULID or a flake id; None for ids of other kinds."""
    text = str(post_id)
    if text.isdecimal():
        return _at(int(text) >> 16)  # 16 bits are for those of one millisecond
    if ULID.fullmatch(text):
        return _at(_value(text[:10], CROCKFORD))
    if FLAKE.fullmatch(text):
        return _at(_value(text, BASE62) >> 64)
    return None


def is_possible(post_id: str) -> bool:
    """Whether the time inside an id can be true; ids of other kinds say nothing against it."""
    at = time_of(post_id)
    return at is None or at <= clock.now() + time_bounds.AHEAD


def id_at(at: datetime) -> int:
    """The lowest id of a moment on a server that counts."""
    return int(at.timestamp() * 1000) << 16


def _value(text: str, digits: str) -> int:
    found = 0
    for letter in text:
        found = found * len(digits) + digits.index(letter)
    return found


def _at(milliseconds: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return None


class Progress:
    """How far a server has been read.

    The cursor of a server that counts is its highest id, and reading goes on from an id of a minute before. Of other servers
    it is the id of a post that came a minute before the newest: nothing is compared but what the server sent, in its order.
    """

    def __init__(self, cursor: str = "") -> None:
        self.highest = position(cursor)
        self._earlier: deque[tuple[float, str]] = deque()  # when posts came, and their ids
        if cursor and not cursor.isdecimal() and OPAQUE.fullmatch(cursor):
            self._earlier.append((float("-inf"), cursor))

    def __bool__(self) -> bool:
        return bool(self.highest or self._earlier)

    @property
    def start(self) -> str:
        """Return the ID after which reading continues; empty if nothing has been read."""
        if self._earlier:
            return self._earlier[0][1]
        return str(max(0, self.highest - (REWIND_MS << 16))) if self.highest else ""

    def passed(self, post_id: str) -> str:
        """Return the cursor after a post. Raises ValueError for an ID that a server with sequential IDs cannot have assigned."""
        if post_id.isdecimal() and not self._earlier:
            # A server's clock may be fast: what comes until ours is there would be passed over.
            self.highest = max(self.highest, min(int(post_id), id_at(clock.now()) | 0xFFFF))
            return str(self.highest)
        if self.highest:
            raise ValueError("not an id of this server")
        now = time.monotonic()
        if not self._earlier or now - self._earlier[-1][0] >= STEP_S:
            self._earlier.append((now, post_id))
        while len(self._earlier) > 1 and now - self._earlier[1][0] >= REWIND_MS / 1000:
            self._earlier.popleft()
        return self._earlier[0][1]


def following(ids: list[str], newer: str, after: str, asked: set[str]) -> str:
    """The id after which the next page of a timeline begins; empty where this page brought nothing.

    Arguments:
        ids: of the page, the newest first.
        newer: what the server's Link header names for newer posts.
        after: where this page began. asked: where earlier pages began.
    """
    if not ids:
        return ""
    numbers = [int(one) for one in ids if one.isdecimal() and is_possible(one)]
    if after.isdecimal() or (numbers and not after):
        highest = max(numbers, default=0)
        return str(highest) if highest > position(after) else ""
    return next((one for one in (newer, ids[0]) if one and one not in asked), "")
