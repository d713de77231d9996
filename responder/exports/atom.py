"""A saved view as an Atom feed with places (GeoRSS Simple), newest post first, for readers and following software.

The same posts give the same bytes, so that a request with the last ETag gets 304.
"""

from datetime import UTC, datetime
from typing import Any

from django.contrib.gis.feeds import GeoAtom1Feed
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from classifier import categories
from responder.exports.kinds import ILLEGAL_IN_XML
from responder.models import Post, SavedView
from responder.privacy import policy
from responder.queries import events, posts
from responder.queries.filters import Filter

MEDIA_TYPE = "application/atom+xml; charset=utf-8"
MOST = 100


def newest(view: SavedView, visible_events: frozenset[int] | None, *, through_api: bool = False) -> QuerySet[Post]:
    """The newest posts that pass the view's filter.

    Arguments:
        visible_events: ids of the events that the reader may see; None for all.
        through_api: whether the API asks; a search then does not match words of texts that the API does not return.
    """
    post_filter, _notices = Filter.parse(QueryDict(view.query), visible_events)
    event, _unknown = events.resolve(post_filter)
    found = posts.matching(post_filter, event)
    if post_filter.q and through_api:
        found = found.exclude(policy.withheld())
    return found.select_related("event").order_by("-created_at", "-id")[:MOST]


def feed(view: SavedView, found: QuerySet[Post], *, base_url: str, feed_url: str) -> bytes:
    """The Atom document.

    Arguments:
        base_url: of this site, without a slash at the end.
        feed_url: where the feed is.
    """
    rows = list(found)
    exercise = any(policy.data_status(post) == policy.EXERCISE for post in rows)
    title = _clean(f"{'EXERCISE: ' if exercise else ''}{view.name}")
    document = _Feed(title, f"{base_url}/feed/?{view.query}", _("Posts of a saved view, masked"), feed_url=feed_url)
    document.changed = max([view.updated_at, *map(_changed, rows)])
    for post in rows:
        document.add_item(**_entry(post, base_url))
    return document.writeString("utf-8").encode()


class _Feed(GeoAtom1Feed):
    changed: datetime

    def latest_post_date(self) -> datetime:
        return self.changed


def _entry(post: Post, base_url: str) -> dict[str, Any]:
    latitude, longitude = policy.position(post)
    marked = "EXERCISE: " if policy.data_status(post) == policy.EXERCISE else ""
    where = f": {post.place_name}" if post.place_name else ""
    text = policy.text(post)
    return {
        "title": _clean(f"{marked}{categories.label(post.category)}{where}"),
        "link": f"{base_url}/map/?sel={post.pk}",
        "unique_id": f"{base_url}/map/?sel={post.pk}",
        "description": _clean(
            _("The text is not included: the terms of its source forbid sharing it.") if text is None else text
        ),
        "pubdate": post.created_at,
        "updateddate": _changed(post),
        "categories": [post.category, policy.data_status(post), *post.needs],
        "geometry": None if latitude is None else (longitude, latitude),
    }


def _changed(post: Post) -> datetime:
    moments = (post.created_at, post.classified_at, post.edited_at, post.reviewed_at, post.placed_at)
    return max(moment for moment in moments if moment).astimezone(UTC)


def _clean(text: str) -> str:
    return ILLEGAL_IN_XML.sub("\ufffd", text)
