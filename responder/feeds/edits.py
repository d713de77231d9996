"""Edited posts: the new text replaces the old one everywhere and is classified again.

1. The row gets the new text and waits to be classified again; a worker that is busy with the old text loses its lease.
2. Everything derived from the old text is removed: words, places, embedding, translations, and automatic incident suggestions.
3. Labels lose their text: people judged words that nobody stands by any more. Their decisions on the post stay.
"""

from collections.abc import Sequence
from dataclasses import asdict

from django.db.models import F

from classifier import clock, feedback, locks
from classifier.duplicates import text_key
from monitoring import audit
from responder.feeds.raw_post import RawPost
from responder.incidents import base, evidence
from responder.models import Place, Post, PostEmbedding, PostWords, Translation
from responder.privacy import links


def apply(edited: Sequence[tuple[int, RawPost]]) -> int:
    """Replace the texts of posts, inside the caller's transaction. Returns the number changed.

    Arguments:
        edited: (our id, the post as it is now).
    """
    here = Post.objects.filter(pk__in=[pk for pk, _post in edited])
    base.locked_of(here)
    locks.rows(here)
    done = [pk for pk, post in edited if _replace(pk, post)]
    if not done:
        return 0
    for kind in (PostWords, Place, PostEmbedding, Translation):
        kind.objects.filter(post__in=done).delete()
    evidence.forget_rule(done)
    for pk in done:
        feedback.erase(subject=f"post:{pk}", by="system:feeds")
    audit.record(
        actor="system:feeds",
        action="post.edited_at_source",
        object_type="post",
        object_id="batch",
        detail={"posts": done},
    )
    return len(done)


def _replace(pk: int, post: RawPost) -> bool:
    return bool(
        Post.objects.filter(pk=pk, revision__lt=post.revision).update(
            text=post.text,
            lang=post.lang,
            lang_stated=None,
            links=links.kept(post.links or links.in_text(post.text)),
            source_position=asdict(post.position) if post.position else None,
            text_key=text_key(post.text),
            revision=post.revision,
            edited_at=clock.now(),
            state=Post.State.ACCEPTED,
            attempts=0,
            lease_owner="",
            lease_until=None,
            error="",
            version=F("version") + 1,
        )
    )
