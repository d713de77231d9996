"""Pages of incidents: the list, one incident, and its actions, all of which work as plain forms."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, cast

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from responder import basemaps, chosen_place, roles
from responder.errors import Conflict, Invalid, NotPermitted, ResponderError
from responder.forms import ProductForm, is_number, number, numbers
from responder.hazards.presenting import supporting_lines
from responder.incidents import base, corroboration, forms, handling, membership, merging, suggesting, undoing
from responder.incidents.forms import EditForm, MergePreviewForm, OpenForm, SplitForm
from responder.models import Incident, IncidentFollower, IncidentSuggestion, Post, Team, User
from responder.privacy.masking import mask, point
from responder.queries import attachable, clocks, events, facts, freshness, incidents, items
from responder.translation import presenting as translations
from responder.views.incident_actions import ACTIONS
from responder.web import problems, rule_links, view_state

RECHECK_COUNTED = 1_000
SUGGESTED, DISMISSED = 20, 5  # suggested incidents that the list shows
FACT_POSTS, NEED_POSTS = 20, 5  # posts that a fact and a need list
CANDIDATES = 6  # places of its posts that an incident's page offers


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """Incidents that pass the filter, the most severe first."""
    seen = view_state.from_request(request)
    incident_filter, notices = incidents.IncidentFilter.parse(request.GET)
    newest = incidents.newest(
        seen.filter.visible_events
    )  # before the rows, so that incidents opened in between are announced as new
    matching = incidents.matching(incident_filter, seen.event, seen.filter.visible_events, cast(User, request.user))
    try:
        page = incidents.page(matching, cursor=request.GET.get("cursor", ""))
    except Invalid as error:
        notices.append(str(error))
        page = incidents.page(matching)
    context = {
        "event": events.present(seen.event),
        "incident_filter": incident_filter,
        "states": _choices(request, incident_filter, "status", _states()),
        "whose": _choices(request, incident_filter, "whose", _whose()),
        "severities": _severities(request, incident_filter),
        "verifications": Incident.Verification.choices,
        "notices": [*notices, *seen.notices],
        "incidents": [incidents.present(one) for one in page.incidents],
        "next_url": _here(request, incident_filter, cursor=page.next_cursor) if page.next_cursor else "",
        "first_url": _here(request, incident_filter) if request.GET.get("cursor") else "",
        "clear_url": _here(request, incidents.IncidentFilter())
        if incident_filter != incidents.IncidentFilter()
        else "",
        "news_url": f"{reverse('incident-news')}?{request.GET.urlencode()}",
        "newest": newest,
        "exports": _exports(request, incident_filter),
        "export_rows": matching.count(),
        "now_url": _here(request, incident_filter),
        "rule_url": rule_links.new_rule_url(
            request.user, seen.event, kind="unanswered", severity=str(max(incident_filter.severities, default=4))
        ),
        "to_recheck": freshness.to_recheck(seen.event, seen.filter.visible_events)[:RECHECK_COUNTED].count(),
        "suggestions": _suggestions(request, suggesting.waiting, seen, SUGGESTED),
        "dismissed": _suggestions(request, suggesting.dismissed, seen, DISMISSED),
    }
    return render(request, "incidents/index.html", context)


def _suggestions(
    request: HttpRequest,
    listed: Callable[..., QuerySet[IncidentSuggestion]],
    seen: view_state.ViewState,
    most: int,
) -> list[dict[str, Any]]:
    """The newest suggestions as the list shows them, for people who may open or dismiss them."""
    visible_events = roles.events_of(request.user, roles.TRIAGE)
    if not roles.allows(request.user, roles.TRIAGE):
        return []
    rows = listed(visible_events, event_id=seen.event.pk if seen.event else None)
    return [incidents.present_suggestion(one) for one in rows[:most]]


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def news(request: HttpRequest) -> HttpResponse:
    """The number of incidents of the filter opened after number `after`."""
    incident_filter, _notices = incidents.IncidentFilter.parse(request.GET)
    after = number(request.GET.get("after", "0"))
    seen = view_state.from_request(request)
    found = incidents.matching(incident_filter, seen.event, seen.filter.visible_events, cast(User, request.user))
    return JsonResponse({"new": incidents.newer(found, after)})


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def detail(request: HttpRequest, ref: str) -> HttpResponse:
    """One incident; a merged one redirects to the incident that took it in."""
    incident = _incident(request, ref)
    if incident.merged_into:
        messages.info(request, _("%(ref)s was merged into this incident.") % {"ref": incident.ref})
        return HttpResponseRedirect(reverse("incident", args=[incident.merged_into.ref]))
    return _page(request, incident)


@require_POST
@roles.requires(roles.VIEW)
def act(request: HttpRequest, ref: str, verb: str) -> HttpResponse:
    """Apply an action to an incident; the action checks the person's permission."""
    incident = _incident(request, ref)
    action = ACTIONS.get(verb)
    if action is None:
        raise Http404
    form = action.form(request.POST, name=verb)
    if isinstance(form, EditForm):
        form = EditForm(request.POST, name=form.part)
    try:
        base.permitted_in(cast(User, request.user), action.ability, incident.event_id, missing="")
    except NotPermitted as error:
        return _refused(request, incident, error)
    try:
        form.submit(action.work, incident_id=incident.pk, by=request.user)
    except Conflict as error:
        return _conflict(request, incident, error)
    except ResponderError as error:
        return _refused(request, incident, error, form)
    if _wants_json(request):
        return JsonResponse({"ref": incident.ref, "version": _incident(request, ref).version})
    messages.success(request, f"{incident.ref}: {action.done}" if _after(request) else str(action.done))
    return HttpResponseRedirect(_after(request) or reverse("incident", args=[incident.ref]))


