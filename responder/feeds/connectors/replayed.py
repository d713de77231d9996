"""A file of numbered events, read as a feed: for drills. The cursor is the number of the next line.

Each line is JSON: `{"id", "text", "created_at", "revision"}` for a post or an edit, `{"delete": id}` for a deletion.
"""

import time
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from classifier import bounded_json, clock
from responder.feeds.connectors.base import (
    MALFORMED,
    MAX_ID,
    MOST_VALUES,
    NOTHING,
    TICK_S,
    Item,
    Items,
    Unusable,
    clean,
    moment,
    position,
    text_from,
)
from responder.feeds.connectors.kind import FeedKind, SettingField
from responder.feeds.raw_post import RawPost

REWIND = 100  # events that a new connection tells once more, as live sources do
NAP_S = 0.02


class Replayed:
    """See `Connector`.

    Arguments:
        address: path of the file.
        rate: events a second; 0 for as fast as they are stored.
    """

    source = "drill"
    replays = True

    def __init__(self, *, address: str, rate: float = 0.0, rewind: int = REWIND) -> None:
        self.path, self.rate, self.rewind, self._closing = Path(address), rate, rewind, False

    def close(self) -> None:
        """See `Connector`."""
        self._closing = True

    def read(self, cursor: str, *, cursor_at: datetime | None) -> Items:
        """See `Connector`."""
        self._closing = False
        reached = position(cursor)
        first = max(0, reached - self.rewind)
        yield Item(caught_up=True)
        try:
            with self.path.open("rb") as file:
                began = time.monotonic()
                for number, line in enumerate(islice(file, first, None), start=1):
                    reached = max(reached, first + number)
                    yield _item(line, str(reached))
                    while self._early(number, began):
                        time.sleep(NAP_S)
                    if self._closing:
                        return
        except OSError as error:
            raise Unusable("The file of the feed cannot be read.") from error
        while not self._closing:
            time.sleep(TICK_S)
            yield NOTHING

    def _early(self, number: int, began: float) -> bool:
        return bool(self.rate) and not self._closing and number / self.rate > time.monotonic() - began


def _item(line: bytes, cursor: str) -> Item:
    try:
        row: dict[str, Any] = bounded_json.loads(line, most_values=MOST_VALUES)
        if "delete" in row:
            return Item(deleted=_id_of(row["delete"]), cursor=cursor, at=clock.now())
        post = RawPost(
            source_id=_id_of(row["id"]), text=text_from(row["text"]), created_at=moment(row.get("created_at")),
            lang=clean(row.get("lang"), 12), author_handle=clean(row.get("author"), 255),
            revision=clean(row.get("revision"), 20),
        )  # fmt: skip
        if not post.text.strip():
            raise ValueError("a post without words")
        return Item(post=post, cursor=cursor, at=clock.now())
    except MALFORMED:
        return Item(garbage=True, cursor=cursor)


def _id_of(value: object) -> str:
    """Return the ID of an event. Raises ValueError if it is invalid."""
    found = clean(value, MAX_ID).strip()
    if not found:
        raise ValueError("not an id of an event")
    return found


FILE = FeedKind(
    label=_("A file of numbered events"),
    connect=lambda feed: Replayed(address=feed.address, rate=float(feed.channel or 0)),
    fields=(
        SettingField(column="address", label=_("File")),
        SettingField(column="channel", label=_("Events per second"), default_text=_("as fast as possible")),
    ),
    configurable=False,
)
