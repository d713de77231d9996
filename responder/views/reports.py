"""What watching the model found: accuracy over the weeks, and each comparison of posts with those before."""

from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from monitoring.models import AccuracyWindow, DriftReport
from responder import roles
from responder.views import governed

LISTED = 60


@require_safe
@roles.requires(roles.VIEW)
def index(request: HttpRequest) -> HttpResponseBase:
    """Accuracy over the weeks, and the newest drift reports."""
    context = {"reports": DriftReport.objects.all()[:LISTED], "windows": AccuracyWindow.objects.all()[:LISTED]}
    return governed.page(request, "model/reports.html", context)


@require_safe
@roles.requires(roles.VIEW)
def drift(request: HttpRequest, report_id: int) -> HttpResponseBase:
    """One drift report; with `format=json` its row."""
    report = get_object_or_404(DriftReport, pk=report_id)
    if request.GET.get("format") == "json":
        return JsonResponse({"verdict": report.verdict, "signals": report.signals})
    return governed.page(request, "model/drift.html", {"report": report})
