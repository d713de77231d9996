"""Predicts what storing posts would do: which are new, already known, or have the ID of a post with a different text."""

from collections.abc import Iterable

from classifier.duplicates import text_key
from responder.feeds import ingest, shared_ids, tombstones
from responder.feeds.raw_post import RawPost

MOST_REMEMBERED = 200_000  # ids of earlier batches


class Comparison:
    """Compares the batches of a file with the stored posts of its source, and with each other.

    Arguments:
        source: its name.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._seen: dict[str, str] = {}

    def compare(self, posts: Iterable[RawPost]) -> ingest.Accepted:
        """Return the counts that `ingest.accept` would return for these posts."""
        offered = [ingest.bounded(post) for post in posts]
        newest = shared_ids.newest(offered)
        gone = tombstones.among(self._source, newest) if newest else set()
        found = shared_ids.divide(newest, self._source, gone)
        conflicts = [
            ingest.Conflict(found.stated[post.source_id], post.source_id, post.line)
            for post in found.fresh
            if post.source_id in found.stated
        ]
        fresh = [post for post in found.fresh if post.source_id not in found.stated]
        again = [post for post in fresh if post.source_id in self._seen]
        conflicts += [
            ingest.Conflict(post.source_id, f"{post.source_id}#{key[:8]}", post.line)
            for post in again
            if self._seen[post.source_id] != (key := text_key(post.text))
        ]
        for post in fresh[: max(0, MOST_REMEMBERED - len(self._seen))]:
            self._seen.setdefault(post.source_id, text_key(post.text))
        lost = sum(post.source_id in gone for post in offered)
        new = len(fresh) - len(again)
        return ingest.Accepted(
            new=new, known=len(offered) - new - len(conflicts) - len(found.edited) - lost, edited=len(found.edited),
            gone=lost, conflicts=tuple(conflicts),
        )  # fmt: skip
