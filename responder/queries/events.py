"""Which event a filter is about, and how events are shown."""

from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from responder.models import Event, Post
from responder.queries.filters import Filter

SHOWN = 50  # in the event switcher


def with_posts() -> list[Event]:
    """Events that have posts, newest first."""
    posts = Post.objects.filter(event=OuterRef("pk"), state=Post.State.CLASSIFIED)
    return list(Event.objects.filter(Exists(posts))[:SHOWN])


def resolve(post_filter: Filter) -> tuple[Event | None, list[str]]:
    """(the filter's event, notices). Without one: the newest that has posts, or None, which means all posts."""
    if post_filter.event:
        event = Event.objects.filter(ref=post_filter.event).first()
        if event:
            return event, []
    fallback = next(iter(with_posts()), None)
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


def missing(event: Event | None) -> str:
    """What a page without posts lacks: `event` if there is none, `posts` if the event has none, otherwise empty."""
    if event is None and not Event.objects.exists():
        return "posts" if Post.objects.exists() else "event"
    posts = Post.objects.filter(event=event) if event else Post.objects.all()
    return "" if posts.filter(state=Post.State.CLASSIFIED).exists() else "posts"
