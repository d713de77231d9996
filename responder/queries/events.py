"""Which event a filter is about, and how events are shown."""

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from responder import roles
from responder.models import Event, Post
from responder.queries.filters import Filter

SHOWN = 50  # in the event switcher


def with_posts(visible_events: frozenset[int] | None = None) -> list[Event]:
    """Those of these events (None: of all) that have posts, newest first."""
    posts = Post.objects.filter(event=OuterRef("pk"), state=Post.State.CLASSIFIED)
    return list(_visible(visible_events).filter(Exists(posts))[:SHOWN])


def _visible(visible_events: frozenset[int] | None) -> QuerySet[Event]:
    return roles.within(Event.objects.all(), visible_events, "pk")


def resolve(post_filter: Filter) -> tuple[Event | None, list[str]]:
    """(the filter's event, notices). Without one: the newest that has posts, or None, which means all posts.

    An event that the reader may not see does not exist.
    """
    visible_events = post_filter.visible_events
    if post_filter.event:
        event = _visible(visible_events).filter(ref=post_filter.event).first()
        if event:
            return event, []
    fallback = next(iter(with_posts(visible_events)), None)
    if fallback is None and visible_events is not None:
        fallback = _visible(visible_events).first()  # of few events, one without posts says more than “all posts”
    if not post_filter.event:
        return fallback, []
    notice = _("The event “%(ref)s” does not exist. Showing %(shown)s instead.")
    return fallback, [notice % {"ref": post_filter.event, "shown": fallback.name if fallback else _("all posts")}]


def present(event: Event | None) -> dict[str, Any]:
    """The event as pages show it; None means all posts."""
    if event is None:
        return {"ref": "", "name": _("All posts"), "is_exercise": False, "country_codes": [], "day": None,
                "bbox": None, "timezone": "UTC"}  # fmt: skip
    return {
        "ref": event.ref,
        "name": event.name,
        "is_exercise": event.is_exercise,
        "country_codes": event.country_codes,
        "day": event.day,
        "bbox": event.bbox,
        "timezone": event.time_zone,
    }
