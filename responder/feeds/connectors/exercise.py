"""The bundled exercise, read as a feed: its posts come at their times, as from a live source.

The cursor is the number of posts that were delivered, so that a feed goes on where it stopped.
"""

import time
from datetime import datetime, timedelta

from django.utils.translation import gettext_lazy as _

from classifier import clock
from responder.demo.speed import SPEED
from responder.feeds.connectors.base import NOTHING, TICK_S, Item, Items, Unusable, position
from responder.feeds.connectors.kind import FeedKind
from responder.feeds.raw_post import RawPost
from responder.models import Event

SOURCE = "exercise"


def posts_of(run: Event) -> list[RawPost]:
    """The exercise's posts in order, with the times of this run."""
    from responder.demo import exercise as bundled  # its places and people, which other feeds don't need

    return [
        RawPost(
            source_id=f"{run.ref}:{post.id}",
            text=post.text,
            created_at=run.started_at + timedelta(seconds=post.offset_s / SPEED),
            lang=post.lang,
            author_handle=post.author,
        )
        for post in bundled.posts()
    ]


class ExercisePlayer:
    """See `Connector`.

    Arguments:
        run: the exercise's event; with any other, nothing is read.
    """

    source = SOURCE
    replays = True

    def __init__(self, *, run: Event | None) -> None:
        self.run, self._closing = run, False

    def close(self) -> None:
        """See `Connector`."""
        self._closing = True

    def read(self, cursor: str, *, cursor_at: datetime | None) -> Items:
        """See `Connector`."""
        if self.run is None or not self.run.is_exercise:
            raise Unusable("A feed of the exercise needs an exercise's event.")
        self._closing = False
        yield Item(caught_up=True)
        delivered = position(cursor)
        for number, post in enumerate(posts_of(self.run)[delivered:], start=delivered + 1):
            while not self._closing and post.created_at and post.created_at > clock.now():
                yield Item()  # a sign of life: the player runs, and the next post comes later
                time.sleep(TICK_S)
            if self._closing:
                return
            yield Item(post=post, cursor=str(number), at=post.created_at)
        while not self._closing:
            time.sleep(TICK_S)
            yield NOTHING


EXERCISE = FeedKind(
    label=_("Bundled exercise"), connect=lambda feed: ExercisePlayer(run=feed.event), configurable=False
)
