"""What a page shows, as a file."""

from typing import cast

from django.http import Http404, HttpRequest, HttpResponseBase
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from responder import exports, look, roles
from responder.models import User
from responder.queries import posts
from responder.views.feeds import tells_refusals


@require_safe
@never_cache
@tells_refusals
@roles.requires(roles.VIEW)
def of_posts(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The posts that pass the page's filter, in the order of work."""
    if kind not in exports.KINDS:
        raise Http404
    seen = look.of(request)
    found = posts.matching(seen.filter, seen.event)
    export = exports.prepare(
        found=found, event=seen.event, kind=kind, query=seen.filter.querystring(),
        actor=f"user:{cast(User, request.user).username}",
    )  # fmt: skip
    return export.response(request)