@require_POST
@roles.requires(roles.TRIAGE)
def create(request: HttpRequest) -> HttpResponse:
    """Open an incident with posts."""
    form = OpenForm(request.POST)
    try:
        incident = form.submit(membership.create, by=request.user)
    except ResponderError as error:
        if _wants_json(request):
            return problems.from_error(error)
        if refused := _pick_page(request, form, status=error.status):
            return refused
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("incidents"))
    if _wants_json(request):
        return JsonResponse({"ref": incident.ref, "url": reverse("incident", args=[incident.ref])}, status=201)
    messages.success(request, _("Opened %(ref)s.") % {"ref": incident.ref})
    return HttpResponseRedirect(reverse("incident", args=[incident.ref]))


@require_safe
@never_cache
@roles.requires(roles.TRIAGE)
def pick(request: HttpRequest) -> HttpResponse:
    """Attach one post to an incident, or open one with it."""
    page = _pick_page(request, OpenForm(initial={"post": request.GET.getlist("post")}))
    if page is None:
        raise Http404
    return page


@require_safe
@never_cache
@roles.requires(roles.LEAD)
def preview_merge(request: HttpRequest, ref: str) -> HttpResponse:
    """Preview merging into `into`."""
    incident, form = _incident(request, ref), MergePreviewForm(request.GET, name="merge")
    try:
        preview = form.submit(merging.preview_merge, incident_id=incident.pk, by=request.user)
    except ResponderError as error:
        return _refused(request, incident, error, form)
    into = form.cleaned_data["into"]
    rows = incidents.compared(incident, into, preview.changes)
    context = {
        "incident": incidents.present(incident),
        "into": incidents.present(into),
        "preview": preview,
        "rows": rows,
    }
    return render(request, "incidents/merge.html", context | {"event": events.present(incident.event)})


@require_safe
@never_cache
@roles.requires(roles.LEAD)
def preview_split(request: HttpRequest, ref: str) -> HttpResponse:
    """Preview splitting off the selected posts."""
    incident = _incident(request, ref)
    try:
        chosen = numbers(request.GET, "post")
        return _split_page(
            request, incident, SplitForm(name="split", initial={"post": chosen, "version": incident.version}), chosen
        )
    except ResponderError as error:
        return _refused(request, incident, error)


def _split_page(
    request: HttpRequest, incident: Incident, form: SplitForm, chosen: list[int], *, status: int = 200
) -> HttpResponse:
    """The preview of a split, with the form for its title. Raises as `preview_split`."""
    preview = merging.preview_split(incident_id=incident.pk, post_ids=chosen, by=cast(User, request.user))
    fields = incidents.inherited(incident, preview.changes)
    context = {"incident": incidents.present(incident), "form": form, "preview": preview, "fields": fields}
    return render(request, "incidents/split.html", context | {"event": events.present(incident.event)}, status=status)


