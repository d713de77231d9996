"""The kinds of feed that this version of Responder reads, by the name that a feed's row stores.

A kind is loaded when it is first needed: a process that reads no feed imports no client of any source.
"""

from django.utils.module_loading import import_string

from responder.feeds.connectors.base import Connector, Unusable
from responder.feeds.connectors.kind import FeedKind, Text
from responder.models import Feed

# In the order in which the page offers them. A name has at most 32 characters, and is never changed.
KINDS = {
    "bluesky": "responder.feeds.connectors.bluesky.JETSTREAM_1",
    "bluesky2": "responder.feeds.connectors.bluesky.JETSTREAM_2",
    "mastodon": "responder.feeds.connectors.mastodon.MASTODON",
    "x": "responder.feeds.connectors.x.X_API",
    "exercise": "responder.feeds.connectors.exercise.EXERCISE",
    "file": "responder.feeds.connectors.replayed.FILE",
}


def find(name: str) -> FeedKind | None:
    """The kind of this name; None where this version has none."""
    path = KINDS.get(name)
    if path is None:
        return None
    kind = import_string(path)
    assert isinstance(kind, FeedKind), path
    return kind


def label(name: str) -> Text:
    """What pages call the kind of this name."""
    kind = find(name)
    return kind.label if kind else name


def configurable() -> dict[str, FeedKind]:
    """The kinds that people can add, by name."""
    return {name: kind for name in KINDS if (kind := find(name)) and kind.configurable}


def connect(feed: Feed) -> Connector:
    """The connector that reads a feed. Raises Unusable where this version has no such kind."""
    kind = find(feed.kind)
    if kind is None:
        raise Unusable(f"This version of Responder cannot read feeds of the type “{feed.kind}”.")
    return kind.connect(feed)
