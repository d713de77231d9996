"""The public status page: the live model, its accuracy, last training and limits, and processes that died.

No log-in, no person."""

import re
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from classifier.markdown import as_html
from classifier.models import Deployment
from monitoring import watchdog
from monitoring.models import AccuracyWindow, DriftReport
from responder.processes import supervisor
from responder.queries import trust

KEPT_S = 30  # seconds: the page is public, so each process queries the database at most once in this time
LIMITS = re.compile(r"^## Limits[^\n]*\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


@require_safe
@never_cache
def page(request: HttpRequest) -> HttpResponse:
    """Render the public status page."""
    facts = caches["process"].get_or_set(f"status:{get_language()}", _facts, KEPT_S)
    return render(request, "status.html", {**(facts or {}), "restarted": _restarted()})


def _restarted() -> list[dict[str, Any]]:
    """Return the processes of this machine that died since the start, from a small file of the launcher. Not cached."""
    restarted = [one for one in supervisor.processes(settings.DATA_DIR) if one["restarts"]]
    return [one | {"died_at": datetime.fromisoformat(one["died_at"])} for one in restarted]


def _facts() -> dict[str, Any]:
    """The page's figures and model card, without names of people."""
    rows = Deployment.objects.select_related("version").filter(ended_at=None, role=Deployment.Role.PRODUCTION)
    live = rows.first()
    version = live.version if live else None
    limits = LIMITS.search(version.card) if version else None
    last_run = watchdog.last_completed()
    return {
        "model": {"name": str(version), "sha256": version.sha256, "since": live.started_at if live else None}
        if version
        else None,
        "tiles": trust.tiles(version.metrics if version else {}, live, DriftReport.objects.first()),
        "audited": AccuracyWindow.objects.filter(kind=AccuracyWindow.Kind.AUDITED, metric="accuracy", label="")
        .values("point", "low", "high", "n", "window_from", "window_to", "method", "model")
        .first(),
        "retrained_at": last_run.finished_at if last_run else None,
        "retraining": last_run.get_state_display() if last_run else "",
        "limits": as_html(limits[1].strip()) if limits else "",
        "card": as_html(version.card) if version and version.card else "",
    }
