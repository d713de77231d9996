"""What a request shows: its filter, its event and the time zone of its times. Parsed once per request."""

import zoneinfo
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest
from django.utils.translation import gettext as _

from responder import roles
from responder.models import Event
from responder.queries import events
from responder.queries.filters import Filter

ZONE_LIMIT = 64


@dataclass(frozen=True, slots=True)
class ViewState:
    """What one request asks to see.

    Arguments:
        filter: with the reference of `event` written in.
        event: None means all posts.
        zone: name of the time zone in which times are shown.
        chosen_zone: whether the address names it; otherwise it is that of the person's profile, or the event's.
        notices: about parameters that were ignored.
    """

    filter: Filter
    event: Event | None
    zone: str
    chosen_zone: bool
    notices: tuple[str, ...]

    def query(self, **changes: Any) -> str:
        """The query string of this view, with some fields of the filter replaced."""
        parts = [replace(self.filter, **changes).querystring()]
        if self.chosen_zone:
            parts.append(f"tz={quote(self.zone, safe='/')}")
        return "&".join(part for part in parts if part)


def from_request(request: HttpRequest) -> ViewState:
    """The view state of a request, parsed once."""
    if not hasattr(request, "_view_state"):
        request._view_state = _read(request)  # type: ignore[attr-defined]
    return request._view_state  # type: ignore[attr-defined,no-any-return]


def show_event(request: HttpRequest, event: Event) -> None:
    """Let the request be about this event, whichever its address names: its page must not have another one's frame.

    The caller has checked that the person may see the event.
    """
    read = from_request(request)
    zone, chosen, _notices = _zone(request, event)
    request._view_state = replace(  # type: ignore[attr-defined]
        read, event=event, filter=replace(read.filter, event=event.ref), zone=zone, chosen_zone=chosen, notices=()
    )
    request._shows_one_event = True  # type: ignore[attr-defined]


def shows_one_event(request: HttpRequest) -> bool:
    """Whether the page is about one event, so that another is chosen on another page."""
    return getattr(request, "_shows_one_event", False)


def _read(request: HttpRequest) -> ViewState:
    post_filter, notices = Filter.parse(request.GET, roles.events_of(request.user, roles.VIEW))
    event, more = events.resolve(post_filter)
    zone, chosen, zone_notices = _zone(request, event)
    post_filter = replace(post_filter, event=event.ref if event else "")
    return ViewState(post_filter, event, zone, chosen, (*notices, *more, *zone_notices))


def _zone(request: HttpRequest, event: Event | None) -> tuple[str, bool, list[str]]:
    local = event.time_zone if event and event.time_zone in zoneinfo.available_timezones() else "UTC"
    preferred = getattr(getattr(request, "user", None), "time_zone", "")
    if preferred in zoneinfo.available_timezones():
        local = preferred
    asked = request.GET.get("tz", "").strip()
    if not asked:
        return local, False, []
    if len(asked) <= ZONE_LIMIT and asked in zoneinfo.available_timezones():
        return asked, True, []
    return local, False, [_("“%(zone)s” is not a time zone. Times are shown in %(local)s.") % {
        "zone": asked[:40], "local": local}]  # fmt: skip
