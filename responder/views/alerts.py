"""Pages of CAP alerts: draft, edit, publish by a second person, follow up."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from classifier import clock
from responder import cap, roles
from responder.cap.forms import AlertForm, DraftForm, FollowForm, VersionForm, initial
from responder.errors import ResponderError
from responder.forms import ProductForm
from responder.models import CapAlert, User
from responder.privacy.masking import mask
from responder.queries import alerts
from responder.views.feeds import tells_refusals

EVIDENCE = 50  # posts that are linked
View = Callable[..., HttpResponseBase]


def _acts(said: Any, form: type[ProductForm]) -> Callable[[Callable[..., CapAlert]], View]:
    """Decorate a POST view that acts on one alert, to show the alert or its refused form afterwards."""

    def decorate(work: Callable[..., CapAlert]) -> View:
        @require_POST
        @never_cache
        @roles.requires(roles.VIEW)
        @wraps(work)
        def acting(request: HttpRequest, identifier: str) -> HttpResponseBase:
            alert, sent = _found(request, identifier), form(request.POST, name=work.__name__)
            try:
                done = work(request, alert, sent)
            except ResponderError as error:
                return _page(request, _found(request, identifier), error.status, refused=sent)
            messages.success(request, str(said))
            return redirect("alert", done.identifier)

        return acting

    return decorate


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def index(request: HttpRequest) -> HttpResponse:
    """Drafts and published alerts."""
    rows = [
        {"alert": alert, "headline": mask(alert.headline)}
        for alert in alerts.listed(roles.events_of(request.user, roles.VIEW))
    ]
    return render(request, "alerts/index.html", {"rows": rows})


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def detail(request: HttpRequest, identifier: str) -> HttpResponse:
    """One alert: its words, its document, and what this person may do with it."""
    return _page(request, _found(request, identifier))


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def document(request: HttpRequest, identifier: str) -> HttpResponse:
    """The CAP document as a file, also of a draft."""
    alert = _found(request, identifier)
    answer = HttpResponse(_document(request, alert), content_type=f"{cap.MEDIA_TYPE}; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{cap.status(alert).lower()}-{alert.identifier}.xml"'
    return answer


@require_POST
@never_cache
@tells_refusals
@roles.requires(roles.VIEW)
def draft(request: HttpRequest) -> HttpResponseBase:
    """Draft an alert from an incident or from posts."""
    alert = DraftForm(request.POST).submit(cap.draft, by=_person(request))
    return HttpResponseRedirect(reverse("alert", args=[alert.identifier]))


@_acts(gettext_lazy("The draft is saved. Someone who did not edit it must publish it."), AlertForm)
def edit(request: HttpRequest, alert: CapAlert, form: ProductForm) -> CapAlert:
    """Edit a draft."""
    return form.submit(cap.edit, alert_id=alert.pk, by=_person(request))


@_acts(gettext_lazy("The alert is published."), VersionForm)
def publish(request: HttpRequest, alert: CapAlert, form: ProductForm) -> CapAlert:
    """Publish a draft."""
    return form.submit(cap.publish, alert_id=alert.pk, by=_person(request), base_url=_base_url(request))


@_acts(gettext_lazy("The draft is discarded."), VersionForm)
def discard(request: HttpRequest, alert: CapAlert, form: ProductForm) -> CapAlert:
    """Discard a draft."""
    return form.submit(cap.discard, alert_id=alert.pk, by=_person(request))


@_acts(gettext_lazy("The follow-up draft is ready. Someone else can review and publish it."), FollowForm)
def follow(request: HttpRequest, alert: CapAlert, form: ProductForm) -> CapAlert:
    """Draft an Update or a Cancel."""
    return form.submit(cap.follow, alert_id=alert.pk, by=_person(request))


def _page(
    request: HttpRequest, alert: CapAlert, status: int = 200, *, refused: ProductForm | None = None
) -> HttpResponse:
    """The page of an alert; `refused` is the form that was just sent, with what was typed."""
    person, draft = _person(request), alert.state == CapAlert.State.DRAFT
    writers = list(alert.writers.all()[:50])
    followers = list(alert.followed_by.exclude(state=CapAlert.State.DISCARDED)[:50])
    may_write = roles.allows_in(person, roles.TRIAGE, alert.event_id)
    over = alert.message == CapAlert.Message.CANCEL or any(one.state == CapAlert.State.PUBLISHED for one in followers)
    context = {
        "alert": alert, "headline": mask(alert.headline),
        "followed_headline": mask(alert.follows.headline) if alert.follows else "", "status": cap.status(alert), "document": _document(request, alert), "writers": writers,
        "followers": followers,
        "evidence": list(
            roles.within(alert.posts.order_by("pk"), roles.events_of(person, roles.VIEW)).values_list("pk", flat=True)[:EVIDENCE]
        ),
        "form": refused,
        "edit": refused if isinstance(refused, AlertForm) else AlertForm(name="edit", initial=initial(alert)),
        "follow": refused if isinstance(refused, FollowForm) else FollowForm(name="follow"),
        "may_edit": draft and may_write,
        "may_publish": draft and roles.allows_in(person, roles.LEAD, alert.event_id) and person not in writers,
        "wrote": draft and person in writers,
        "may_follow": alert.state == CapAlert.State.PUBLISHED and may_write and not over,
    }  # fmt: skip
    return render(request, "alerts/detail.html", context, status=status)


def _document(request: HttpRequest, alert: CapAlert) -> str:
    if alert.document:
        return alert.document
    return cap.document(alert, sender=settings.CAP_SENDER, sent=clock.now(), base_url=_base_url(request))


def _base_url(request: HttpRequest) -> str:
    return request.build_absolute_uri("/").rstrip("/")


def _found(request: HttpRequest, identifier: str) -> CapAlert:
    alert = alerts.by_identifier(identifier, roles.events_of(request.user, roles.VIEW))
    if alert is None:
        raise Http404
    return alert


def _person(request: HttpRequest) -> User:
    return cast(User, request.user)
