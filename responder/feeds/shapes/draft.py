"""A post as one row states it, in values of any type, before they are read and bounded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from responder.feeds.raw_post import SourcePosition
from responder.feeds.shapes.values import Problem

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """A post as a row states it.

    Arguments:
        text, id, created_at, lang, author, related_to: of any type, as they stand in the row.
        has_id: whether the file has ids at all; where it has none, a row without is no repair.
        in_utc: whether its source writes times of UTC without saying so.
        alt_texts: descriptions of its pictures.
        relation: `repeat`, `quote` or `reply`.
        problems: repairs that were made already.
        refused: why it is no post, if it is none.
    """

    text: Any = None
    id: Any = None
    created_at: Any = None
    lang: Any = None
    author: Any = None
    position: SourcePosition | None = None
    relation: str = ""
    related_to: Any = None
    links: tuple[str, ...] = ()
    revision: str = ""
    alt_texts: tuple[str, ...] = ()
    has_id: bool = True
    in_utc: bool = False
    problems: tuple[Problem, ...] = ()
    refused: str = ""
