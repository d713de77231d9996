"""Labels that people gave. Append-only: the rows determine which label counts at a given time."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from classifier import categories, clock, place_labels
from classifier.categories import CANT_JUDGE, PRIORITIES
from classifier.errors import LabelError
from classifier.ml.identity import text_digest
from classifier.models import Label, LabelTask
from monitoring import audit

LANG_LENGTH = 10  # the column's length; posts may be longer


def text_key(text: str) -> str:
    """A key that is equal for copies of a text."""
    return text_digest(text)


@audit.atomic()
def record(
    *,
    subject: str,
    text: str,
    event: str,
    lang: str,
    category: str,
    how: str,
    by: Any,
    priority: str = "",
    task: LabelTask | None = None,
    predicted: str = "",
    predicted_probability: float | None = None,
    model_version_id: int | None = None,
) -> Label:
    """Record one person's label of a text. It supersedes the person's previous label of it by the same method.

    In the labelling queue a person can also say that nobody could judge the text (CANT_JUDGE). Raises LabelError for an unknown category or priority, which training could not read.
    """
    _check(category, priority, may_be_unsure=how == Label.How.QUEUE)
    before = _newest(subject, how, by)
    label = Label.objects.create(
        subject=subject,
        text=text,
        text_key=text_key(text),
        event=event,
        lang=lang[:LANG_LENGTH],
        category=category,
        priority=priority,
        how=how,
        by=by,
        at=clock.now(),
        task=task,
        supersedes=before,
        predicted=predicted,
        predicted_probability=predicted_probability,
        model_version_id=model_version_id,
    )
    _audit(label, "label.recorded", {"category": category, "priority": priority, "how": how})
    return label


@audit.atomic()
def withdraw(*, label: Label, by: Any) -> Label | None:
    """Withdraw a label. Returns None if it no longer counts."""
    if hasattr(label, "superseded_by") or label.withdrawn:
        return None
    row = Label.objects.create(
        subject=label.subject,
        text="",
        text_key=label.text_key,
        event=label.event,
        lang=label.lang,
        category=label.category,
        how=label.how,
        by=by,
        at=clock.now(),
        supersedes=label,
        withdrawn=True,
    )
    _audit(row, "label.withdrawn", {"label": label.pk})
    return row


@audit.atomic()
def decline(*, task: LabelTask, by: Any) -> Label:
    """Record that this person skipped a text, so that they are not asked again. The row never counts as a label."""
    row = Label.objects.create(
        subject=task.subject,
        text="",
        text_key=task.text_key,
        event=task.event,
        lang=task.lang,
        category=CANT_JUDGE,
        how=Label.How.QUEUE,
        by=by,
        at=clock.now(),
        task=task,
        withdrawn=True,
    )
    _audit(row, "label.declined", {"task": task.pk})
    return row


def newest(*, subject: str, how: str, by: Any) -> Label | None:
    """This person's newest label of a subject by this method, if it still counts."""
    label = _newest(subject, how, by)
    return None if label is None or label.withdrawn else label


def standing(cutoff: datetime | None = None) -> list[Label]:
    """The labels that count at a given time, one per subject, ordered by id.

    An adjudication takes precedence, then the queue's label if its coders agree, then the newest one from triage.
    """
    rows = Label.objects.filter(erased_at=None).order_by("pk")
    if cutoff is not None:
        rows = rows.filter(at__lte=cutoff)
    superseded = {row.supersedes_id for row in rows}
    by_subject: dict[str, list[Label]] = defaultdict(list)
    for row in rows:
        if row.pk not in superseded and not row.withdrawn:
            by_subject[row.subject].append(row)
    chosen = (_that_counts(labels) for labels in by_subject.values())
    counting = (label for label in chosen if label is not None and label.category != CANT_JUDGE)
    return sorted(counting, key=lambda label: label.pk)


@audit.atomic()
def erase(*, subject: str, by: str) -> int:
    """Erase the text from every label and task of a subject. Returns the number of labels that had a text.

    Arguments:
        by: the actor, as the audit log names it: `user:name` or `system:part`.
    """
    rows = Label.objects.filter(subject=subject, erased_at=None)
    count = rows.update(text="", details={}, erased_at=clock.now())
    count += place_labels.erase(subject)
    tasks = LabelTask.objects.filter(subject=subject)
    tasks.filter(closed_at=None).update(closed_at=clock.now())
    emptied = tasks.exclude(text="").update(text="")
    if count or emptied:
        audit.record(
            actor=by,
            action="label.erased",
            object_type="label",
            object_id=subject,
            detail={"labels": count, "tasks": emptied},
        )
    return count


@audit.atomic()
def replace_text(*, subject: str, text: str, by: str) -> int:
    """Replace the text in every label and task of a subject after words were hidden. Returns the number of changed rows.

    Arguments:
        by: the actor, as the audit log names it: `user:name` or `system:part`.
    """
    place_labels.erase(subject)  # its words moved, and the place may be what was to be hidden
    labels = Label.objects.filter(subject=subject, erased_at=None).exclude(text="").exclude(text=text)
    tasks = LabelTask.objects.filter(subject=subject).exclude(text="").exclude(text=text)
    count = labels.update(text=text, text_key=text_key(text)) + tasks.update(text=text, text_key=text_key(text))
    if count:
        audit.record(
            actor=by, action="label.masked", object_type="label", object_id=subject, detail={"labels_and_tasks": count}
        )
    return count


def _check(category: str, priority: str, *, may_be_unsure: bool) -> None:
    if category not in categories.BY_ID or (category == CANT_JUDGE and not may_be_unsure):
        raise LabelError(
            _("The category “%(category)s” does not exist. Choose one of the list.") % {"category": category[:60]}
        )
    if priority and priority not in PRIORITIES:
        raise LabelError(
            _("The priority “%(priority)s” does not exist. Choose one of the four, or none.")
            % {"priority": priority[:60]}
        )


def _that_counts(labels: list[Label]) -> Label | None:
    """The label that counts among a subject's labels, which are neither superseded nor withdrawn."""
    by_way: dict[str, list[Label]] = defaultdict(list)
    for label in labels:
        by_way[label.how].append(label)
    if adjudicated := by_way[Label.How.ADJUDICATED]:
        return adjudicated[-1]
    if coded := by_way[Label.How.QUEUE]:
        return coded[-1] if _agree(coded) else None
    return labels[-1]


def _agree(labels: Iterable[Label]) -> bool:
    return len({label.category for label in labels}) == 1


def _newest(subject: str, how: str, by: Any) -> Label | None:
    rows = Label.objects.filter(subject=subject, how=how, by=by, superseded_by=None)
    return rows.order_by("-pk").first()


def _audit(label: Label, action: str, detail: dict[str, Any]) -> None:
    audit.record(
        actor=f"user:{label.by.username}" if label.by else "system:labels",
        action=action,
        object_type="label",
        object_id=str(label.pk),
        after={"category": label.category, "withdrawn": label.withdrawn},
        detail={"subject": label.subject} | detail,
    )
