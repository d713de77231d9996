"""Recomputes the stored keys of texts after the rule for them (`classifier.ml.identity`) has changed.

The migration for a new rule adds a row of `Rekeying` for each table with keys.

How a table is processed:
1. Rows are read in the order of their IDs, `AT_ONCE` at a time. The progress is stored after each batch, so an interrupted
   run resumes.
2. A key is replaced only if it is still the one that was read, because an edit in between sets a new key.
3. Only the rows of one batch are locked.

Snoozes come first, because they contain no text. A snooze follows its posts if they all still have the same key.
Otherwise it ends, and the posts return to the queue, because it is unclear which of them was meant.
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
POSTS_OF_A_SNOOZE = 500  # posts that are compared
Keys = dict[int, str | None]  # by row ID; None: delete the row


def is_pending() -> bool:
    """Whether some stored keys may be outdated; one query."""
    return Rekeying.objects.filter(done_at=None).exists()


def restart() -> None:
    """Restart with every table."""
    for table in TABLES:
        Rekeying.objects.update_or_create(table=table, defaults={"last": 0, "changed": 0, "done_at": None})


def remake(*, seconds: float | None = None) -> dict[str, int]:
    """Recompute stored keys until all are done, or for about `seconds`. Returns table → rows read. Idempotent."""
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
    """Recompute the keys of the next rows. Returns the number of rows read."""
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
        log.info("text keys recomputed", table=table, changed=progress.changed)
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
    """Return the keys of labels. A withdrawn row has no text: it gets the key of the label it withdraws, or of the declined task."""
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
