"""Monitoring reports: weekly accuracy, and drift."""

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_safe

from monitoring.models import AccuracyWindow, DriftReport
from responder import roles
from responder.classification import monitored_posts
from responder.queries import parts
from responder.views import governed

WEEKS_FIRST = ("-window_to", "kind", "metric", "label", "id")


@require_safe
@roles.requires(roles.VIEW, everywhere=True)
def index(request: HttpRequest) -> HttpResponseBase:
    """Accuracy over the weeks, and the newest drift reports."""
    weeks = parts.paginate(request, AccuracyWindow.objects.all(), "weeks", WEEKS_FIRST)
    for row in weeks.rows:
        _drawn(row)
    context = {"reports": parts.paginate(request, DriftReport.objects.all(), "drift"), "weeks": weeks}
    return governed.page(request, "model/monitoring.html", context)


@require_safe
@roles.requires(roles.VIEW, everywhere=True)
def drift(request: HttpRequest, report_id: int) -> HttpResponseBase:
    """One drift report; with `format=json` its row."""
    report = get_object_or_404(DriftReport, pk=report_id)
    if request.GET.get("format") == "json":
        return JsonResponse(monitored_posts.as_json(report))
    return governed.page(request, "model/drift.html", {"report": report})


@require_safe
@roles.requires(roles.VIEW, everywhere=True)
def moved(request: HttpRequest, report_id: int | None = None) -> HttpResponseBase:
    """Redirect the pages' former addresses, which stored alerts and bookmarks hold."""
    target = reverse("monitoring") if report_id is None else reverse("drift-report", args=[report_id])
    query = request.META.get("QUERY_STRING", "")
    return redirect(f"{target}?{query}" if query else target, permanent=True)


def _drawn(row: AccuracyWindow) -> None:
    """Add to the row where its point and interval are drawn, in percent."""
    for name in ("point", "low", "high"):
        value = getattr(row, name)
        setattr(row, f"{name}_percent", None if value is None else round(100 * value, 1))
