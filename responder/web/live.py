"""Changes on the map: the read that event streams and polling share.

Changes have growing ids, but PostgreSQL may show a lower id after a higher one, when its transaction took
longer. So every read goes over the last seconds again, and readers drop what they have seen.
"""

from collections.abc import Container, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Max, Min, Q
from django.utils import translation

from classifier import clock, moments
from responder import roles
from responder.models import Change, Post
from responder.privacy import masking
from responder.queries import liveness
from responder.queries.filters import Filter

OVERLAP = timedelta(seconds=5)
READ_LIMIT = 1_000
SCAN_LIMIT = 20_000
NOTHING: frozenset[Any] = frozenset()
# Conditions that a decision can change: a post that left a list by it is still sent to that list.
DECIDABLE = frozenset({"cat", "conf", "status"})


class LiveFilter(NamedTuple):
    """The filter of a live view, and the id of its event (None means all posts)."""

    filter: Filter
    event_id: int | None


class Watched(NamedTuple):
    """The event (None means all) whose status somebody sees, their language, and the events that they may see (None: all)."""

    event_id: int | None
    language: str
    visible_events: frozenset[int] | None


def cursor() -> int:
    """The newest change's id; 0 before the first."""
    return Change.objects.aggregate(newest=Max("id"))["newest"] or 0


def changes_after(live_filter: LiveFilter, after: int) -> dict[str, Any]:
    """The changes since the cursor `after`, for clients that poll.

    Returns `cursor` to ask with next time, `posts`, `reload` (true where too much changed to list it: fetch
    the page's data again), `pulse`, and the `status` of the event. Posts of the last seconds may come twice.
    """
    newest, found = cursor(), read(after)
    reached = max([newest, *(change.pk for change in found)])
    reload = len(found) > READ_LIMIT or after > reached
    visible_events = live_filter.filter.visible_events
    beat = pulse(visible_events)
    watched = Watched(live_filter.event_id, translation.get_language() or "", visible_events)
    return {
        "cursor": reached, "posts": [] if reload else describe(found, live_filter), "reload": reload, **beat,
        "status": statuses([watched], {visible_events: beat})[watched],
    }  # fmt: skip


def read(after: int, seen: Container[int] = NOTHING) -> list[Change]:
    """Changes newer than the cursor `after`, and those of the last seconds, by id.

    More than READ_LIMIT rows mean that older ones are missing.

    Arguments:
        seen: ids of changes that need not be read again: at hundreds of posts a second, most of the last seconds'.
    """
    fresh = Q(id__gt=after) | moments.recent("at", clock.now(), within=OVERLAP)
    ids = Change.objects.filter(fresh).order_by("-id").values_list("pk", flat=True)[:SCAN_LIMIT]
    unread = [pk for pk in ids if pk not in seen][: READ_LIMIT + 1]
    rows = Change.objects.filter(pk__in=unread, post__state=Post.State.CLASSIFIED).select_related("post")
    return list(rows.order_by("id")) if unread else []


def pulse(visible_events: frozenset[int] | None = None) -> dict[str, Any]:
    """`lag_s`: seconds the oldest unclassified post has waited; `per_minute`: posts classified in a minute.

    Arguments:
        visible_events: ids of the events whose posts count; None for all.
    """
    now = clock.now()
    waiting = roles.within(Post.objects.filter(state=Post.State.ACCEPTED), visible_events)
    oldest = waiting.aggregate(at=Min("received_at"))["at"]
    changes = Change.objects.filter(kind=Change.Kind.NEW, at__gte=now - timedelta(minutes=1))
    fresh = roles.within(changes, visible_events, "post__event").count()
    lag_s = max(0.0, (now - oldest).total_seconds()) if oldest else 0.0
    return {"lag_s": round(lag_s, 1), "per_minute": fresh}


def statuses(
    watched: Iterable[Watched], pulses: Mapping[frozenset[int] | None, dict[str, Any]]
) -> dict[Watched, dict[str, str]]:
    """Whether posts arrive (see `queries.liveness`), in each reader's language.

    Arguments:
        pulses: the `pulse` of each set of events that a reader may see.
    """
    found = {}
    for one in watched:
        waited = timedelta(seconds=pulses.get(one.visible_events, {}).get("lag_s", 0.0))
        with translation.override(one.language or None):
            found[one] = liveness.of_event(one.event_id, one.visible_events, waited=waited).as_json()
    return found


def describe(changes: Iterable[Change], live_filter: LiveFilter) -> list[dict[str, Any]]:
    """The posts of `changes` that pass `live_filter`, each once."""
    now = clock.now()
    posts: dict[int, dict[str, Any]] = {}
    for change in changes:
        if _matters(change, live_filter, now):
            known = posts.get(change.post_id, {"new": False})
            posts[change.post_id] = _post(change.post, new=known["new"] or change.kind == Change.Kind.NEW)
    return list(posts.values())


def _matters(change: Change, live_filter: LiveFilter, now: datetime) -> bool:
    if live_filter.event_id is not None and change.post.event_id != live_filter.event_id:
        return False
    without = DECIDABLE if change.kind == Change.Kind.DECIDED else NOTHING
    return live_filter.filter.matches(change.post, now, without=without)


def _post(post: Post, *, new: bool) -> dict[str, Any]:
    latitude, longitude = masking.point(post.latitude, post.longitude, post.radius_km)
    return {
        "id": post.pk,
        "severity": post.severity,
        "group": post.group,
        "status": post.status,
        "new": new,
        "latitude": latitude,
        "longitude": longitude,
    }