def _pick_page(request: HttpRequest, form: OpenForm, *, status: int = 200) -> HttpResponse | None:
    """The page to attach the form's post, or to open an incident with it; None unless the form has one existing post."""
    posts = form["post"].value() or []
    item = items.find(int(posts[0]), request.user) if len(posts) == 1 and is_number(posts[0]) else None
    if item is None or not roles.allows_in(request.user, roles.TRIAGE, item["event_id"]):
        return None
    seen = view_state.from_request(request)
    place = item["place"]["name"] if item["place"] else ""
    title = request.GET.get("title", "")[:100]
    choice = attachable.choice_for(item["id"], seen.event, place=place, title=title, reader=request.user)
    context = {
        "event": events.present(seen.event), "item": item, "form": form,
        "member": incidents.present(choice.member) if choice.member else None,
        "candidates": choice.candidates, "place": place, "q": title,
    }  # fmt: skip
    return render(request, "incidents/pick.html", context, status=status)


def _page(
    request: HttpRequest, incident: Incident, *, status: int = 200, form: ProductForm | None = None, **more: Any
) -> HttpResponse:
    """The page of an incident; `form` is the one that was refused."""
    reader = cast(User, request.user)
    posts = incidents.newest_posts(incident, corroboration.LOOKED_AT)
    shown, next_evidence = incidents.evidence(incident, before=number(request.GET.get("before", "0")))
    suggested, _more = incidents.evidence(incident, state="suggested")
    translations.add([group["item"] for group in (*shown, *suggested)], reader)
    entries, next_entry = incidents.timeline(incident, before=number(request.GET.get("entry", "0")))
    followers = list(incident.followers.filter(follows=True).select_related("user")[:50])
    mine = IncidentFollower.objects.filter(incident=incident, user=request.user.pk).first()
    reported = incidents.needs_reported(posts)
    can_lead = roles.allows_in(request.user, roles.LEAD, incident.event_id)
    people = incidents.assignable(incident) if can_lead else []
    teams = list(Team.objects.filter(event=incident.event_id, is_active=True)[:200]) if can_lead else []
    linked = incidents.linked(incident)
    can_work = roles.allows_in(request.user, roles.TRIAGE, incident.event_id)
    shown_forms = forms.page_forms(incident, reader, people, teams, form, may_edit=can_work, suggested=bool(linked))
    context = {
        "event": events.present(incident.event),
        "event_bbox": chosen_place.bbox_text(incident.event),
        "place_candidates": _candidates(posts) if can_work else [],
        "incident": incident,
        "shown": incidents.present(incident),
        "clocks": clocks.of(incident),
        "descriptions": incidents.descriptions(incident, reader),
        "evidence": shown,
        "next_evidence": next_evidence,
        "suggested": suggested,
        "entries": [
            {
                "entry": one,
                "note": incidents.as_readable(one.note, reader, incident),
                "can_undo": undoing.can_undo(one, reader),
            }
            for one in entries
        ],
        "next_entry": next_entry,
        "mixture": incidents.mixture(posts),
        "looked_at": len(posts),
        "needs": [
            {
                "field": shown_forms["needs"][forms.NEED + need],
                "reported": len(reported.get(need, [])),
                "posts": reported.get(need, [])[:NEED_POSTS],
            }
            for need in handling.NEEDS
        ],
        "reasons": corroboration.reasons(posts),
        "official": supporting_lines(incident),
        "facts": [
            {"stated": one, "words": facts.words_for(one), "posts": one.facts[:FACT_POSTS]}
            for one in facts.stated(incident)
        ],
        "contradiction": _contradiction(incident),
        "linked": linked,
        "followers": followers,
        "mine": mine,
        "can_work": can_work,
        "can_lead": can_lead,
        "forms": shown_forms,
        "conflict": None,
        "refused": [],
        "basemaps": basemaps.files_for(incident.event),
    }
    return render(request, "incidents/detail.html", context | more, status=status)


def _contradiction(incident: Incident) -> dict[str, Any] | None:
    """The post that tells of the end of the incident, which nobody has checked; masked."""
    post = incident.contradicted_by if freshness.is_contradicted(incident) else None
    return {"id": post.pk, "text": mask(post.text), "lang": post.lang} if post else None


def _candidates(posts: Sequence[Post]) -> list[dict[str, Any]]:
    """The places of the incident's newest posts, for the place picker; each place once, the most frequent first."""
    places = Counter(
        (post.place_name, *point(post.latitude, post.longitude, post.radius_km), post.radius_km)
        for post in posts
        if post.located
    )
    return [
        {"name": name or _("Coordinates"), "latitude": latitude, "longitude": longitude, "radius_km": radius_km,
         "detail": ngettext("%(count)d post", "%(count)d posts", count) % {"count": count}}
        for (name, latitude, longitude, radius_km), count in places.most_common(CANDIDATES)
    ]  # fmt: skip


