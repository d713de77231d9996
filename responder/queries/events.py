"""Which event a filter is about, and how events are shown."""

from typing import Any

from django.db.models import Case, Exists, OuterRef, Q, QuerySet, When
from django.utils.translation import gettext as _

from responder import roles
from responder.models import Event, Post
from responder.queries.filters import Filter

SHOWN = 50  # in the event switcher


def switchable(visible_events: frozenset[int] | None, current: Event | None = None) -> list[Event]:
    """The events of the switcher, newest first: those that the reader may see and that are not archived, and `current` in any
    case.
    """
    found = list(_visible(visible_events).exclude(state=Event.State.ARCHIVED).defer("area")[:SHOWN])
    return found if current is None or current in found else [*found, current]


def open_events() -> QuerySet[Event]:
    """The events that take posts, newest first, as choices of a form."""
    return Event.objects.filter(state=Event.State.OPEN)


def default(visible_events: frozenset[int] | None = None) -> Event | None:
    """The event that pages show unless another is asked for, of those that the reader may see (None: of all).

    It is the newest open one with posts, otherwise the newest closed one with posts, otherwise the newest open one. None if
    there is none.
    """
    posts = Post.objects.filter(event=OuterRef("pk"), state=Post.State.CLASSIFIED)
    shown = _visible(visible_events).exclude(state=Event.State.ARCHIVED)
    is_open = Case(When(state=Event.State.OPEN, then=1), default=0)
    ranked = shown.annotate(has_posts=Exists(posts), is_taking=is_open).filter(Q(has_posts=True) | Q(is_taking=1))
    return ranked.order_by("-has_posts", "-is_taking", "-started_at", "-id").first()


def _visible(visible_events: frozenset[int] | None) -> QuerySet[Event]:
    return roles.within(Event.objects.all(), visible_events, "pk")


def resolve(post_filter: Filter) -> tuple[Event | None, list[str]]:
    """(the filter's event, notices). Without one: that of `default`, or None, which means all posts.

    An event that the reader may not see does not exist.
    """
    visible_events = post_filter.visible_events
    if post_filter.event:
        event = _visible(visible_events).filter(ref=post_filter.event).first()
        if event:
            return event, []
    fallback = default(visible_events)
    if fallback is None and visible_events is not None:
        fallback = _visible(visible_events).first()  # of few events, one without posts says more than “all posts”
    if not post_filter.event:
        return fallback, []
    notice = _("The event “%(ref)s” does not exist. Showing %(shown)s instead.")
    return fallback, [notice % {"ref": post_filter.event, "shown": fallback.name if fallback else _("all posts")}]


def outlines(event: Event | None) -> list[dict[str, Any]]:
    """The areas of the event and of its teams, for a map: each a `name`, empty for the event's own, and a `polygon`."""
    if event is None:
        return []
    own = [{"name": "", "polygon": event.outline}] if event.area else []
    return own + [{"name": area.name, "polygon": area.area} for area in event.team_areas.all() if area.area]


def present(event: Event | None) -> dict[str, Any]:
    """The event as pages show it; None means all posts."""
    if event is None:
        return {"ref": "", "name": _("All posts"), "is_exercise": False, "country_codes": [], "day": None,
                "bbox": None, "timezone": "UTC", "closed": ""}  # fmt: skip
    return {
        "ref": event.ref,
        "name": event.name,
        "is_exercise": event.is_exercise,
        "country_codes": event.country_codes,
        "day": event.day,
        "bbox": event.bbox,
        "timezone": event.time_zone,
        "closed": "" if event.is_open else event.get_state_display(),
    }


def missing(event: Event | None) -> str:
    """What a page without posts lacks: `event` if there is none, `posts` if the event has none, otherwise empty."""
    if event is None and not Event.objects.exists():
        return "posts" if Post.objects.exists() else "event"
    posts = Post.objects.filter(event=event) if event else Post.objects.all()
    return "" if posts.filter(state=Post.State.CLASSIFIED).exists() else "posts"
