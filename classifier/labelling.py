"""The labelling queue: the texts of a week, assigned to people one at a time, and their labels.

The module manages leases and decides who may label what: nobody gets a text that somebody else is labelling, nobody is
asked twice, and a third person settles disagreements. Labelling is blind: the task stores the prediction, but people
don't see it.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Case, Count, Max, Prefetch, Q, QuerySet, When
from django.utils.translation import gettext as _

from classifier import clock, feedback, locks, moments, sampling
from classifier.agreement import Agreement, cohen
from classifier.categories import CANT_JUDGE
from classifier.errors import LabelError, NotAllowed, TaskGone, TaskTaken
from classifier.models import Label, LabelTask
from classifier.sampling import Candidate, Drawn
from monitoring import audit as log

if TYPE_CHECKING:
    import numpy as np

__all__ = [
    "Agreement", "Candidate", "LabelAgreement", "Progress", "adjudicate", "agreement", "answer", "by_label", "disagreements", "fill",
    "labels_by_category", "next_task", "pairs", "progress", "skip",
]  # fmt: skip

LEASE = timedelta(minutes=15)
FEWEST_REASON, MOST_REASON = 10, 1_000  # characters
AT_A_TIME = 10  # tasks to try before the list is read again
Purpose = LabelTask.Purpose
ANSWERED = Q(how=Label.How.QUEUE, withdrawn=False, superseded_by=None)
DIFFERING = 3  # examples of a label on which two people differ
RECENT = 10  # labels that a person may still change
ORDER = Case(*[When(purpose=purpose, then=rank) for rank, purpose in enumerate(Purpose.values)])


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of the newest week for one purpose."""

    purpose: str
    label: str
    done: int
    total: int

    @property
    def left(self) -> int:
        return self.total - self.done


@dataclass(frozen=True, slots=True)
class Pair:
    """The labels that two people gave one text independently of each other."""

    text: str
    first: str
    second: str


@dataclass(frozen=True, slots=True)
class LabelAgreement:
    """How far two people agree on one label.

    Arguments:
        n: texts to which at least one of them gave it.
        share: specific agreement: of all times that it was given, the share in which the other gave it too.
        differing: the newest texts to which only one of them gave it.
    """

    category: str
    n: int
    share: float
    differing: tuple[Pair, ...]


@log.atomic()
def fill(
    *,
    week: str,
    candidates: Sequence[Candidate],
    seed: int,
    audit: int = 300,
    urgent: int = 100,
    uncertain: int = 60,
    rare: int = 40,
    diverse: int = 40,
) -> dict[str, int]:
    """Choose a week's texts. Returns how many by purpose. Adds nothing if the week already has its texts.

    Closes the unanswered tasks of earlier weeks.

    Arguments:
        week: ISO week, as 2026-W48. seed: seed of the draws.
        audit, urgent, uncertain, rare, diverse: maximum number for each purpose.
    """
    import numpy as np

    locks.one_at_a_time("label week", week)
    if not candidates or LabelTask.objects.filter(week=week).exists():
        return dict.fromkeys(Purpose.values, 0)
    LabelTask.objects.filter(closed_at=None, week__lt=week).update(closed_at=clock.now())
    sizes = {"audit": audit, "urgent": urgent, "uncertain": uncertain, "rare": rare, "diverse": diverse}
    drawn = _drawn(candidates, np.random.default_rng(seed), sizes)
    rows = [_task(week, purpose, key, one) for purpose, chosen in drawn.items() for key, one in chosen]
    LabelTask.objects.bulk_create(rows, ignore_conflicts=True)
    counts = {purpose: len(chosen) for purpose, chosen in drawn.items()}
    log.record(
        actor="system:labels",
        action="label_queue.filled",
        object_type="week",
        object_id=week,
        detail={"seed": seed, "candidates": len(candidates)} | counts,
    )
    return counts


def next_task(*, by: Any) -> LabelTask | None:
    """The task that this person holds, or a new one, leased to them for 15 minutes."""
    while True:
        now = clock.now()
        if held := _held_by(by, now):
            return held
        tasks = list(_open_to(by).filter(_free(now))[:AT_A_TIME])
        if not tasks:
            return None
        if task := _claimed(tasks, by, now):
            return task


