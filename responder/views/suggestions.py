"""What partners suggest about posts: reviewers accept or refuse it, one by one."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from responder import roles, terms
from responder.errors import ResponderError
from responder.models import PartnerFeedback, Post, User
from responder.queries import items, parts
from responder.queries import posts as visible_posts
from responder.triage import suggestions
from responder.views.triage import version

OLDEST_FIRST = ("id",)


@require_safe
@never_cache
@roles.requires(roles.TRIAGE)
def index(request: HttpRequest) -> HttpResponse:
    """Feedback waiting for review, oldest first."""
    return _page(request)


@require_POST
@roles.requires(roles.TRIAGE)
def accept(request: HttpRequest, feedback_id: int) -> HttpResponse:
    """Decide on the post as the partner suggests."""
    try:
        shown = version(request.POST.get("version", ""))
        suggestions.accept(feedback_id=feedback_id, version=shown, by=cast(User, request.user))
    except ResponderError as error:
        return _page(request, error)
    messages.success(request, _("Accepted in your name. The partner can see the outcome."))
    return HttpResponseRedirect(reverse("suggestions"))


@require_POST
@roles.requires(roles.TRIAGE)
def refuse(request: HttpRequest, feedback_id: int) -> HttpResponse:
    """Reject the feedback. The post is not changed."""
    reason = request.POST.get("reason", "")[: suggestions.REASON + 1]
    try:
        suggestions.refuse(feedback_id=feedback_id, reason=reason, by=cast(User, request.user))
    except ResponderError as error:
        return _page(request, error)
    messages.success(request, _("Rejected. The partner can see your reason."))
    return HttpResponseRedirect(reverse("suggestions"))


def _page(request: HttpRequest, error: ResponderError | None = None) -> HttpResponse:
    part = parts.paginate(request, suggestions.waiting(cast(User, request.user)), "page", OLDEST_FIRST)
    post_ids = {row.post_id for row in part.rows}
    posts = list(visible_posts.with_related(visible_posts.visible(request.user, roles.TRIAGE)).filter(pk__in=post_ids))
    found = {post.pk: (post, item) for post, item in zip(posts, items.present_all(posts), strict=True)}
    shown = [_shown(row, *found[row.post_id]) for row in part.rows if row.post_id in found]
    context = {"rows": shown, "part": part, "problem": str(error) if error else ""}
    return render(request, "triage/suggestions.html", context, status=error.status if error else 200)


def _shown(row: PartnerFeedback, post: Post, item: items.Item) -> dict[str, Any]:
    return {
        "row": row, "item": item, "edited": bool(post.edited_at and post.edited_at > row.created_at),
        "category": items.category(row.category) if row.category else None,
        "position": suggestions.position_of(row), "no_place": suggestions.says_no_place(row),
        "priority": terms.severity(row.severity or 0),
    }  # fmt: skip
