"""Keyed hashes of authors, since a handle is personal data."""

import hashlib

from responder.models import MutedAuthor, Post


def key_of(post: Post) -> str:
    """The author's hash, equal for posts by one author of one source; empty for a post without an author."""
    if not post.author_handle:
        return ""
    return hashlib.sha256(f"{post.source}:{post.author_handle}".encode()).hexdigest()[:32]


def muted_in(event_id: int | None) -> set[str]:
    """Keys of the authors whose posts no rule adds to incidents of the event."""
    return set(MutedAuthor.objects.filter(event=event_id).values_list("author_key", flat=True))