@log.atomic()
def answer(*, task_id: int, by: Any, category: str, priority: str = "") -> Label:
    """Record the label by the person who holds the task. The last coder's label closes the task.

    The label can be CANT_JUDGE: the text says too little for any of the categories. Raises LabelError for an unknown category or priority, TaskGone, TaskTaken.
    """
    task = _held(task_id, by)
    label = _record(task, by=by, category=category, priority=priority, how=Label.How.QUEUE)
    complete = task.labels.filter(ANSWERED).count() >= task.coders
    _release(task, by, closed_at=clock.now() if complete else None)
    return label


@log.atomic()
def skip(*, task_id: int, by: Any) -> Label:
    """Skip the text: others label it, and this person is not asked about it again. Raises TaskGone, TaskTaken."""
    task = _held(task_id, by)
    _release(task, by, closed_at=None)
    return feedback.decline(task=task, by=by)


def recent(*, by: Any) -> list[Label]:
    """The last ten labels of this person that still count, newest first, with their tasks; one query."""
    rows = Label.objects.filter(ANSWERED, by=by, task__isnull=False).exclude(task__text="")
    return list(rows.select_related("task").order_by("-pk")[:RECENT])


@log.atomic()
def revise(*, task_id: int, by: Any, category: str, priority: str = "") -> Label:
    """Change one of this person's last ten labels. The old one stays on record, superseded.

    Raises LabelError for an unknown category or priority, TaskGone, TaskTaken if the text has been settled since.
    """
    task = LabelTask.objects.select_for_update(no_key=True).filter(pk=task_id).first()
    if task is None or task_id not in {label.task_id for label in recent(by=by)}:
        raise TaskGone(_("This answer can no longer be changed: it is not among your last ten."))
    if task.labels.filter(how=Label.How.ADJUDICATED, withdrawn=False).exists():
        raise TaskTaken(_("A lead has resolved this text. Your answer was not changed."))
    return _record(task, by=by, category=category, priority=priority, how=Label.How.QUEUE)


def disagreements() -> list[LabelTask]:
    """Texts with an unsettled disagreement between two people, with their `answers`; in two queries."""
    different = Count("labels__category", distinct=True, filter=_of_labels(how=Label.How.QUEUE))
    settled = Count("labels", filter=_of_labels(how=Label.How.ADJUDICATED))
    tasks = LabelTask.objects.filter(coders__gt=1).exclude(text="").annotate(different=different, settled=settled)
    answers = Prefetch("labels", Label.objects.filter(ANSWERED).order_by("pk"), to_attr="answers")
    return list(tasks.filter(different__gt=1, settled=0).order_by("pk").prefetch_related(answers))


@log.atomic()
def adjudicate(*, task_id: int, by: Any, category: str, priority: str, reason: str) -> Label:
    """Settle a disagreement between two people. Neither of them may do it, and the reason is stored.

    Raises LabelError for an unknown category or too short a reason, NotAllowed, TaskGone, TaskTaken.
    """
    reason = " ".join(reason.split())
    if not FEWEST_REASON <= len(reason) <= MOST_REASON:
        raise LabelError(
            _("Enter a reason of %(least)s to %(most)s characters.")
            % {"least": FEWEST_REASON, "most": f"{MOST_REASON:,}"}
        )
    task = LabelTask.objects.select_for_update(no_key=True).filter(pk=task_id).first()
    if task is None:
        raise TaskGone(_("This text is not in the labelling queue."))
    _require_dispute(task, by)
    label = _record(task, by=by, category=category, priority=priority, how=Label.How.ADJUDICATED)
    log.record(
        actor=f"user:{by.username}",
        action="label.adjudicated",
        object_type="label",
        object_id=str(label.pk),
        detail={"task": task.pk, "category": category, "reason": reason},
    )
    return label


def pairs(*, weeks: int = 4) -> list[Pair]:
    """What two people labelled independently in the last weeks, the newest last; in one query.

    Texts that one of them could not judge are left out, since no label was given.
    """
    rows = Label.objects.filter(
        ANSWERED, task__coders__gt=1, task__created_at__gte=clock.now() - timedelta(weeks=weeks)
    )
    answers: dict[int, list[tuple[str, str]]] = {}
    for task_id, text, category in rows.order_by("pk").values_list("task_id", "task__text", "category"):
        answers.setdefault(task_id, []).append((text, category))
    found = (Pair(given[0][0], given[0][1], given[1][1]) for given in answers.values() if len(given) > 1)
    return [pair for pair in found if CANT_JUDGE not in (pair.first, pair.second)]


