"""Run by test_forks in a process of its own: asks the product for something. `exports NUMBER` or `feeds NUMBER FOLDER`."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import django

THREADS, POSTS = 8, 10


def exports(number: int) -> None:
    """Exports, asked for from several threads at once."""
    from django.db import connections

    from responder import exports
    from responder.models import User
    from responder.queries.filters import Filter

    def ask(owner: User) -> None:
        try:
            exports.ask(owner=owner, kind="csv", post_filter=Filter(), event=None, actor=f"user:{owner.username}")
        finally:
            connections.close_all()

    owners = User.objects.bulk_create(User(username=f"owner-{n}") for n in range(number))
    connections.close_all()
    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(ask, owners))


def feeds(number: int, folder: Path) -> None:
    """Feeds that are listened to at the same time, each with posts of its own."""
    from responder.feeds import ingest
    from responder.models import Feed

    event = ingest.event_for(ref="forks", name="Forks")
    for feed in range(number):
        file = folder / f"feed-{feed}.ndjson"
        rows = ({"id": f"{feed}-{n}", "text": f"Water needed at house {n} of street {feed}"} for n in range(POSTS))
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        Feed.objects.create(name=f"Feed {feed}", kind="file", address=str(file), event=event, wanted=True)


if __name__ == "__main__":
    django.setup()
    {"exports": lambda: exports(int(sys.argv[2])), "feeds": lambda: feeds(int(sys.argv[2]), Path(sys.argv[3]))}[
        sys.argv[1]
    ]()
