"""Whether a training should start before Sunday, and why. Only labels can be a reason: new texts alone teach nothing.

Two limits apply, however bad the figures are: at least a day passes between runs, and a run that would learn from the
same labels as the last one doesn't start.
"""

from datetime import datetime, timedelta

from django.db.models import Count, QuerySet

from classifier import clock, moments, snapshots, train
from classifier.categories import CANT_JUDGE
from classifier.models import Label, Snapshot, TrainingRun
from monitoring import accuracy
from monitoring.models import AccuracyWindow

COOL_DOWN = timedelta(hours=24)
LABELS_OF_NEW_EVENT = 150
FEWEST_NEW_LABELS = 50
HOW = (Label.How.QUEUE, Label.How.ADJUDICATED)


def reason(now: datetime) -> str:
    """Why to train now. Empty if there is no reason, or if a run is in progress or began within a day."""
    if any(not run.is_over for run in TrainingRun.objects.all()[:20]):
        return ""
    if TrainingRun.objects.filter(moments.recent("created_at", now, within=COOL_DOWN)).exists():
        return ""
    return _worse() or _new_event() or _forgotten()


def start_if_due() -> TrainingRun | None:
    """Freeze the labels for an early run if there is a reason to. Returns the new run or None. Idempotent."""
    now = clock.now()
    why = reason(now)
    if not why:
        return None
    run, created = train.freeze(run_key=f"{train.NAME}:early:{now:%Y-%m-%d}", trigger="early", reason=why[:500])
    return run if created else None


def _worse() -> str:
    """Return a sentence about the audit's alarms, if people have added enough labels since the last run."""
    last = TrainingRun.objects.order_by("-label_cutoff").first()
    fresh = _standing().filter(at__gt=last.label_cutoff) if last else _standing()
    if fresh.count() < FEWEST_NEW_LABELS:
        return ""
    return "; ".join(map(_in_words, accuracy.alarms()))


def _in_words(row: AccuracyWindow) -> str:
    what = f"{row.metric} of {row.label}" if row.label else row.metric
    limit = row.baseline if row.metric == accuracy.ACCURACY else accuracy.LEAST_RECALL
    return f"audited {what} is at most {row.high or 0:.3f} (n = {row.n}) where {limit or 0:.3f} is expected"


def _new_event() -> str:
    """Return a sentence about the new event with the most labels, if it has enough. Events in a snapshot are not new."""
    counts = _standing().filter(how__in=HOW).exclude(event__in=_known_events()).exclude(event="")
    rows = counts.order_by().values("event").annotate(texts=Count("subject", distinct=True)).order_by("-texts")
    top = rows.first()
    if top is None or top["texts"] < LABELS_OF_NEW_EVENT:
        return ""
    return f"{top['texts']} labels of the event {top['event']}, which no snapshot contains"


def _known_events() -> set[str]:
    newest = Snapshot.objects.order_by("-label_cutoff").first()
    if newest is None:
        return set()
    taught = Label.objects.filter(at__lte=newest.label_cutoff, withdrawn=False).exclude(event="")
    return set(newest.counts.get("events", {})) | set(taught.order_by().values_list("event", flat=True).distinct())


def _forgotten() -> str:
    newest = Snapshot.objects.order_by("-id").first()
    if newest is None or not snapshots.needs_forgetting(newest):
        return ""
    return f"{snapshots.tombstones(newest)} of the {len(newest.labels)} labels that the model learnt from were erased"


def _standing() -> QuerySet[Label]:
    """Labels that were not superseded, withdrawn or erased."""
    return Label.objects.filter(withdrawn=False, superseded_by=None, erased_at=None).exclude(category=CANT_JUDGE)
