"""Labels: what people said that a text is. Append-only; which of them counts at a moment is worked out from the rows."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from classifier import clock
from classifier.categories import CANT_JUDGE, CATEGORY_IDS, PRIORITIES
from classifier.errors import LabelError
from classifier.ml.text import normalise
from classifier.models import Label, LabelTask
from monitoring import audit

LANG_LENGTH = 10  # of the column; posts allow more


def text_key(text: str) -> str:
    """Equal for copies of a text."""
    return hashlib.sha256(normalise(text).encode()).hexdigest()


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
    """One person's answer about one text; it supersedes what the same person said about it in the same way before.

    Raises LabelError for a category or priority that does not exist: training could not read such a label.
    """
    _check(category, priority)
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
    """Take a label back; None where it no longer stands."""
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
    """Keep that this person passed a text over: a row that never counts, so that they are not asked again."""
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
    """What this person last said about a subject in this way, where it still stands."""
    label = _newest(subject, how, by)
    return None if label is None or label.withdrawn else label


def standing(cutoff: datetime | None = None) -> list[Label]:
    """The labels that count at a moment, one a subject, in order of their ids.

    An adjudication comes first; then the queue's, where its coders agree; then the newest of triage.
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
    return sorted((label for label in chosen if label is not None), key=lambda label: label.pk)


@audit.atomic()
def erase(*, subject: str, by: str) -> int:
    """Take the text out of every label and task of a subject; how many labels lost theirs.

    Arguments:
        by: who erases, as the audit log names it: `user:name` or `system:part`.
    """
    count = Label.objects.filter(subject=subject, erased_at=None).update(text="", erased_at=clock.now())
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


def _check(category: str, priority: str) -> None:
    if category not in CATEGORY_IDS:
        raise LabelError(
            _("The category “%(category)s” does not exist. Choose one of the ten.") % {"category": category[:60]}
        )
    if priority and priority not in PRIORITIES:
        raise LabelError(
            _("The priority “%(priority)s” does not exist. Choose one of the four, or none.")
            % {"priority": priority[:60]}
        )


def _that_counts(labels: list[Label]) -> Label | None:
    """Of the labels of one subject that were neither superseded nor withdrawn."""
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
