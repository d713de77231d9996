"""Stored keys of texts, made again after the rule for them (`classifier.ml.identity`) changed.

The migration that comes with a new rule adds a row of `Rekeying` for each table that holds keys.

How a table is gone through:
1. Rows are read by their ids, `AT_ONCE` at a time; how far is stored after each batch, so an interrupted run goes on.
2. A key is replaced only where it is still the one that was read: an edit in between made its own.
3. Nothing is locked but the rows of one batch.

Snoozes come first, as they hold no text: a snooze follows its posts where all of them still are one text. Otherwise it
ends, and they return to the queue: nobody can say which of them was meant.
"""

import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Model

from classifier import clock, feedback
from classifier.duplicates import text_key
from classifier.models import Label, LabelTask
from responder.models import Post, Rekeying, Snooze

log = structlog.get_logger(__name__)
AT_ONCE = 500
POSTS_OF_A_SNOOZE = 500  # whose texts are compared
Keys = dict[int, str | None]  # by the row's id; None: the row goes


def is_pending() -> bool:
    """Whether some stored keys may be of an older rule; one query."""
    return Rekeying.objects.filter(done_at=None).exists()


def restart() -> None:
    """Begin again with every table, whatever was done."""
    for table in TABLES:
        Rekeying.objects.update_or_create(table=table, defaults={"last": 0, "changed": 0, "done_at": None})


def remake(*, seconds: float | None = None) -> dict[str, int]:
    """Make stored keys again until all are done, or for about `seconds`. Returns table → rows read. Idempotent."""
    until = None if seconds is None else time.monotonic() + seconds
    read: dict[str, int] = {}
    for table in TABLES:
        while Rekeying.is_pending(table):
            if until is not None and time.monotonic() >= until:
                return read
            read[table] = read.get(table, 0) + _batch(table)
    return read


@transaction.atomic
def _batch(table: str) -> int:
    """Make the keys of the next rows again. Returns how many rows were read."""
    model, keys_of = TABLES[table]
    progress = Rekeying.objects.select_for_update(no_key=True).get(table=table)
    rows: list[Any] = list(model._default_manager.filter(pk__gt=progress.last).order_by("pk")[:AT_ONCE])
    keys = keys_of(rows)
    changed = [row for row in rows if keys.get(row.pk, row.text_key) != row.text_key]
    progress.changed += sum(_replace(row, keys[row.pk]) for row in changed)
    if rows:
        progress.last = rows[-1].pk
    if len(rows) < AT_ONCE:
        progress.done_at = clock.now()
        log.info("keys of texts were made again", table=table, changed=progress.changed)
    progress.save()
    return len(rows)


def _replace(row: Any, key: str | None) -> bool:
    still = type(row)._default_manager.filter(pk=row.pk, text_key=row.text_key)
    return bool(still.delete()[0] if key is None else still.update(text_key=key))


def _of_posts(rows: Iterable[Any]) -> Keys:
    return {row.pk: text_key(row.text) for row in rows}


def _of_tasks(rows: Iterable[Any]) -> Keys:
    return {row.pk: feedback.text_key(row.text) for row in rows if row.text}


def _of_labels(rows: Iterable[Any]) -> Keys:
    """Withdrawn rows hold no text: they have the key of what they withdraw, or of the task that was declined."""
    keys: Keys = {}
    for row in rows:
        if row.text:
            keys[row.pk] = feedback.text_key(row.text)
        elif row.withdrawn and row.supersedes_id is not None:
            keys[row.pk] = keys.get(row.supersedes_id) or row.supersedes.text_key
        elif row.withdrawn and row.task_id is not None:
            keys[row.pk] = row.task.text_key
    return keys


def _of_snoozes(rows: Iterable[Any]) -> Keys:
    return {row.pk: _key_of_snooze(row) for row in rows}


def _key_of_snooze(row: Any) -> str | None:
    posts = Post.objects.filter(event=row.event_id, text_key=row.text_key).order_by("-pk")
    keys = {text_key(text) for text in posts.values_list("text", flat=True)[:POSTS_OF_A_SNOOZE]}
    if not keys:
        return str(row.text_key)
    taken = Snooze.objects.filter(event=row.event_id, text_key__in=keys).exclude(pk=row.pk).exists()
    return None if len(keys) > 1 or taken else keys.pop()


TABLES: dict[str, tuple[type[Model], Callable[[Iterable[Any]], Keys]]] = {
    "snoozes": (Snooze, _of_snoozes),
    "posts": (Post, _of_posts),
    "label tasks": (LabelTask, _of_tasks),
    "labels": (Label, _of_labels),
}
