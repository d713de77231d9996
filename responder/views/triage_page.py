"""The triage page: queue, item, and related posts and incidents."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from classifier import categories, clock
from classifier.categories import UNMEASURED
from responder import roles, terms
from responder.errors import Invalid
from responder.models import Post, User
from responder.queries import agreement, attachable, events, figures, items, nearby, posts, queue, reading
from responder.queries.queue import COUNT_LIMIT, TABS, Queue
from responder.translation import presenting as translations
from responder.triage import claims, snoozes
from responder.views.triage import user
from responder.web import live, problems, view_state

SELECTED_DIGITS = 18
INCIDENTS_SHOWN = 3
MOST_LANGUAGES = 20
SESSION = timedelta(hours=1)


@require_safe
@never_cache
@roles.requires(roles.TRIAGE)
def page(request: HttpRequest) -> HttpResponse:
    """The queue of a tab, with the item that `sel` names open, otherwise the first."""
    seen = view_state.from_request(request)
    cursor = live.cursor()  # before the rows, so that changes in between are repeated and never missed
    work = Queue.for_user(seen.filter, seen.event, user(request))
    tab, notices = _tab(request)
    found = work.page(tab)
    shown = _rows(work, tab, found.posts)
    chosen = _selected(request)
    context = {
        "event": events.present(seen.event),
        "filters": seen.filter,
        "notices": [*seen.notices, *notices, *_permission_notices(request, seen), *_left_out(work)],
        "tab": tab,
        "tabs": _tabs(seen, work.counts(), tab),
        "groups": _groups(seen, tab),
        "items": shown,
        "next_cursor": found.next_cursor,
        "named": chosen is not None,
        "narrowed": bool(replace(seen.filter, event="").querystring()),
        "all_categories": [items.category(category_id) for category_id in categories.offered_ids()],
        "all_severities": _severities(),
        "keep": _keep(seen, tab),
        "session": _session(request),
        "reading": _reading(request, seen, work, tab),
        "live": {"cursor": cursor, "url": reverse("live-stream"), "poll_url": reverse("live-changes")},
        **_opened(chosen or next(iter(found.posts), None), user(request)),
    }
    return render(request, "triage/index.html", context)


@require_safe
@never_cache
@roles.requires(roles.TRIAGE)
def rows(request: HttpRequest) -> HttpResponse:
    """The next rows of the list, as HTML."""
    seen = view_state.from_request(request)
    work, (tab, _notices) = Queue.for_user(seen.filter, seen.event, user(request)), _tab(request)
    try:
        found = work.page(tab, cursor=request.GET.get("cursor", ""))
    except Invalid as error:
        return problems.from_error(error)
    shown = _rows(work, tab, found.posts)
    context = {"items": shown, "next_cursor": found.next_cursor, "keep": _keep(seen, tab)}
    return render(request, "triage/_rows.html", context)


@require_safe
@never_cache
@roles.requires(roles.TRIAGE)
def counts(request: HttpRequest) -> HttpResponse:
    """The tabs' counts and this person's pace, for an open page."""
    seen = view_state.from_request(request)
    found = Queue.for_user(seen.filter, seen.event, user(request)).counts()
    return JsonResponse({"tabs": {tab: _count(number) for tab, number in found.items()}, "pace": _pace(request)})


@require_safe
@never_cache
@roles.requires(roles.TRIAGE)
def item(request: HttpRequest, post_id: int) -> HttpResponse:
    """One post in full, as HTML."""
    return render(request, "triage/_item.html", _opened(_post(request, post_id), user(request)))


@require_safe
@never_cache
@roles.requires(roles.TRIAGE)
def beside(request: HttpRequest, post_id: int) -> HttpResponse:
    """Context of a post as HTML: candidate incidents, copies of its text, posts nearby."""
    post = _post(request, post_id)
    choice = (
        attachable.choice_for(post.pk, post.event, place=post.place_name, most=INCIDENTS_SHOWN, reader=request.user)
        if post.event
        else None
    )
    context = {"post": post, "copies": nearby.copies(post), "near": nearby.around(post), "incidents": choice}
    return render(request, "triage/_beside.html", context)


def _permission_notices(request: HttpRequest, seen: view_state.ViewState) -> list[str]:
    """That the queue is empty because this person only views the event."""
    may = seen.event is None or roles.allows_in(request.user, roles.TRIAGE, seen.event)
    return [] if may else [_("Your role doesn't let you review posts of this event.")]


def _left_out(work: Queue) -> list[str]:
    """That the area leaves out unreviewed posts without a location; empty where it leaves out none."""
    return figures.left_out_by_area(replace(work.filter, status="review"), work.event).notices


def _post(request: HttpRequest, post_id: int) -> Post:
    post = next(iter(posts.with_related(posts.visible(user(request), roles.TRIAGE)).filter(pk=post_id)), None)
    if post is None:
        raise Http404
    return post


def _selected(request: HttpRequest) -> Post | None:
    requested = request.GET.get("sel", "")
    if not (requested.isdecimal() and len(requested) <= SELECTED_DIGITS):
        return None
    return next(iter(posts.with_related(posts.visible(user(request), roles.TRIAGE)).filter(pk=int(requested))), None)


def _opened(post: Post | None, reader: User) -> dict[str, Any]:
    if post is None:
        return {"item": None}
    shown = items.in_full(post)
    translations.add([shown], reader)
    _count_copies([shown], [post])
    chosen = [items.category(category_id) for category_id in categories.offered_ids()]
    return {"item": shown, "can_triage": True, "queue": True, "categories": chosen, "severities": _severities()}


def _severities() -> list[dict[str, Any]]:
    return [{"level": level, "word": word} for level, word in items.SEVERITY_WORDS.items()]


def _keep(seen: view_state.ViewState, tab: str) -> str:
    """The beginning of the query string of links that open an item without scripts."""
    query = seen.query()
    return "&".join(part for part in (query, f"tab={tab}") if part) + "&"


def _rows(work: Queue, tab: str, found: list[Post]) -> list[items.Item]:
    """Items of the list with their claims and snoozes; a fixed number of queries."""
    shown = items.present_all(found)
    translations.add(shown, work.user)
    if tab != "done":
        _count_copies(shown, found)
    held = {claim.post_id: claim.user for claim in claims.of_others(work.user, [post.pk for post in found])}
    asleep = {(row.event_id, row.text_key): row for row in work.snoozed}
    for row, post in zip(shown, found, strict=True):
        row["claimed_by"] = held.get(post.pk)
        snooze = asleep.get((post.event_id or 0, post.text_key))
        row["snoozed"] = f"{snoozes.words(snooze)} · {snooze.by.display_name}" if snooze else ""
    return shown


def _count_copies(shown: list[items.Item], found: list[Post]) -> None:
    """Set each item's number of copies, which a decision covers."""
    copies = queue.open_copies(found)
    for row, post in zip(shown, found, strict=True):
        if post.status == Post.Status.UNREVIEWED:
            row["duplicates"] = max(0, copies.get((post.event_id, post.text_key), 1) - 1)


