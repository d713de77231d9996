"""The model health page: live versions, their approvals, loaded versions by process, and rollback."""

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_naive, make_aware
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from classifier import clock, releases
from classifier.markdown import as_html
from classifier.models import AzureState, Deployment, LoadedModel
from monitoring import watchdog
from monitoring.models import AccuracyWindow, Alert, DriftReport
from responder import roles
from responder.classification import canary_split
from responder.queries import parts, trust
from responder.views import governed

SEEN_WITHIN = timedelta(minutes=5)


@require_safe
@never_cache
@roles.requires(roles.VIEW, everywhere=True)
def health(request: HttpRequest) -> HttpResponseBase:
    """The page. With `at`, also the version that served at that moment."""
    rows = Deployment.objects.select_related("version", "previous", "request", "reviewed_by").prefetch_related(
        "request__decisions__by"
    )
    live = rows.filter(ended_at=None, role=Deployment.Role.PRODUCTION).first()
    moment = _moment(request.GET.get("at", ""))
    metrics, drift = _metrics(live), DriftReport.objects.first()
    context = {
        "verdict": trust.verdict(live, drift),
        "tiles": trust.tiles(metrics, live, drift),
        "classes": trust.classes(metrics),
        "confusion": trust.confusion(metrics),
        "reliability": trust.reliability(metrics),
        "languages": trust.by_language(metrics, live),
        "slices": trust.slices(metrics),
        "live": live,
        "shadow": rows.filter(ended_at=None, role=Deployment.Role.SHADOW).first(),
        "canary": rows.filter(ended_at=None, role=Deployment.Role.CANARY).first(),
        "history": parts.paginate(request, rows, "deployments"),
        "back_to": releases.previous_production(live.version) if live else None,
        "to_review": rows.filter(kind=Deployment.Kind.ROLLBACK, reviewed_at=None),
        "processes": LoadedModel.objects.select_related("version").filter(seen_at__gte=clock.now() - SEEN_WITHIN),
        "drift": drift,
        "accuracy": AccuracyWindow.objects.filter(metric="accuracy", label="")[:8],
        "azure": AzureState.objects.first(),
        "alerts": Alert.objects.filter(resolved_at=None),
        "asked_at": request.GET.get("at", ""),
        "moment": moment,
        "served_then": releases.serving_at(moment) if moment else None,
        "least_posts": canary_split.LEAST_POSTS,
        "last_run": watchdog.last_completed(),
    }
    return governed.page(request, "model/health.html", context)


@require_safe
@never_cache
@roles.requires(roles.VIEW)
def card(request: HttpRequest) -> HttpResponseBase:
    """The live version's model card: intended use, data, limits and licence."""
    live = Deployment.objects.select_related("version").filter(ended_at=None, role=Deployment.Role.PRODUCTION).first()
    written = live.version.card if live else ""
    return governed.page(request, "model/card.html", {"live": live, "card": as_html(written) if written else ""})


@require_POST
@governed.tells_refusals
@roles.requires(roles.APPROVE)
def roll_back(request: HttpRequest) -> HttpResponseBase:
    """Roll back to the previous production version."""
    back = releases.roll_back(by=request.user, reason=request.POST.get("reason", ""))
    said = _(
        "%(version)s is in production again, in every process within 30 seconds. A second person must "
        "review this rollback."
    )
    return governed.done(request, said % {"version": back.version}, "model")


@require_POST
@governed.tells_refusals
@roles.requires(roles.APPROVE)
def promote(request: HttpRequest, version_id: int) -> HttpResponseBase:
    """Promote the canary to production."""
    deployment = releases.promote(version_id=version_id, by=request.user)
    said = _("%(version)s is in production, in every process within 30 seconds.")
    return governed.done(request, said % {"version": deployment.version}, "model")


@require_POST
@governed.tells_refusals
@roles.requires(roles.APPROVE)
def quarantine(request: HttpRequest, version_id: int) -> HttpResponseBase:
    """Quarantine a version permanently."""
    version = releases.quarantine(version_id=version_id, by=request.user, reason=request.POST.get("reason", ""))
    return governed.done(request, _("%(version)s is quarantined.") % {"version": version}, "model")


@require_POST
@governed.tells_refusals
@roles.requires(roles.APPROVE)
def review(request: HttpRequest, deployment_id: int) -> HttpResponseBase:
    """Review another person's rollback."""
    releases.review_rollback(deployment_id=deployment_id, by=request.user, text=request.POST.get("reason", ""))
    return governed.done(request, _("Your review is recorded."), "model")


def _metrics(live: Deployment | None) -> dict[str, Any]:
    """The live version's figures; slices are those of the comparison that it was approved on."""
    if live is None:
        return {}
    compared = live.version.evaluations.order_by("-id").values_list("metrics", flat=True).first() or {}
    figures = dict(live.version.metrics) | {"slices": compared.get("candidate", {}).get("slices", {})}
    if "category" not in figures and "classes" in figures:  # a model with classes of its own
        figures["category"] = figures["classes"]
    return figures


def _moment(text: str) -> datetime | None:
    """The requested time, in UTC unless it has a zone; None if it is invalid."""
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return make_aware(moment) if moment and is_naive(moment) else moment
