"""Reads posts from X's API v1.1 as saved by twarc, and from the archives that X gives to account owners.

Long posts are cut in `text`, and complete in `extended_tweet.full_text` or `full_text`. A repost is cut at 140 characters,
but contains the complete original post. The text of a quoted post is not added: someone else wrote it, and the copy would
remain if its author deleted it.
"""

import re
from collections.abc import Iterator

from responder.feeds import source_positions
from responder.feeds.shapes import values
from responder.feeds.shapes.draft import Draft, Row
from responder.feeds.shapes.values import mapping, mappings

NAME = "X API v1.1 (twarc), X archive"
MARKS = ("user", "entities", "extended_tweet", "retweeted_status", "quoted_status")
OWN_MEDIA = re.compile(r"/(?:photo|video)/\d+$")


def drafts(row: Row) -> list[Draft] | None:
    """Return the post of a row, or None if the row has another format."""
    archived = mapping(row.get("tweet"))
    if "full_text" in archived and ("id_str" in archived or "id" in archived):
        return [_draft(archived)]
    status = archived if "text" in archived else row
    texts = ("text", "full_text", "extended_tweet")
    if not any(name in status for name in texts) or not any(isinstance(status.get(name), dict) for name in MARKS):
        return None
    if not any(name in status for name in ("id_str", "id", "retweeted_status", "full_text")):
        return None
    return [_draft(status)]


def _draft(status: Row) -> Draft:
    relation, related = _related(status)
    return Draft(
        text=full_text(status),
        id=_id(status),
        created_at=status.get("created_at") or status.get("timestamp_ms"),
        lang=status.get("lang"),
        author=status.get("user"),
        position=source_positions.from_row(status),
        relation=relation,
        related_to=related,
        links=_links(status),
        alt_texts=tuple(_alt_texts(status)),
    )


def full_text(status: Row) -> object:
    """Return a post's full text; for a repost, that of the original after `RT @name: `."""
    repeated = mapping(status.get("retweeted_status"))
    words = _own_text(repeated)
    if repeated and isinstance(words, str) and words.strip():
        name = values.author(repeated.get("user"))
        return f"RT @{name}: {words}" if name else words
    return _own_text(status)


def _own_text(status: Row) -> object:
    extended = mapping(status.get("extended_tweet")).get("full_text")
    found = (extended, status.get("full_text"), status.get("text"))
    return next((text for text in found if isinstance(text, str) and text.strip()), status.get("text"))


def _id(status: Row) -> object:
    return next((status[name] for name in ("id_str", "id") if not values.is_missing(status.get(name))), None)


def _related(status: Row) -> tuple[str, object]:
    repeated, quoted = mapping(status.get("retweeted_status")), mapping(status.get("quoted_status"))
    if repeated:
        return "repeat", _id(repeated)
    quoted_id = status.get("quoted_status_id_str") or status.get("quoted_status_id") or _id(quoted)
    if quoted_id:
        return "quote", quoted_id
    answered = status.get("in_reply_to_status_id_str") or status.get("in_reply_to_status_id")
    return ("reply", answered) if answered else ("", None)


def _links(status: Row) -> tuple[str, ...]:
    """Return the targets of the shortened links, without links to the post's own pictures."""
    extended = mapping(status.get("extended_tweet"))
    entities = mapping(extended.get("entities") or status.get("entities"))
    found = (values.plain(one.get("expanded_url") or one.get("url")) for one in mappings(entities.get("urls")))
    return tuple(link for link in found if link and not OWN_MEDIA.search(link))[:30]


def _alt_texts(status: Row) -> Iterator[str]:
    extended = mapping(status.get("extended_tweet"))
    for place in (extended, status):
        for media in mappings(mapping(place.get("extended_entities")).get("media")):
            if text := values.plain(media.get("ext_alt_text")):
                yield text
