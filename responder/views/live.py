"""Live updates: an event stream, and an endpoint for polling."""

from typing import cast

from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from responder import roles
from responder.models import User
from responder.queries import events
from responder.queries.filters import Filter
from responder.web import live, problems, streams
from responder.web.viewers import Viewer

CURSOR_DIGITS = 18
POLL_AFTER_S = 15


@require_safe
@never_cache
async def stream(request: HttpRequest) -> HttpResponseBase:
    """Server-sent events about posts that pass the filter; 503 where the client must poll instead."""
    user = cast(User, await request.auser())
    if not await sync_to_async(roles.allows)(user, roles.VIEW):
        raise PermissionDenied(_("Your role doesn't let you view posts."))
    hub = streams.Hub.current()
    is_full = len(hub) >= settings.LIVE_MAX_CLIENTS or hub.count_of(user.pk) >= streams.MOST_PER_PERSON
    if not isinstance(request, ASGIRequest) or hub.is_late or is_full:
        return _poll_instead()
    live_filter = await sync_to_async(_live_filter)(request)
    after = _number(request.headers.get("Last-Event-ID") or request.GET.get("after", ""))
    messages = streams.events(
        live_filter, after, hub=hub, viewer=Viewer.from_request(request, user), language=get_language() or ""
    )
    response = StreamingHttpResponse(messages, content_type="text/event-stream")
    response["X-Accel-Buffering"] = "no"  # proxies that buffer would hold updates back
    return response


stream.required_ability = roles.VIEW  # type: ignore[attr-defined]


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def changes(request: HttpRequest) -> HttpResponse:
    """Changes since the cursor `after`; without one, since now."""
    after = _number(request.GET.get("after", ""))
    if after is None:
        after = live.cursor()
    return JsonResponse(live.changes_after(_live_filter(request), after))


def _live_filter(request: HttpRequest) -> live.LiveFilter:
    post_filter, _notices = Filter.parse(request.GET, roles.events_of(request.user, roles.VIEW))
    event, _more = events.resolve(post_filter)
    return live.LiveFilter(post_filter, event.pk if event else None)


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) <= CURSOR_DIGITS else None


def _poll_instead() -> HttpResponse:
    detail = _("This process can't open an event stream at the moment. Request /live/changes instead.")
    response = problems.problem(503, _("Poll instead"), detail)
    response["Retry-After"] = str(POLL_AFTER_S)
    return response
