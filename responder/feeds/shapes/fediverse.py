"""Reads statuses from Mastodon and compatible servers, ActivityPub notes from archives, and Bluesky posts, as JSON."""

import html
import re
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.utils.html import strip_tags

from responder.feeds.shapes import values
from responder.feeds.shapes.draft import Draft, Row
from responder.feeds.shapes.values import mapping, mappings

NAME = "Mastodon or Bluesky (JSON)"
BREAKS = re.compile(r"<br\s*/?>|</(?:p|li|blockquote)>", re.IGNORECASE)
POST_URI = "/app.bsky.feed.post/"
MOST_HTML = 100_000


def drafts(row: Row) -> list[Draft] | None:
    """Return the post of a row, or None if the row has another format."""
    if isinstance(row.get("content"), str) and isinstance(row.get("account"), dict):
        return [_status(row)]
    note = mapping(row.get("object"))
    if isinstance(note.get("content"), str) and "actor" in row:
        return [_note(row, note)]
    post = mapping(row.get("post")) or row
    if isinstance(post.get("record"), dict) and isinstance(post.get("uri"), str):
        return [_sky(post, row)]
    commit = mapping(row.get("commit")) or mapping(row.get("payload"))
    if isinstance(commit.get("record"), dict) and "rkey" in commit:
        return [_streamed(row, commit)]
    return None


def text_of(content: Any) -> str:
    """Return the text of HTML content, with line breaks for paragraphs. Raises NoText if it has too many unclosed tags."""
    if not isinstance(content, str):
        return ""
    try:
        return html.unescape(strip_tags(BREAKS.sub("\n", content[:MOST_HTML]))).strip()
    except SuspiciousOperation:
        raise values.NoText("The text has too many unclosed HTML tags.") from None


def _status(row: Row) -> Draft:
    shared = mapping(row.get("reblog"))
    status = shared or row
    try:
        words = text_of(status.get("content"))
    except values.NoText as error:
        return Draft(refused=str(error))
    warning = values.plain(status.get("spoiler_text"))
    name = values.author(shared.get("account"))
    text = f"RT @{name}: {words}" if shared and name else "\n".join(filter(None, (warning, words)))
    relation, related_to = ("repeat", shared.get("id")) if shared else _answered(row)
    return Draft(
        text=text,
        id=row.get("id") or row.get("uri"),
        created_at=row.get("created_at"),
        lang=status.get("language"),
        author=row.get("account"),
        relation=relation,
        related_to=related_to,
        alt_texts=_alt(mappings(status.get("media_attachments")), "description"),
    )


def _answered(status: Row) -> tuple[str, Any]:
    quoted = mapping(mapping(status.get("quote")).get("quoted_status")).get("id")
    answered = status.get("in_reply_to_id")
    return ("quote", quoted) if quoted else ("reply", answered) if answered else ("", None)


def _note(row: Row, note: Row) -> Draft:
    try:
        words = text_of(note.get("content"))
    except values.NoText as error:
        return Draft(refused=str(error))
    answered = note.get("inReplyTo")
    return Draft(
        text="\n".join(filter(None, (values.plain(note.get("summary")), words))),
        id=note.get("id") or row.get("id"),
        created_at=note.get("published") or row.get("published"),
        lang=next(iter(mapping(note.get("contentMap"))), None),
        author=note.get("attributedTo") or row.get("actor"),
        relation="reply" if answered else "",
        related_to=answered,
        alt_texts=_alt(mappings(note.get("attachment")), "name"),
    )


def _sky(post: Row, row: Row) -> Draft:
    uri, reason = values.plain(post.get("uri")), mapping(row.get("reason"))
    reposter = values.author(reason.get("by"))
    record = mapping(post.get("record"))
    if reposter:  # in someone's feed: a repost has its own ID
        text, name = record.get("text"), values.author(post.get("author"))
        return Draft(
            text=f"RT @{name}: {text}" if isinstance(text, str) and text.strip() else text,
            id=values.plain(reason.get("uri")) or f"{reposter}/{_sky_id(uri)}",
            created_at=reason.get("indexedAt"), lang=record.get("langs"), author=reposter,
            relation="repeat", related_to=_sky_id(uri),
        )  # fmt: skip
    return _record(record, _sky_id(uri), post.get("author"), post.get("indexedAt"))


def _streamed(row: Row, commit: Row) -> Draft:
    if commit.get("operation") == "delete":
        return Draft(refused="This is a deletion, not a post.")
    did = values.plain(row.get("did") or commit.get("did"))
    post_id = f"{did}/{values.plain(commit.get('rkey'))}"
    return _record(mapping(commit.get("record")), post_id, did, row.get("time_us") or commit.get("time"))


def _record(record: Row, post_id: str, author: Any, seen_at: Any) -> Draft:
    relation, related_to = _sky_related(record)
    created_at = record.get("createdAt")
    return Draft(
        text=record.get("text"),
        id=post_id,
        created_at=seen_at if values.is_missing(created_at) else created_at,
        lang=record.get("langs"),
        author=author,
        relation=relation,
        related_to=related_to,
        alt_texts=_alt(_pictures(record), "alt"),
    )


def _pictures(record: Row) -> list[Mapping[str, Any]]:
    embed = mapping(record.get("embed"))
    return mappings(embed.get("images")) + mappings(mapping(embed.get("media")).get("images")) + [embed]


def _sky_related(record: Row) -> tuple[str, Any]:
    quoted = mapping(mapping(record.get("embed")).get("record"))
    uri = values.plain(quoted.get("uri") or mapping(quoted.get("record")).get("uri"))
    if POST_URI in uri:
        return "quote", _sky_id(uri)
    parent = values.plain(mapping(mapping(record.get("reply")).get("parent")).get("uri"))
    return ("reply", _sky_id(parent)) if POST_URI in parent else ("", None)


def _sky_id(uri: str) -> str:
    """Return a post's ID in the form that the connector uses."""
    return uri.removeprefix("at://").replace(POST_URI, "/")


def _alt(media: list[Mapping[str, Any]], key: str) -> tuple[str, ...]:
    return tuple(text for text in (values.plain(one.get(key)) for one in media) if text)
