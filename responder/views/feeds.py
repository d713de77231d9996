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
from responder.errors import Invalid, NotPermitted, ResponderError
from responder.feeds import configuring, deleting, estimating, keywords, testing
from responder.feeds import status as feed_status
from responder.feeds.connectors import registry
from responder.feeds.forms import FeedForm, initial, kept_settings, switched
from responder.field_reports import status as report_status
from responder.forms import version
from responder.hazards import status as hazard_status
from responder.incidents import failures
from responder.models import Event, Feed, Post, User
from responder.privacy import masking
from responder.queries import events, parts

View = Callable[..., HttpResponseBase]
EXCERPT, EVENTS = 300, 200
MOST_FAILED = 100  # posts that could not be grouped, on their page
DIGITS = 18
GROUPS = (keywords.WORD, keywords.PLACE)


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
    """One feed, its settings, its gaps and its bill; for those who may change it, its last test."""
    rows = roles.within(Feed.objects.select_related("event"), roles.events_of(request.user, roles.VIEW))
    return _detail(request, get_object_or_404(rows, pk=feed_id))


def _detail(request: HttpRequest, feed: Feed, *, status: int = 200, refused: str = "") -> HttpResponse:
    may_manage = roles.allows_in(request.user, roles.MANAGE_SOURCES, feed.event_id)
    shown = feed_status.one(feed)
    context: dict[str, Any] = {"shown": shown, "may_manage": may_manage, "refused": refused}
    if may_manage:
        context |= _tested(feed, shown) | {"most_cost": testing.most_cost(feed), "ends_checks": False}
        if not feed.wanted:
            context["ends_checks"] = deleting.ends_deletion_checks(feed)
    return render(request, "feeds/detail.html", context, status=status)


def _tested(feed: Feed, shown: dict[str, Any]) -> dict[str, Any]:
    """The last test of a feed, and what it will probably read and cost."""
    test = testing.latest(feed)
    return {
        "found": testing.shown(test) if test else None, "estimate": estimating.of_feed(feed, test), "shown": shown,
    }  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@roles.requires(roles.MANAGE_SOURCES)
def test(request: HttpRequest, feed_id: int) -> HttpResponse:
    """Ask for a test of a feed; on GET the part of the page that changes while it runs."""
    feed = get_object_or_404(roles.within(Feed.objects.select_related("event"), _manageable(request)), pk=feed_id)
    if request.method != "POST":
        return render(request, "feeds/_test.html", _tested(feed, feed_status.one(feed)))
    try:
        testing.ask(feed_id=feed_id, by=cast(User, request.user), agreed=bool(request.POST.get("agreed")))
    except ResponderError as error:
        return _detail(request, feed, status=error.status, refused=str(error))
    return HttpResponseRedirect(reverse("source", args=[feed_id]) + "#test-h")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@roles.requires(roles.MANAGE_SOURCES)