def agreement(found: Sequence[Pair]) -> Agreement:
    """Cohen's kappa of these pairs."""
    return cohen([(pair.first, pair.second) for pair in found])


def by_label(found: Sequence[Pair]) -> list[LabelAgreement]:
    """The agreement on each label that occurs in these pairs, the lowest first."""
    shown = []
    for category in sorted({one for pair in found for one in (pair.first, pair.second)}):
        with_it = [pair for pair in found if category in (pair.first, pair.second)]
        both = sum(pair.first == pair.second for pair in with_it)
        differing = tuple(pair for pair in reversed(with_it) if pair.first != pair.second and pair.text)[:DIFFERING]
        shown.append(LabelAgreement(category, len(with_it), 2 * both / (len(with_it) + both), differing))
    return sorted(shown, key=lambda one: (one.share, one.category))


def labels_by_category() -> dict[str, int]:
    """Category → labels of people that stand, for the goal of each; in one query."""
    rows = Label.objects.filter(withdrawn=False, superseded_by=None, erased_at=None).exclude(category=CANT_JUDGE)
    return dict(rows.order_by().values_list("category").annotate(texts=Count("subject", distinct=True)))


def progress() -> list[Progress]:
    """Progress of the newest week by purpose, in two queries; empty if there has never been a week."""
    week = LabelTask.objects.aggregate(newest=Max("week"))["newest"]
    rows = (
        LabelTask.objects.filter(week=week or "")
        .order_by()
        .values("purpose")
        .annotate(total=Count("pk"), done=Count("pk", filter=Q(closed_at__isnull=False)))
    )
    found = {row["purpose"]: row for row in rows}
    return [
        Progress(purpose, str(label), found[purpose]["done"], found[purpose]["total"])
        for purpose, label in Purpose.choices
        if purpose in found
    ]


def _drawn(
    candidates: Sequence[Candidate], rng: "np.random.Generator", sizes: dict[str, int]
) -> dict[str, list[tuple[str, Drawn]]]:
    """Purpose → the text's key and its draw; every text occurs once."""
    unique = _unique(candidates)
    keys = {candidate.subject: key for key, candidate in unique.items()}
    pool = list(unique.values())
    audited = sampling.audit(pool, sizes["audit"], rng)
    subjects, chances = {one.candidate.subject for one in audited}, sampling.audit_chances(pool, sizes["audit"])
    urgent = sampling.not_urgent(pool, sizes["urgent"], rng, audited=subjects, chances=chances)
    drawn = {str(Purpose.AUDIT): audited, str(Purpose.URGENT): urgent} | _instructive(
        unique, [*audited, *urgent], rng, sizes
    )
    return {purpose: [(keys[one.candidate.subject], one) for one in chosen] for purpose, chosen in drawn.items()}


def _instructive(
    unique: dict[str, Candidate], random: list[Drawn], rng: "np.random.Generator", sizes: dict[str, int]
) -> dict[str, list[Drawn]]:
    """The most instructive texts among those that nobody was asked about or labelled before."""
    labels, chosen = feedback.standing(), list(random)
    known = {label.text_key for label in labels} | set(LabelTask.objects.values_list("text_key", flat=True))
    fresh = [candidate for key, candidate in unique.items() if key not in known]
    counts = Counter(label.category for label in labels)
    unsure = sampling.uncertain(_without(fresh, chosen), sizes["uncertain"])
    chosen += unsure
    poor = sampling.rare(_without(fresh, chosen), sizes["rare"], rng, labels=counts)
    chosen += poor
    others = [one.candidate.text for one in chosen]
    unlike = sampling.diverse(_without(fresh, chosen), sizes["diverse"], rng, others=others)
    return {str(Purpose.UNCERTAIN): unsure, str(Purpose.RARE): poor, str(Purpose.DIVERSE): unlike}


def _unique(candidates: Iterable[Candidate]) -> dict[str, Candidate]:
    unique: dict[str, Candidate] = {}
    for candidate in candidates:
        if candidate.text.strip():
            unique.setdefault(feedback.text_key(candidate.text), candidate)
    return unique


