"""The contract of every source of posts."""

from dataclasses import dataclass
from datetime import datetime

MAX_ID = 255


@dataclass(frozen=True, slots=True)
class RawPost:
    """A post as its source tells it, before anything is stored.

    Arguments:
        source_id: the post's id at its source, unique there.
        text: as sent.
        created_at: aware, or None where the source states no time.
        lang: language tag as stated, or empty.
        author_handle: as stated, or empty.
    """

    source_id: str
    text: str
    created_at: datetime | None = None
    lang: str = ""
    author_handle: str = ""


class FeedError(Exception):
    """A source cannot be read. `permanent` tells whether trying again can help."""

    permanent = False
