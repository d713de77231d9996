"""What a request looks at: the one filter, the event it means, the zone of its times. Worked out once per request."""

import zoneinfo
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest
from django.utils.translation import gettext as _

from responder.models import Event
from responder.queries import events
from responder.queries.filters import Filter

ZONE_LIMIT = 64


@dataclass(frozen=True, slots=True)
class Look:
    """Arguments:
    filter: with the reference of `event` written in.
    event: None means all posts.
    zone: name of the time zone in which times are shown.
    chosen_zone: whether the person chose it; else it is the event's.
    notices: about what was not understood.
    """

    filter: Filter
    event: Event | None
    zone: str
    chosen_zone: bool
    notices: tuple[str, ...]

    def query(self, **changes: Any) -> str:
        """The query string of this look, with some fields of the filter replaced."""
        parts = [replace(self.filter, **changes).querystring()]
        if self.chosen_zone:
            parts.append(f"tz={quote(self.zone, safe='/')}")
        return "&".join(part for part in parts if part)


def of(request: HttpRequest) -> Look:
    """The request's look."""
    if not hasattr(request, "_look"):
        request._look = _read(request)  # type: ignore[attr-defined]
    return request._look  # type: ignore[attr-defined,no-any-return]


def _read(request: HttpRequest) -> Look:
    wanted, notices = Filter.parse(request.GET)
    event, more = events.resolve(wanted)
    zone, chosen, told = _zone(request, event)
    wanted = replace(wanted, event=event.ref if event else "")
    return Look(wanted, event, zone, chosen, tuple(notices + more + told))


def _zone(request: HttpRequest, event: Event | None) -> tuple[str, bool, list[str]]:
    local = event.time_zone if event and event.time_zone in zoneinfo.available_timezones() else "UTC"
    asked = request.GET.get("tz", "").strip()
    if not asked:
        return local, False, []
    if len(asked) <= ZONE_LIMIT and asked in zoneinfo.available_timezones():
        return asked, True, []
    return local, False, [_("“%(zone)s” is not a time zone. Times are shown in %(local)s.") % {
        "zone": asked[:40], "local": local}]  # fmt: skip