def _without(candidates: Iterable[Candidate], chosen: Iterable[Drawn]) -> list[Candidate]:
    taken = {one.candidate.subject for one in chosen}
    return [candidate for candidate in candidates if candidate.subject not in taken]


def _task(week: str, purpose: str, key: str, one: Drawn) -> LabelTask:
    candidate = one.candidate
    return LabelTask(
        subject=candidate.subject,
        text=candidate.text,
        text_key=key,
        event=candidate.event,
        lang=candidate.lang[: feedback.LANG_LENGTH],
        purpose=purpose,
        week=week,
        stratum=one.stratum,
        inclusion_probability=one.chance,
        coders=one.coders,
        predicted=candidate.predicted,
        predicted_probability=candidate.confidence,
        predicted_priority=candidate.priority,
        model_version_id=candidate.model_version_id,
    )


def _open_to(by: Any) -> QuerySet[LabelTask]:
    """Tasks that this person has not answered yet, the audit's first, because only a complete audit can be measured."""
    return LabelTask.objects.filter(closed_at=None).exclude(text="").exclude(labels__by=by).order_by(ORDER, "pk")


def _free(now: datetime) -> Q:
    return Q(claimed_until=None) | moments.over("claimed_until", now, longest=LEASE)


def _held_by(by: Any, now: datetime) -> LabelTask | None:
    return _open_to(by).filter(moments.standing("claimed_until", now, longest=LEASE), claimed_by=by).first()


@transaction.atomic
def _claimed(tasks: Sequence[LabelTask], by: Any, now: datetime) -> LabelTask | None:
    """Claim the first free task. Returns the task that they hold if another page of theirs claimed one first."""
    locks.one_at_a_time("label tasks", by.pk)
    return _held_by(by, now) or next((task for task in tasks if _claim(task, by, now)), None)


def _claim(task: LabelTask, by: Any, now: datetime) -> bool:
    """Try to take the task's lease. The condition decides between two people who ask at the same time."""
    rows = LabelTask.objects.filter(_free(now), pk=task.pk, closed_at=None)
    return bool(rows.update(claimed_by=by, claimed_until=now + LEASE))


def _held(task_id: int, by: Any) -> LabelTask:
    """Lock the task that this person holds. An expired lease still counts while nobody else has taken the task."""
    task = LabelTask.objects.select_for_update(no_key=True).filter(pk=task_id).first()
    if task is None:
        raise TaskGone(_("This text is not in the labelling queue."))
    if task.labels.filter(by=by).exists():
        raise TaskTaken(_("You have already answered this text. Your first answer is kept. Here is the next text."))
    if task.closed_at is not None:
        raise TaskTaken(_("This text needs no more answers. Yours was not saved. Here is the next text."))
    if task.claimed_by_id != by.pk:
        raise TaskTaken(_("Someone else is labelling this text now. Your answer was not saved. Here is the next text."))
    return task


def _release(task: LabelTask, by: Any, *, closed_at: datetime | None) -> None:
    rows = LabelTask.objects.filter(pk=task.pk, closed_at=None, claimed_by=by)
    if not rows.update(claimed_by=None, claimed_until=None, closed_at=closed_at):
        raise TaskTaken(_("Someone else answered this text first. Your answer was not saved. Here is the next text."))


def _record(task: LabelTask, *, by: Any, category: str, priority: str, how: str) -> Label:
    return feedback.record(
        subject=task.subject,
        text=task.text,
        event=task.event,
        lang=task.lang,
        category=category,
        priority=priority,
        how=how,
        by=by,
        task=task,
        predicted=task.predicted,
        predicted_probability=task.predicted_probability,
        model_version_id=task.model_version_id,
    )


def _require_dispute(task: LabelTask, by: Any) -> None:
    labels = list(task.labels.filter(withdrawn=False, superseded_by=None))
    if any(label.by_id == by.pk for label in labels if label.how == Label.How.QUEUE):
        raise NotAllowed(_("One of the two answers is yours, so someone else has to resolve it."))
    if any(label.how == Label.How.ADJUDICATED for label in labels):
        raise TaskTaken(_("Someone else has already resolved this text."))
    if not task.text or len({label.category for label in labels}) < 2:
        raise TaskTaken(_("This text has no disagreement to resolve."))


def _of_labels(*, how: str) -> Q:
    return Q(labels__how=how, labels__withdrawn=False, labels__superseded_by=None)
