"""What watching the model found: accuracy over the weeks, and each comparison of posts with those before."""

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from monitoring.models import AccuracyWindow, DriftReport
from responder import roles, watching
from responder.views import governed

LISTED = 60


@require_safe
@roles.requires(roles.VIEW)
def index(request: HttpRequest) -> HttpResponseBase:
    """Accuracy over the weeks, and the newest drift reports."""
    rows = AccuracyWindow.objects.order_by("-window_to", "kind", "metric", "label")[:LISTED]
    context = {"reports": DriftReport.objects.all()[:LISTED], "weeks": [_drawn(row) for row in rows]}
    return governed.page(request, "model/reports.html", context)


@require_safe
@roles.requires(roles.VIEW)
def drift(request: HttpRequest, report_id: int) -> HttpResponseBase:
    """One drift report; with `format=json` its row."""
    report = get_object_or_404(DriftReport, pk=report_id)
    if request.GET.get("format") == "json":
        return JsonResponse(watching.as_json(report))
    return governed.page(request, "model/drift.html", {"report": report})


def _drawn(row: AccuracyWindow) -> AccuracyWindow:
    """The row with where its point and interval are drawn, in percent of the scale from 0 to 1."""
    for name in ("point", "low", "high"):
        value = getattr(row, name)
        setattr(row, f"{name}_percent", None if value is None else round(100 * value, 1))
    return row
