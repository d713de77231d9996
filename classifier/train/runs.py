"""Training runs: creation, start by hand, stop, due times and folders."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from classifier import approvers, clock, locks, moments, weekly
from classifier.errors import GovernanceError
from classifier.models import TrainingRun
from monitoring import audit

LEASE = timedelta(minutes=3)
State = TrainingRun.State
NAME = "responder-tweets"
QUICK = {"limit": 400, "epochs": 2, "batch_size": 16, "side_share": 0.1, "consistency": 0.0, "checkpoint_every": 20}


def freeze(
    *,
    run_key: str,
    trigger: str,
    cutoff: datetime | None = None,
    reason: str = "",
    initiator: Any = None,
    config: dict[str, Any] | None = None,
) -> tuple[TrainingRun, bool]:
    """The run with this key, created if necessary, and whether it is new. Labels until `cutoff` count."""
    moment = cutoff or clock.now()
    profile = QUICK if settings.TRAINING_PROFILE == "quick" else {}
    with audit.atomic():
        run, created = TrainingRun.objects.get_or_create(
            run_key=run_key,
            defaults={
                "trigger": trigger,
                "label_cutoff": moment,
                "reason": reason,
                "initiator": initiator,
                "config": profile | (config or {}),
                "place": settings.TRAINING_PLACE,
            },
        )
        if created:
            record(run, "run.frozen", by=f"user:{initiator.username}" if initiator else "system:training")
    return run, created


@audit.atomic()
def start_now(*, by: Any, reason: str, config: dict[str, Any] | None = None) -> TrainingRun:
    """Start a run manually. The person who starts it cannot approve its result. Raises NotAllowed, GovernanceError."""
    approvers.require(by)
    locks.one_at_a_time("runs")
    if running := unfinished().first():
        raise GovernanceError(f"The run {running} is still in progress. Wait until it ends, or stop it first.")
    key = f"{NAME}:by-hand:{clock.now():%Y-%m-%dT%H:%M:%S}"
    run, _ = freeze(run_key=key, trigger="manual", reason=reason.strip()[:500], initiator=by, config=config)
    return run


def stop(*, run_id: int, by: Any) -> None:
    """Ask a run to stop, which it does within seconds. Raises NotAllowed."""
    approvers.require(by)
    with audit.atomic():
        run = TrainingRun.objects.select_for_update(no_key=True).get(pk=run_id)
        if not run.is_over and not run.stop_wanted:
            run.stop_wanted = True
            run.save(update_fields=["stop_wanted"])
            record(run, "run.stop_wanted", by=f"user:{by.username}")


def due_at(run: TrainingRun) -> datetime:
    """When the next step may begin: weekly runs follow the schedule, others continue at once."""
    if run.resume_at:
        return run.resume_at
    if run.trigger != TrainingRun.Trigger.WEEKLY:
        return run.created_at
    after = {
        State.FROZEN: weekly.SNAPSHOT_AFTER,
        State.READY: weekly.TRAIN_AFTER,
        State.TRAINING: weekly.TRAIN_AFTER,
        State.EVALUATING: weekly.EVALUATE_AFTER,
    }
    return run.label_cutoff + after.get(State(run.state), timedelta())


def folder_of(run: TrainingRun) -> Path:
    """A run's working folder. It contains texts, so it is removed at the end of the run."""
    return Path(settings.DATA_DIR) / "runs" / str(run.pk)


def unfinished() -> QuerySet[TrainingRun]:
    """Runs that are in progress or waiting for their next step."""
    return TrainingRun.objects.exclude(state__in=[state for state in State if TrainingRun(state=state).is_over])


def unheld() -> QuerySet[TrainingRun]:
    """Unfinished runs that no process holds, because it released them or died."""
    return unfinished().filter(Q(lease_until=None) | moments.over("lease_until", clock.now(), longest=LEASE))


def record(run: TrainingRun, action: str, *, by: str = "system:training", detail: Any = None) -> None:
    audit.record(
        actor=by, action=action, object_type="training_run", object_id=str(run.pk),
        detail={"run_key": run.run_key} | (detail or {}),
    )  # fmt: skip
