"""A post as stated in a row, with values of any type, before they are parsed and bounded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from responder.feeds.raw_post import SourcePosition
from responder.feeds.shapes.values import Problem

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Draft:
    """A post as stated in a row.

    Arguments:
        text, id, created_at, lang, author, related_to: unchanged values of any type.
        has_id: whether the file has IDs at all; if not, a missing ID does not count as a repair.
        in_utc: whether the source writes times in UTC without saying so.
        alt_texts: descriptions of its pictures.
        relation: `repeat`, `quote` or `reply`.
        problems: repairs made before.
        refused: why the row is not a post; empty if it is one.
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