def _conflict(request: HttpRequest, incident: Incident, error: Conflict) -> HttpResponse:
    """The conflict page: both versions, none preselected, with what this person entered."""
    if _wants_json(request):
        return problems.from_error(error, by=error.by, what=error.what, version=error.version)
    again = [
        (key, value)
        for key in request.POST
        if key not in ("csrfmiddlewaretoken", "version")
        for value in request.POST.getlist(key)
    ]
    conflict = {
        "by": error.by,
        "what": error.what,
        "at": error.at,
        "version": error.version,
        "url": request.path,
        "again": again,
    }
    return _page(request, _incident(request, incident.ref), status=409, conflict=conflict)


def _refused(
    request: HttpRequest, incident: Incident, error: ResponderError, form: ProductForm | None = None
) -> HttpResponse:
    """The page that shows a refused form with what was typed: the preview of a split, otherwise the incident's."""
    if _wants_json(request):
        return problems.from_error(error)
    if isinstance(form, SplitForm) and form.is_bound and "post" in form.cleaned_data:
        try:
            return _split_page(request, incident, form, form.cleaned_data["post"], status=error.status)
        except ResponderError:
            pass  # these posts can't be split off any more; the incident's page says why
    refused = [str(error)] if form is None or isinstance(form, SplitForm) else form.top_errors
    return _page(request, _incident(request, incident.ref), status=error.status, form=form, refused=refused)


def _after(request: HttpRequest) -> str:
    """The board that a form was sent from, as its `next` says; empty for the incident's own page."""
    target = request.POST.get("next", "")
    is_board = target == reverse("response") or target.startswith(f"{reverse('response')}?")
    return target if is_board and url_has_allowed_host_and_scheme(target, None) else ""


def _wants_json(request: HttpRequest) -> bool:
    return "text/html" not in request.headers.get("Accept", "text/html")


def _incident(request: HttpRequest, ref: str) -> Incident:
    incident = incidents.by_ref(ref, roles.events_of(request.user, roles.VIEW))
    if incident is None:
        raise Http404
    return incident


def _states() -> list[tuple[str, str]]:
    shown = [(value, str(label)) for value, label in Incident.Status.choices]
    return [("active", _("Active")), ("unanswered", _("Unanswered")), *shown, ("all", _("All"))]


def _whose() -> list[tuple[str, str]]:
    return [("", _("Anyone")), ("mine", _("Mine")), ("unowned", _("Unassigned")), ("followed", _("Followed"))]


def _choices(
    request: HttpRequest, incident_filter: incidents.IncidentFilter, name: str, choices: list[tuple[str, str]]
) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "current": getattr(incident_filter, name) == value,
            "url": _here(request, incident_filter, **{name: value}),
        }
        for value, label in choices
    ]


def _severities(request: HttpRequest, incident_filter: incidents.IncidentFilter) -> list[dict[str, Any]]:
    return [
        {
            "level": level,
            "label": word,
            "current": level in incident_filter.severities,
            "url": _here(request, incident_filter, severities=tuple(sorted(set(incident_filter.severities) ^ {level}))),
        }
        for level, word in items.SEVERITY_WORDS.items()
    ]


def _exports(request: HttpRequest, incident_filter: incidents.IncidentFilter) -> list[tuple[str, str]]:
    """The export formats for this filter's incidents, with their URLs."""
    labels = {
        "csv": _("CSV"), "xlsx": _("Excel"), "hxl": _("CSV with HXL tags"), "hxl-xlsx": _("Excel with HXL tags"),
        "5w": _("5W table (CSV with HXL tags)"), "5w-xlsx": _("5W table (Excel with HXL tags)"), "geojson": _("GeoJSON"),
        "kml": _("KML"),
    }  # fmt: skip
    query = "&".join(part for part in (view_state.from_request(request).query(), incident_filter.querystring()) if part)
    return [(label, f"{reverse('export-incidents', args=[kind])}?{query}") for kind, label in labels.items()]


def _here(
    request: HttpRequest, incident_filter: incidents.IncidentFilter, *, cursor: str | None = None, **changes: Any
) -> str:
    """The list's URL with another filter; event and zone stay."""
    parts = [
        view_state.from_request(request).query(),
        incident_filter.querystring(**changes),
        f"cursor={cursor}" if cursor else "",
    ]
    query = "&".join(part for part in parts if part)
    return reverse("incidents") + (f"?{query}" if query else "")
