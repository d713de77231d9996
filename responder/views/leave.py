"""The confirmation page that shows where a link in a post leads."""

from django.core.exceptions import BadRequest
from django.core.signing import BadSignature
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from responder import roles
from responder.privacy import leaving
from responder.queries import posts


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def page(request: HttpRequest) -> HttpResponse:
    """Show a link's host and warnings, with buttons to open it or to go back. Fetches nothing."""
    try:
        post_id, digest = leaving.parse(request.GET.get("to", ""))
    except BadSignature as error:
        raise BadRequest(_("This link has expired. Open the post again.")) from error
    post = posts.visible(request.user).filter(pk=post_id).only("links", "source", "text").first()
    departure = leaving.departure(post.links, digest) if post else None
    if post is None or departure is None:
        raise Http404
    response = render(request, "leave/page.html", {"departure": departure, "post": post})
    response["Referrer-Policy"] = "no-referrer"
    return response
