"""Pages of feeds: their status, gaps and queue; leads configure, start and pause them, and retry posts."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from responder import roles
from responder.classification import quarantine
from responder.classification.wake_up import wake_classifier
from responder.errors import NotPermitted, ResponderError
from responder.feeds import configuring
from responder.feeds import status as feed_status
from responder.feeds.connectors import registry
from responder.incidents import failures
from responder.models import Event, Feed, Post, User
from responder.privacy import masking
from responder.queries import parts

View = Callable[..., HttpResponseBase]
EXCERPT, EVENTS = 300, 200
MOST_FAILED = 100  # posts that could not be grouped, on their page
FIELDS = ("name", "kind", "address", "channel", "terms", "event", "price", *configuring.LIMITS)
DIGITS = 18


def tells_refusals(view: View) -> View:
    """Decorate a view, to show our errors as a page."""

    @wraps(view)
    def telling(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except ResponderError as error:
            template = f"{error.status}.html" if error.status in (403, 404, 409, 429) else "400.html"
            page = render(request, template, {"title": error.title, "detail": str(error)}, status=error.status)
            if wait := getattr(error, "retry_after_s", None):
                page["Retry-After"] = str(wait)
            return page

    telling.required_ability = getattr(view, "required_ability", None)  # type: ignore[attr-defined]
    return telling


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """All feeds, the queue behind them, and what is missing."""
    return render(request, "feeds/index.html", _state(request))


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def state(request: HttpRequest) -> HttpResponse:
    """The part of the page that changes by itself."""
    return render(request, "feeds/_state.html", _state(request))


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def detail(request: HttpRequest, feed_id: int) -> HttpResponse:
    """One feed, its settings, its gaps and its bill."""
    feed = get_object_or_404(Feed.objects.select_related("event"), pk=feed_id)
    return render(request, "feeds/detail.html", {"shown": feed_status.one(feed), "may_lead": _may_lead(request)})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@roles.requires(roles.LEAD)
def new(request: HttpRequest) -> HttpResponse:
    """A form for a new feed."""
    if request.method != "POST":
        return _form(request, {"kind": request.GET.get("kind", "")}, None)
    try:
        feed = configuring.create(by=cast(User, request.user), fields=_fields(request))
    except NotPermitted:
        raise
    except ResponderError as error:
        return _form(request, _fields(request), None, error=error)
    messages.success(request, _("“%(name)s” is added. Start it to receive posts.") % {"name": feed.name})
    return HttpResponseRedirect(reverse("source", args=[feed.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@tells_refusals
@roles.requires(roles.LEAD)
def edit(request: HttpRequest, feed_id: int) -> HttpResponse:
    """A form for another configuration of a feed."""
    feed = get_object_or_404(Feed, pk=feed_id)
    if request.method != "POST":
        return _form(request, _written(feed), feed)
    version = request.POST.get("version", "")
    number = int(version) if version.isdecimal() and len(version) <= 9 else 0
    try:
        configuring.change(feed_id=feed_id, version=number, by=cast(User, request.user), fields=_fields(request))
    except ResponderError as error:
        return _form(request, _fields(request), feed, error=error)
    messages.success(request, _("The feed is saved."))
    return HttpResponseRedirect(reverse("source", args=[feed_id]))


@require_POST
@tells_refusals
@roles.requires(roles.LEAD)
def start(request: HttpRequest, feed_id: int) -> HttpResponse:
    """Start a feed."""
    feed = configuring.start(feed_id=feed_id, by=cast(User, request.user))
    messages.success(request, _("“%(name)s” will start within seconds.") % {"name": feed.name})
    return HttpResponseRedirect(reverse("source", args=[feed_id]))


@require_POST
@tells_refusals
@roles.requires(roles.LEAD)
def pause(request: HttpRequest, feed_id: int) -> HttpResponse:
    """Pause a feed."""
    feed = configuring.pause(feed_id=feed_id, by=cast(User, request.user))
    messages.success(
        request, _("“%(name)s” is paused. The time without posts is recorded as a gap.") % {"name": feed.name}
    )
    return HttpResponseRedirect(reverse("source", args=[feed_id]))


@require_safe
@never_cache
@roles.requires(roles.TRIAGE)
def set_aside(request: HttpRequest) -> HttpResponse:
    """Posts that could not be classified or grouped, and why."""
    rows = parts.paginate(request, Post.objects.filter(state=Post.State.QUARANTINED), "posts")
    shown = [{"post": post, "text": _excerpt(post.text), "error": _excerpt(post.error)} for post in rows.rows]
    failed = failures.set_aside().select_related("embedding__post")[:MOST_FAILED]
    ungrouped = [{"post": one.embedding.post, "text": _excerpt(one.embedding.post.text), "error": _excerpt(one.error),
                  "attempts": one.attempts} for one in failed]  # fmt: skip
    context = {"rows": shown, "part": rows, "ungrouped": ungrouped, "may_lead": _may_lead(request)}
    return render(request, "feeds/set_aside.html", context)


@require_POST
@tells_refusals
@roles.requires(roles.LEAD)
def retry(request: HttpRequest) -> HttpResponse:
    """Retry selected posts."""
    chosen = [int(text) for text in request.POST.getlist("post") if text.isdecimal() and len(text) <= DIGITS]
    count = quarantine.retry(post_ids=chosen, by=cast(User, request.user))
    wake_classifier()
    messages.success(
        request, ngettext("%(n)d post is tried again.", "%(n)d posts are tried again.", count) % {"n": count}
    )
    return HttpResponseRedirect(reverse("sources-set-aside"))


def _state(request: HttpRequest) -> dict[str, Any]:
    return {
        "feeds": feed_status.all_feeds(),
        "queue": feed_status.queue(),
        "gaps": feed_status.lost(),
        "may_lead": _may_lead(request),
        "may_triage": roles.allows(request.user, roles.TRIAGE),
    }


def _form(
    request: HttpRequest, values: dict[str, str], feed: Feed | None, *, error: ResponderError | None = None
) -> HttpResponse:
    """The form of a feed's kind, with what is wrong beside its field, or above the form where it is of no field."""
    kinds = registry.configurable()
    name = feed.kind if feed else values["kind"] if values["kind"] in kinds else next(iter(kinds))
    kind = registry.find(name)
    field = error.field if isinstance(error, configuring.InvalidSetting) else ""
    context = {
        "values": values, "feed": feed, "kind": name, "kind_label": registry.label(name),
        "kinds": [{"label": other.label, "url": f"?kind={key}", "current": key == name} for key, other in kinds.items()],
        "fields": [{"spec": one, "value": values.get(one.column, "")} for one in (kind.fields if kind else ())],
        "price": kind.price if kind else 0, "problem": str(error) if error else "", "problem_field": field,
        "events": [(str(event.pk), event.name) for event in Event.objects.all()[:EVENTS]],
    }  # fmt: skip
    return render(request, "feeds/form.html", context, status=error.status if error else 200)


def _fields(request: HttpRequest) -> dict[str, str]:
    return {name: request.POST.get(name, "") for name in FIELDS}


def _written(feed: Feed) -> dict[str, str]:
    """The feed's settings as the form shows them."""
    values = {name: str(getattr(feed, name) or "") for name in FIELDS if name not in ("terms", "event")}
    return values | {"terms": "\n".join(feed.terms), "event": str(feed.event_id or "")}


def _excerpt(text: str) -> str:
    masked = masking.mask(text)
    return masked if len(masked) <= EXCERPT else f"{masked[: EXCERPT - 1]}…"


def _may_lead(request: HttpRequest) -> bool:
    return roles.allows(request.user, roles.LEAD)
