"""The rate at which a feed usually brings posts, by which silence is recognised (`responder.queries.liveness`).

An average over the last hours of reading in which older posts count less: after MEMORY minutes a post counts 1/e. Only time
with a connection counts, so an outage lowers nothing; neither does silence, before its first post ends it.
"""

import math
from collections.abc import Sequence
from datetime import datetime, timedelta

from responder.feeds.connectors.base import Item
from responder.models import Feed

MEMORY = 360.0  # minutes
FRESH = timedelta(minutes=10)  # what was missed meanwhile comes at once, and says nothing about a minute


def after(feed: Feed, items: Sequence[Item], now: datetime) -> dict[str, object]:
    """The feed's columns after a batch was read at `now`; empty if no post is in it."""
    posts = [item for item in items if item.post]
    if not posts:
        return {}
    fresh = sum(item.at is None or now - item.at <= FRESH for item in posts)
    began = max(filter(None, (feed.last_post_at, feed.connected_at)), default=now)
    passed = max(0.0, (now - began) / timedelta(minutes=1))
    kept = math.exp(-passed / MEMORY)
    # At least one minute: a burst in the first seconds would look like a rate.
    minutes = max(1.0, feed.usual_minutes * kept + MEMORY * (1 - kept))
    count = feed.usual_per_minute * feed.usual_minutes * kept + fresh
    return {"last_post_at": now, "usual_minutes": minutes, "usual_per_minute": count / minutes}
