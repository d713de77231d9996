"""`python -m tests.fakes mastodon` (or `bluesky`): a source on loopback, with a fictional post every second for an hour.

It prints the address to enter under *Sources*. Start Responder with RESPONDER_FEED_NETWORKS=127.0.0.0/8 to reach it.
"""

import sys
import threading
import time
from datetime import timedelta
from typing import Any

from classifier import clock
from tests.fakes.jetstream import Jetstream
from tests.fakes.mastodon import Mastodon
from tests.fakes.story import Event, make_story

POSTS = 3600


def _wait_for(event: Event) -> None:
    time.sleep(max(0.0, (event.at - clock.now()).total_seconds()))


class SlowMastodon(Mastodon):
    """Tells each post at its time, to anybody."""

    def needs_token(self, path: str) -> bool:
        return False

    def frame(self, event: Event) -> bytes:
        _wait_for(event)
        return super().frame(event)


class SlowJetstream(Jetstream):
    """Tells each post at its time."""

    def _message(self, path: str, event: Event) -> dict[str, Any]:
        _wait_for(event)
        return super()._message(path, event)


KINDS = {"mastodon": SlowMastodon, "bluesky": SlowJetstream}


def main(kind: str) -> None:
    """Serve until the process is interrupted."""
    events = make_story(POSTS, start=clock.now() - timedelta(minutes=1), step=timedelta(seconds=1))
    with KINDS[kind](events).running() as server:  # type: ignore[abstract]
        print(server.address, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "mastodon")
