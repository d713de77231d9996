"""The governance that the demo shows within minutes: labels, a drift report, and a training run that asks for approval.

All of it is real and on the record. The labels are the exercise's answer key, entered for two demo accounts; the run trains for
a few minutes on them (`train.QUICK`), and its evaluation and gates are computed as ever. A model that learnt so little is not
meant to be approved: several gates say so.
"""

import importlib.util
import time
from collections.abc import Iterator

import structlog
from django.db import close_old_connections

from classifier import clock, feedback, train
from classifier.models import Label, TrainingRun
from monitoring import audit
from monitoring.models import DriftReport
from responder import exercise
from responder.classification import labelling_feedback, monitored_posts
from responder.models import Event, Post, User

log = structlog.get_logger(__name__)
RUN_KEY = "responder-tweets:demo"
LABELLERS = exercise.LABELLERS
LABELS = 240  # more than snapshots.FEWEST_LABELS
SPREAD = 3  # label one post in so many, so that the labels are about all of the exercise, not its first scenes
COMPARED = 520  # posts on each side of the drift report, which needs 500
SECOND_OPINIONS = 24  # one label in so many
POLL_S, WITHIN_S = 5.0, 1_800.0
REASON = "A quick run on a few hundred labels, to show how a model is trained, judged and approved."


def prepare(run: Event) -> bool:
    """Create what is missing, once enough posts of the exercise are classified. Returns whether they were in time.

    Idempotent: what an earlier start made is left as it is.
    """
    deadline = time.monotonic() + WITHIN_S
    while classified(run) < LABELS * SPREAD:
        if not _wait(deadline):
            return False
    label(run)
    labelling_feedback.fill_queue()
    start_training()
    return report_drift(run, deadline=deadline)


def report_drift(run: Event, *, deadline: float) -> bool:
    """Compare the exercise's later posts with its earlier ones, once there are enough. Returns whether there is a report.

    A daily report compares whole days, of which a demo has none.
    """
    from monitoring import drift  # its statistics need numpy

    while not DriftReport.objects.exists():
        rows = Post.objects.filter(event=run, state=Post.State.CLASSIFIED)
        times = list(rows.order_by("created_at").values_list("created_at", flat=True))
        if len(times) >= 2 * COMPARED:
            start, middle, end = times[0], times[len(times) // 2], times[-1]
            earlier = monitored_posts.as_answered(rows.filter(created_at__lt=middle), start, middle)
            later = monitored_posts.as_answered(rows.filter(created_at__gte=middle), middle, end)
            drift.report(kind=DriftReport.Kind.LIGHT, window=later, reference=earlier, now=clock.now())
        elif not _wait(deadline):
            return False
    return True


def classified(run: Event) -> int:
    """The number of the exercise's posts that are classified and have an answer, counted to what is needed."""
    return Post.objects.filter(event=run, state=Post.State.CLASSIFIED, source_id__in=dict(_answers(run)))[
        : LABELS * SPREAD
    ].count()


def _wait(deadline: float) -> bool:
    """Wait a few seconds. Returns False once the deadline has passed."""
    close_old_connections()
    time.sleep(POLL_S)
    return time.monotonic() < deadline


@audit.atomic()
def label(run: Event) -> int:
    """Enter the answer key for some of the first classified posts, in turn by the demo's labellers, and some again by demo-lead.

    Returns the number of labels; none if there are labels already.
    """
    if Label.objects.exists():
        return 0
    labellers, lead = _labellers(), User.objects.get(username="demo-lead")
    key, made = dict(_answers(run)), 0
    rows = Post.objects.filter(event=run, state=Post.State.CLASSIFIED, source_id__in=key).order_by("pk")[
        : LABELS * SPREAD : SPREAD
    ]
    for number, post in enumerate(rows):
        category, priority = key[post.source_id]
        coders = [(labellers[number % len(labellers)], category)]
        if number % SECOND_OPINIONS == 0:  # the second one follows the model, so that some of them disagree
            coders.append((lead, post.model_category or category))
        for person, answer in coders:
            feedback.record(
                subject=f"post:{post.pk}", text=post.text, event=run.ref, lang=post.lang, category=answer, priority=priority,
                how=Label.How.QUEUE, by=person, predicted=post.model_category, predicted_probability=post.probability,
                model_version_id=post.model_version_id,
            )  # fmt: skip
            made += 1
    return made


def _labellers() -> list[User]:
    """The accounts that the labels are entered for. Nobody can sign in with them.

    There are several because a gate refuses a model whose answers depend on one person's labels.
    """
    return [
        User.objects.get_or_create(
            username=name, defaults={"first_name": name.replace("-", " ").capitalize(), "is_active": False}
        )[0]
        for name in LABELLERS
    ]


def start_training() -> bool:
    """Queue the quick run, where this machine can train and none was made before. Workers start it within a minute."""
    if importlib.util.find_spec("torch") is None:
        log.warning("the demo trains no model: the extra `training` is not installed")
        return False
    if TrainingRun.objects.exists():
        return False
    _run, is_new = train.freeze(run_key=RUN_KEY, trigger=TrainingRun.Trigger.MANUAL, reason=REASON, config=train.QUICK)
    return is_new


def _answers(run: Event) -> Iterator[tuple[str, tuple[str, str]]]:
    from responder.demo import exercise as bundled

    for post in bundled.posts():
        if not post.repost_of:
            yield f"{run.ref}:{post.id}", (post.gold.category, post.gold.priority)
