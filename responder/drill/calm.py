"""The undisturbed run of a drill, and the set-up of both runs."""

import threading
import time

from classifier import serving
from responder import roles
from responder.classification.pipeline import drain, waiting
from responder.drill import poisoned
from responder.feeds import ingest
from responder.feeds.connectors.replayed import Replayed
from responder.feeds.listener import Listener
from responder.models import Feed, Post, User
from responder.partners import tokens

IDLE_S = 0.2


def prepare(*, file: str, rate: float) -> str:
    """Create an event, a feed of the file and a partner. Returns the partner's secret."""
    event = ingest.event_for(ref="drill", name="Drill")
    Feed.objects.create(name="Drill", kind="file", address=file, channel=str(rate), event=event, wanted=True)
    partner = User.objects.create_user("drill-partner")
    roles.grant(user=partner, role="partner")
    serving.current()
    _, secret = tokens.issue(
        owner=partner, organisation="Drill", name="drill", scopes=["read:posts", "predict"], by=partner
    )
    return secret


def run() -> int:
    """Read the feed to its end and classify everything in this process. Returns the number of posts."""
    assert poisoned.app  # this process fails on poison, as the workers of the storm do
    feed, stop = Feed.objects.get(), threading.Event()
    with open(feed.address, encoding="utf-8") as file:
        last = sum(1 for _ in file)
    listener = Listener(feed.pk, connector=Replayed(address=feed.address, rewind=0), stop=stop)
    reader = threading.Thread(target=listener.run, daemon=True)
    reader.start()
    while reader.is_alive() and int(Feed.objects.get().cursor or 0) < last:
        drain(limit=256)
        time.sleep(IDLE_S)
    stop.set()
    reader.join(30)
    while waiting():
        drain()
        time.sleep(IDLE_S)
    return Post.objects.count()
