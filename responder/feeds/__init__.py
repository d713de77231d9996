"""Where posts come from. Each source yields RawPosts; see `base` for the contract, and FEEDS for who fulfils it."""

from collections.abc import Callable

from responder.feeds.base import Connector
from responder.models import Feed


def _bluesky(feed: Feed) -> Connector:
    from responder.feeds.bluesky import Jetstream1

    return Jetstream1(address=feed.address, terms=feed.terms)


def _bluesky2(feed: Feed) -> Connector:
    from responder.feeds.bluesky import Jetstream2

    return Jetstream2(address=feed.address, terms=feed.terms)


FEEDS: dict[str, Callable[[Feed], Connector]] = {
    Feed.Kind.BLUESKY: _bluesky,
    Feed.Kind.BLUESKY2: _bluesky2,
}
