"""Deletes a post everywhere when its source deletes it, and keeps a tombstone.

What goes with the row: words, places, meaning, translations, changes, decisions, claims, reveals. Other data: labels and label tasks
lose their text, predictions are deleted, incidents are recounted and their descriptions updated, and posts that quote
it lose its ID. Files of
exports that are kept for a day are written anew without it; bundles are made from the rows when they are asked for. Snapshots hold ids of labels, and leave out those without a text.
The audit log holds ids alone.
"""

from collections.abc import Sequence

from django.db import transaction

from classifier import feedback
from classifier.models import Label, LabelTask, Prediction
from monitoring import audit
from responder import exports
from responder.feeds import ingest, shared_ids, tombstones
from responder.incidents import base, evidence
from responder.models import Post, TriageAction

BATCH = 200


def delete(*, source: str, source_ids: Sequence[str], by: str = "system:feeds") -> int:
    """Delete posts of a source, including those that share a stated ID with them, and reject them in future.

    Returns the number of deleted posts.

    Arguments:
        by: the actor for the audit log, `user:name` or `system:part`.
    """
    return sum(
        _delete(source, list(source_ids[start : start + BATCH]), by) for start in range(0, len(source_ids), BATCH)
    )


@audit.atomic()
def _delete(source: str, source_ids: list[str], by: str) -> int:
    ingest.one_writer(source)
    source_ids = [*source_ids, *shared_ids.kept_besides(source, source_ids)]
    here = Post.objects.filter(source=source, source_id__in=source_ids)
    related = Post.objects.filter(source=source, related_to__in=source_ids).exclude(related_to="")
    # Events first, as those who change incidents do; then the rows, as those who classify do. The audit log last.
    base.locked_of(here)
    locked = (here | related).order_by("pk").select_for_update().values_list("pk", "source_id")
    found = {pk: source_id for pk, source_id in locked if source_id in source_ids}
    tombstones.leave(source, set(source_ids), known=set(found.values()))
    related.update(related_to="")
    if not found:
        return 0
    ids = sorted(found)
    evidence.forget(ids)
    subjects = [f"post:{pk}" for pk in ids]
    Prediction.objects.filter(subject__in=subjects).delete()
    # An undo protects what it undoes: the newest go first.
    TriageAction.objects.filter(post__in=ids).exclude(undoes=None).delete()
    Post.objects.filter(pk__in=ids).delete()
    for subject in _labelled(subjects):
        feedback.erase(subject=subject, by=by)
    exports.take_out(ids)
    transaction.on_commit(lambda: exports.take_out(ids))  # once more: a part may have been on its way to the disk
    audit.record(actor=by, action="post.erased", object_type="post", object_id="batch", detail={"posts": ids})
    return len(ids)


def _labelled(subjects: list[str]) -> list[str]:
    labels = Label.objects.filter(subject__in=subjects).values_list("subject", flat=True)
    tasks = LabelTask.objects.filter(subject__in=subjects).values_list("subject", flat=True)
    return sorted({*labels, *tasks})
