"""What must hold of whatever came through the door."""

from typing import Any

from django.core.exceptions import ValidationError

from classifier import clock, time_bounds
from responder.feeds import ingest, intake
from responder.feeds.connectors.base import MAX_ID, MAX_TEXT, Item
from responder.feeds.raw_post import RawPost
from responder.models import Feed, Post

LEFT_OUT = ["event", "model_version", "reviewed_by", "text_key"]  # other tables; and the hash, which is never empty


def accounted(posts: list[RawPost], accepted: ingest.Accepted) -> None:
    """Each post of a batch is new, known, edited, gone or in conflict."""
    offered = len(posts)
    counted = accepted.new + accepted.known + accepted.edited + accepted.gone + len(accepted.conflicts)
    assert offered == counted, (offered, accepted)


def counts(posts: list[RawPost], gone: set[str], stored: intake.StoreCounts) -> None:
    """The same of a feed's batch: what the batch deletes itself is not offered."""
    offered = len([post for post in posts if post.source_id not in gone])
    assert offered == stored.new + stored.known + stored.edited + stored.gone + stored.conflicts, (offered, stored)


def storable(post: Post) -> None:
    """The row keeps what every database can hold and every page can show."""
    try:
        post.clean_fields(exclude=LEFT_OUT)
    except ValidationError as error:
        raise AssertionError(f"{error.message_dict} of {post.source_id[:60]!r}") from error
    texts = [post.source_id, post.text, post.lang, post.author_handle, post.revision, post.related_to, *post.links]
    assert not [one for one in texts if "\0" in one or one.encode("utf-8", "replace").decode() != one]
    assert 0 < len(post.source_id) <= MAX_ID and len(post.text.strip()) > 0 and len(post.text) <= MAX_TEXT
    assert time_bounds.is_possible(post.created_at), post.created_at
    if place := post.source_position:
        assert -90 <= place["latitude"] <= 90 and -180 <= place["longitude"] <= 180 and 0 < place["radius_km"] <= 200


def understood(items: list[Item]) -> list[Item]:
    """The items that stand for a message, not for a state of the connection."""
    return [item for item in items if item.alive and not item.gap and not item.caught_up]


def told(item: Item) -> bool:
    """Whether a message became a post, a deletion or garbage, or was passed over on purpose with its cursor."""
    return sum((item.post is not None, bool(item.deleted), item.garbage)) <= 1 and not (item.garbage and item.post)


def cursor_of(feed: Feed, items: list[Item]) -> None:
    """The stored cursor is that of the last item that has one: no further than what was stored with it."""
    last = next((item.cursor for item in reversed(items) if item.cursor), feed.cursor)
    stored: Any = Feed.objects.get(pk=feed.pk)
    stored.clean_fields(exclude=["event"])
    assert stored.cursor == last
    assert stored.cursor_at is None or stored.cursor_at <= clock.now() + time_bounds.AHEAD
