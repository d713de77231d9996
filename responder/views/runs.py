"""Pages of training runs: progress, log, and start and stop."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from classifier import clock, snapshots, train, weekly
from classifier.models import TrainingRun
from classifier.models.run import OVER
from responder import roles
from responder.queries import parts
from responder.views import governed

LINES = 200
STUDIO = "https://ml.azure.com/"


@require_safe
@never_cache
@roles.requires(roles.VIEW, everywhere=True)
def index(request: HttpRequest) -> HttpResponseBase:
    """Runs, the newest first."""
    rows = TrainingRun.objects.select_related("candidate", "snapshot", "initiator")
    now = clock.now()
    context = {
        "runs": parts.paginate(request, rows, "runs"),
        "next": weekly.last_freeze(now) + weekly.WEEK,
        "going_on": TrainingRun.objects.exclude(state__in=OVER).exists(),
    }
    return governed.page(request, "model/runs.html", context)


@require_safe
@never_cache
@roles.requires(roles.VIEW, everywhere=True)
def detail(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """One run: its steps, log, data and result."""
    return governed.page(request, "model/run.html", _context(run_id))


@require_safe
@never_cache
@roles.requires(roles.VIEW, everywhere=True)
def progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """The part of the page that changes while the run goes on."""
    return render(request, "model/_progress.html", _context(run_id))


@require_POST
@governed.tells_refusals
@roles.requires(roles.APPROVE)
def start(request: HttpRequest) -> HttpResponseBase:
    """Start a run manually."""
    run = train.start_now(by=request.user, reason=request.POST.get("reason", ""))
    said = _("The run will start within a minute. You started it, so another person must approve its result.")
    return governed.done(request, said, "run", run.pk)


@require_POST
@governed.tells_refusals
@roles.requires(roles.APPROVE)
def stop(request: HttpRequest, run_id: int) -> HttpResponseBase:
    """Ask a run to stop."""
    get_object_or_404(TrainingRun, pk=run_id)
    train.stop(run_id=run_id, by=request.user)
    return governed.done(request, _("The run will stop within a minute."), "run", run_id)


def _context(run_id: int) -> dict[str, object]:
    rows = TrainingRun.objects.select_related("candidate", "snapshot__parent", "initiator")
    run = get_object_or_404(rows, pk=run_id)
    lines = list(run.lines.order_by("-id")[:LINES])[::-1]
    return {
        "run": run,
        "lines": lines,
        "job_url": run.remote["url"] if str(run.remote.get("url", "")).startswith(STUDIO) else "",
        "percent": round(100 * run.progress),
        "evaluations": run.evaluations.select_related("candidate", "live").prefetch_related("requests"),
        "tombstones": snapshots.tombstones(run.snapshot) if run.snapshot else 0,
        "quiet_for": _quiet_minutes(run),
    }


def _quiet_minutes(run: TrainingRun) -> int:
    """Minutes since an active run's process last reported."""
    if run.is_over or run.heartbeat_at is None:
        return 0
    return int((clock.now() - run.heartbeat_at).total_seconds() // 60)