def new(request: HttpRequest) -> HttpResponse:
    """A form for a new feed; choosing another kind keeps what was typed."""
    switch_to = request.POST.get("switch_to", "")
    kind = _kind(switch_to or request.POST.get("kind", "") or request.GET.get("kind", ""))
    if request.method == "POST" and not switch_to and _is_building(request):
        return _building(request, kind)
    if request.method != "POST" or switch_to:
        values, kept = switched(request.POST.dict(), before=request.POST.get("kind", ""), after=kind)
        blank = FeedForm(kind=registry.find(kind), events=_events(request), initial=values, kept=kept)
        return _form(request, blank, kind)
    form = FeedForm(request.POST, kind=registry.find(kind), events=_events(request))
    try:
        feed = configuring.create(by=cast(User, request.user), fields=form.sent)
    except NotPermitted:
        raise
    except ResponderError as error:
        form.refuse(error)
        return _form(request, form, kind, status=error.status)
    messages.success(request, _("“%(name)s” is added. Test it, then start it to receive posts.") % {"name": feed.name})
    return HttpResponseRedirect(reverse("source", args=[feed.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@tells_refusals
@roles.requires(roles.MANAGE_SOURCES)
def edit(request: HttpRequest, feed_id: int) -> HttpResponse:
    """A form for another configuration of a feed."""
    feed = get_object_or_404(roles.within(Feed.objects.all(), _manageable(request)), pk=feed_id)
    kind, person = registry.find(feed.kind), cast(User, request.user)
    if request.method != "POST":
        shown = FeedForm(kind=kind, events=_events(request, feed), feed=feed, initial=initial(feed))
        return _form(request, shown, feed.kind, feed)
    if _is_building(request):
        return _building(request, feed.kind, feed)
    form = FeedForm(request.POST, kind=kind, events=_events(request, feed), feed=feed)
    if not form.is_valid():
        return _form(request, form, feed.kind, feed, status=Invalid.status)
    try:
        configuring.change(feed_id=feed_id, version=form.cleaned_data["version"], by=person, fields=form.sent)
    except ResponderError as error:
        form.refuse(error)
        return _form(request, form, feed.kind, feed, status=error.status)
    messages.success(request, _("The feed is saved."))
    return HttpResponseRedirect(reverse("source", args=[feed_id]))


@require_POST
@tells_refusals
@roles.requires(roles.MANAGE_SOURCES)
def start(request: HttpRequest, feed_id: int) -> HttpResponse:
    """Start a feed."""
    feed = configuring.start(feed_id=feed_id, by=cast(User, request.user))
    messages.success(request, _("“%(name)s” will start within seconds.") % {"name": feed.name})
    return HttpResponseRedirect(reverse("source", args=[feed_id]))


@require_POST
@tells_refusals
@roles.requires(roles.MANAGE_SOURCES)
def pause(request: HttpRequest, feed_id: int) -> HttpResponse:
    """Pause a feed."""
    feed = configuring.pause(feed_id=feed_id, by=cast(User, request.user))
    messages.success(
        request, _("“%(name)s” is paused. The time without posts is recorded as a gap.") % {"name": feed.name}
    )
    return HttpResponseRedirect(reverse("source", args=[feed_id]))


@require_POST
@tells_refusals
@roles.requires(roles.MANAGE_SOURCES)
def delete(request: HttpRequest, feed_id: int) -> HttpResponse:
    """Delete a paused feed; its posts stay."""
    loaded = version(request.POST.get("version", ""))
    name = deleting.delete(feed_id=feed_id, version=loaded, by=cast(User, request.user))
    messages.success(request, _("“%(name)s” is deleted. The posts that it brought are kept.") % {"name": name})
    return HttpResponseRedirect(reverse("sources"))


@require_safe
@never_cache
@roles.requires(roles.TRIAGE)
def set_aside(request: HttpRequest) -> HttpResponse:
    """Posts that could not be classified or grouped, and why."""
    reviewable = roles.events_of(request.user, roles.TRIAGE)
    quarantined = roles.within(Post.objects.filter(state=Post.State.QUARANTINED), reviewable)
    rows = parts.paginate(request, quarantined, "posts")
    shown = [{"post": post, "text": _excerpt(post.text), "error": _excerpt(post.error)} for post in rows.rows]
    failures_seen = roles.within(failures.set_aside(), reviewable, "embedding__post__event")
    failed = failures_seen.select_related("embedding__post")[:MOST_FAILED]
    ungrouped = [{"post": one.embedding.post, "text": _excerpt(one.embedding.post.text), "error": _excerpt(one.error),
                  "attempts": one.attempts} for one in failed]  # fmt: skip
    context = {"rows": shown, "part": rows, "ungrouped": ungrouped, "may_manage": _may_manage(request)}
    return render(request, "feeds/set_aside.html", context)


@require_POST
@tells_refusals
@roles.requires(roles.MANAGE_SOURCES)
def retry(request: HttpRequest) -> HttpResponse:
    """Retry selected posts."""
    chosen = [int(text) for text in request.POST.getlist("post") if text.isdecimal() and len(text) <= DIGITS]
    count = quarantine.retry(post_ids=chosen, by=cast(User, request.user))
    wake_classifier()
    messages.success(
        request, ngettext("%(n)d post will be retried.", "%(n)d posts will be retried.", count) % {"n": count}
    )
    return HttpResponseRedirect(reverse("sources-set-aside"))


def _state(request: HttpRequest) -> dict[str, Any]:
    visible_events = roles.events_of(request.user, roles.VIEW)
    return {
        "feeds": feed_status.all_feeds(visible_events),
        "queue": feed_status.queue(visible_events),
        "gaps": feed_status.lost(visible_events),
        "channels": report_status.all_channels(visible_events),
        "typed_kinds": report_status.typed_kinds(visible_events),
        "hazard_sources": hazard_status.all_sources(),
        "may_manage_hazards": roles.allows_in(request.user, roles.MANAGE_SOURCES, None),
        "may_manage": _may_manage(request),
        "may_administer": roles.allows_in(request.user, roles.ADMINISTER, None),
        "may_triage": roles.allows(request.user, roles.TRIAGE),
    }


def _is_building(request: HttpRequest) -> bool:
    """Whether a button of the keyword builder was pressed; nothing is saved then."""
    return "suggest" in request.POST or "add_words" in request.POST


def _building(request: HttpRequest, name: str, feed: Feed | None = None) -> HttpResponse:
    """The form with suggestions of keywords, and with those that were ticked."""
    kind, values = registry.find(name), request.POST.dict()
    spec = next((one for one in kind.fields if one.most_lines), None) if kind else None
    if kind and spec and "add_words" in request.POST:
        chosen = {group: keywords.ticked(request.POST.getlist(group), spec.max_length) for group in GROUPS}
        lines = [line.strip() for line in values.get(spec.column, "").splitlines() if line.strip()]
        added = kind.compose(chosen[keywords.WORD], chosen[keywords.PLACE])
        values[spec.column] = "\n".join(dict.fromkeys([*lines, *added]))
    form = FeedForm(kind=kind, events=_events(request, feed), feed=feed, initial=values, kept=kept_settings(values))
    number = values.get("event", "")
    rows = roles.within(Event.objects.all(), _manageable(request), "pk")
    event = rows.filter(pk=int(number)).first() if number.isdecimal() and len(number) <= DIGITS else None
    shown: dict[str, Any] = {"building": True, "event_chosen": event}
    if event and kind and spec:
        shown["suggestions"] = keywords.suggest(event, stems=not kind.whole_words)
    if kind and kind.preview and spec:
        draft = Feed(kind=name, address=values.get("address", "")[:255], channel=values.get("channel", "")[:100].lstrip("#"),
                     terms=[line.strip() for line in values.get(spec.column, "").splitlines() if line.strip()])  # fmt: skip
        shown["preview"] = kind.preview(draft)
    return _form(request, form, name, feed, **shown)


def _form(
    request: HttpRequest, form: FeedForm, kind: str, feed: Feed | None = None, *, status: int = 200, **shown: Any
) -> HttpResponse:
    context = {
        "form": form, "feed": feed, "kind": kind, "kind_label": registry.label(kind),
        "kinds": [
            {"name": name, "label": other.label, "current": name == kind}
            for name, other in registry.configurable().items()
        ],
    }  # fmt: skip
    return render(request, "feeds/form.html", context | shown, status=status)


def _kind(name: str) -> str:
    """The kind of this name, or the first one that people can add."""
    kinds = registry.configurable()
    return name if name in kinds else next(iter(kinds))


def _events(request: HttpRequest, feed: Feed | None = None) -> list[Event]:
    """The events that a feed can bring posts into, and the one that it is set to, even if that is closed."""
    found = list(roles.within(events.open_events(), _manageable(request), "pk")[:EVENTS])
    return [*found, feed.event] if feed and feed.event and feed.event not in found else found


def _manageable(request: HttpRequest) -> frozenset[int] | None:
    return roles.events_of(request.user, roles.MANAGE_SOURCES)


def _excerpt(text: str) -> str:
    masked = masking.mask(text)
    return masked if len(masked) <= EXCERPT else f"{masked[: EXCERPT - 1]}…"


def _may_manage(request: HttpRequest) -> bool:
    return roles.allows(request.user, roles.MANAGE_SOURCES)
