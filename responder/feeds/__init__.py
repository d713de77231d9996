"""Sources of posts. Each yields RawPosts; see `base` for the contract, and FEEDS for the implementations."""

from collections.abc import Callable

from django.conf import settings

from classifier import addresses
from responder.feeds.connectors.base import Connector
from responder.models import Feed


def _bluesky(feed: Feed) -> Connector:
    from responder.feeds.connectors.bluesky import Jetstream1

    return Jetstream1(address=feed.address, terms=feed.terms)


def _bluesky2(feed: Feed) -> Connector:
    from responder.feeds.connectors.bluesky import Jetstream2

    return Jetstream2(address=feed.address, terms=feed.terms)


def _mastodon(feed: Feed) -> Connector:
    from responder.feeds.connectors.mastodon import ADDRESS, Mastodon

    # A token is for one server: it must not reach another, whatever somebody writes into the address.
    address = addresses.split(feed.address or ADDRESS)
    token = settings.MASTODON_TOKENS.get(address.netloc, "") if address.scheme == "https" else ""
    return Mastodon(address=feed.address, channel=feed.channel, terms=feed.terms, token=token)


def _x(feed: Feed) -> Connector:
    from responder.feeds.connectors.x import ADDRESS, X

    # As above: the token is for X's own server.
    token = settings.X_TOKEN if feed.address in ("", ADDRESS) else ""
    return X(address=feed.address, terms=feed.terms, token=token, tag=f"responder:{feed.pk}")


def _file(feed: Feed) -> Connector:
    from responder.feeds.connectors.replayed import Replayed

    return Replayed(address=feed.address, rate=float(feed.channel or 0))


FEEDS: dict[str, Callable[[Feed], Connector]] = {
    Feed.Kind.BLUESKY: _bluesky,
    Feed.Kind.BLUESKY2: _bluesky2,
    Feed.Kind.MASTODON: _mastodon,
    Feed.Kind.X: _x,
    Feed.Kind.FILE: _file,
}
