"""Posts from X's API v2: pages with `data` and `includes`, stream frames, and posts flattened by twarc.

`note_tweet` has the full text of a long post, and `includes.tweets` that of a reposted one. As in `twitter_v1`, the text
of a quoted post is not added.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from responder.feeds import source_positions
from responder.feeds.shapes import values
from responder.feeds.shapes.draft import Draft, Row
from responder.feeds.shapes.values import mapping, mappings

NAME = "X API v2 (twarc)"
RELATIONS = {"retweeted": "repeat", "quoted": "quote", "replied_to": "reply"}
FLAT_MARKS = (
    "edit_history_tweet_ids",
    "public_metrics",
    "referenced_tweets",
    "author_id",
    "conversation_id",
    "__twarc",
)
ANNOTATION_MARKS = ("annotations", "completions", "predictions")
OWN_PICTURE = re.compile(r"/status/\d+/(?:photo|video)/\d")
RETWEET = re.compile(r"RT @(\w{1,50}): ")


@dataclass(frozen=True, slots=True)
class Includes:
    """The included objects of a page, by ID."""

    users: Mapping[str, Any]
    places: Mapping[str, Any]
    posts: Mapping[str, Any]
    media: Mapping[str, Any]


def drafts(row: Row) -> list[Draft] | None:
    """Return the posts of a page or a row, or None if the row has another format."""
    data = row.get("data")
    if isinstance(data, list | dict) and not any(mark in row for mark in ANNOTATION_MARKS):
        if isinstance(data, dict) and not (isinstance(data.get("text"), str) and "id" in data):
            return None
        listed = data if isinstance(data, list) else [data]
        includes = includes_of(mapping(row.get("includes")))
        return [
            _draft(one, includes)
            if isinstance(one, Mapping)
            else Draft(refused="This element of the page is not a post.")
            for one in listed
        ] or [Draft(refused="The page has no posts.")]
    if data is None and isinstance(row.get("meta"), dict) and ("__twarc" in row or "result_count" in row["meta"]):
        return [Draft(refused="The page has no posts.")]
    if "text" in row and any(isinstance(row.get(mark), list | dict) for mark in FLAT_MARKS):
        return [_draft(row, includes_of({}))]
    if "text" in row and "author_id" in row and isinstance(row.get("author"), dict):
        return [_draft(row, includes_of({}))]
    return None


def includes_of(includes: Row) -> Includes:
    """The users, places, posts and media of a page, by id."""
    return Includes(
        users=_by_key(includes.get("users"), "id"),
        places=_by_key(includes.get("places"), "id"),
        posts=_by_key(includes.get("tweets"), "id"),
        media=_by_key(includes.get("media"), "media_key"),
    )


def full_text(data: Row, includes: Includes) -> Any:
    """Return a post's full text; for a repost, that of the original after `RT @name: `."""
    own = _own_text(data)
    repeated = next((one for one in mappings(data.get("referenced_tweets")) if one.get("type") == "retweeted"), None)
    if repeated is None:
        return own
    whole = mapping(includes.posts.get(values.plain(repeated.get("id")))) or repeated
    words = _own_text(whole)
    if not isinstance(words, str) or not words.strip():
        return own
    stated = RETWEET.match(own) if isinstance(own, str) else None
    name = stated[1] if stated else _author(whole, includes)
    return f"RT @{name}: {words}" if name else words


def alt_texts(data: Row, includes: Includes) -> tuple[str, ...]:
    """The descriptions of a post's pictures."""
    attached = mapping(data.get("attachments"))
    keys = attached.get("media_keys")
    media = [mapping(includes.media.get(values.plain(key))) for key in (keys if isinstance(keys, list) else [])]
    media += mappings(attached.get("media"))
    return tuple(text for text in (values.plain(one.get("alt_text")) for one in media) if text)


def related(data: Row) -> tuple[str, Any]:
    """Return the relation to another post, and that post's ID. A repost takes precedence over a quote, a quote over a reply."""
    found = {values.plain(one.get("type")): one.get("id") for one in mappings(data.get("referenced_tweets"))}
    kind = next((kind for kind in RELATIONS if kind in found), None)
    return (RELATIONS[kind], found[kind]) if kind else ("", None)


def _by_key(listed: Any, key: str) -> dict[str, Any]:
    return {values.plain(one.get(key)): one for one in mappings(listed)}


def _own_text(data: Row) -> Any:
    note = mapping(data.get("note_tweet")).get("text")
    return note if isinstance(note, str) and note.strip() else data.get("text")


def _draft(data: Row, includes: Includes) -> Draft:
    relation, related_to = related(data)
    edits = data.get("edit_history_tweet_ids")
    return Draft(
        text=full_text(data, includes),
        id=edits[0] if isinstance(edits, list) and edits else data.get("id"),
        created_at=data.get("created_at"),
        lang=data.get("lang"),
        author=_author(data, includes),
        position=source_positions.from_x(data, includes.places) or source_positions.from_row(data),
        relation=relation,
        related_to=related_to,
        links=_links(data),
        revision=_revision(edits),
        alt_texts=alt_texts(data, includes),
    )


def _author(data: Row, includes: Includes) -> str:
    stated = values.plain(data.get("author_id"))
    return values.author(data.get("author")) or values.author(includes.users.get(stated)) or stated


def _revision(edits: Any) -> str:
    """Return a revision that sorts in the order of edits, as in the connector; empty for an unedited post."""
    if not isinstance(edits, list) or len(edits) < 2:
        return ""
    last = values.plain(edits[-1])
    return last.zfill(20) if last.isascii() and last.isdecimal() and len(last) <= 20 else ""


def _links(data: Row) -> tuple[str, ...]:
    shortened = mappings(mapping(data.get("entities")).get("urls"))
    found = (values.plain(one.get("unwound_url") or one.get("expanded_url") or one.get("url")) for one in shortened)
    return tuple(link for link in found if link and not OWN_PICTURE.search(link))[:30]