def _tab(request: HttpRequest) -> tuple[str, list[str]]:
    """(the tab, notices); a link from another page may carry the filter's `status` instead."""
    requested = request.GET.get("tab", "")[:20]
    if requested in TABS:
        return requested, []
    fallback = "done" if request.GET.get("status") == "done" else "review"
    return fallback, [_("This tab does not exist. Showing posts for review.")] if requested else []


def _tabs(seen: view_state.ViewState, numbers: dict[str, int], current: str) -> list[dict[str, Any]]:
    labels = {
        "review": _("For review"), UNMEASURED: _("Languages we can't read yet"), "mine": _("Mine"), "uncertain": _("Uncertain"), "snoozed": _("Snoozed"),
        "done": _("Done"),
    }  # fmt: skip
    return [
        {"id": tab, "label": labels[tab], "count": _count(numbers[tab]), "current": tab == current,
         "url": _url(seen, tab)}
        for tab in TABS
    ]  # fmt: skip


def _reading(request: HttpRequest, seen: view_state.ViewState, work: Queue, tab: str) -> dict[str, Any]:
    """Posts that the model can't read, by language, with how many people read it; those that this person reads first of all.

    Empty where it says nothing: on other tabs, for a person whose profile names no languages.
    """
    person = user(request)
    is_unread_tab = tab == UNMEASURED
    if seen.event is None or not (person.reads or is_unread_tab):
        return {}
    own = reading.own_filter(person)
    number = work.unread_in(own) if person.reads else 0
    found, _more = reading.unread(seen.event, person) if is_unread_tab else ([], False)
    shown = [
        {"name": one.name, "count": one.count, "readers": one.readers, "url": _url(seen, UNMEASURED, lang=one.code or "und"),
         "is_current": seen.filter.lang == (one.code or "und")}
        for one in found[:MOST_LANGUAGES]
    ]  # fmt: skip
    return {
        "own_number": number, "own_count": _count(number) if number else "", "own_url": _url(seen, UNMEASURED, lang=own),
        "all_url": _url(seen, tab, lang=""), "is_own": seen.filter.lang == own and bool(person.reads), "languages": shown,
        "offer_profile": is_unread_tab and not person.reads,
    }  # fmt: skip


def _groups(seen: view_state.ViewState, tab: str) -> list[dict[str, Any]]:
    return [
        {
            "id": group,
            "label": terms.group(group),
            "glyph": categories.GROUP_GLYPHS[group],
            "active": group in seen.filter.groups,
            "toggle_url": _url(seen, tab, groups=seen.filter.toggled(group).groups),
        }
        for group in categories.GROUPS
    ]


def _url(seen: view_state.ViewState, tab: str, **changes: Any) -> str:
    query = replace(seen, filter=replace(seen.filter, status="all")).query(**changes)
    parts = [query, "" if tab == "review" else f"tab={tab}"]
    return reverse("triage") + "?" + "&".join(part for part in parts if part)


def _count(number: int) -> str:
    return f"{COUNT_LIMIT}+" if number > COUNT_LIMIT else str(number)


def _session(request: HttpRequest) -> dict[str, Any]:
    opinions = agreement.second_opinions(user(request))
    return {"pace": _pace(request), "opinions": opinions}


def _pace(request: HttpRequest) -> int:
    """The number of this person's decisions in the last hour."""
    return queue.decided_by(user(request), clock.now() - SESSION)
