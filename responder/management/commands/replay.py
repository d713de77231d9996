"""responder replay FILE: a file of posts as a live feed, keeping the original spacing in time."""

import sys
from collections.abc import Sequence
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from classifier import clock
from classifier.tables import BadRow, UnusableInput, open_table
from classifier.tables.rows import counted
from responder import database
from responder.errors import Closed
from responder.feeds import ingest, replay
from responder.feeds.connectors import files
from responder.feeds.raw_post import RawPost
from responder.models import Event


class Command(BaseCommand):
    help = "Replay a file of posts as a live feed. Workers (`responder up`) classify the posts as they arrive."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="CSV, TSV or NDJSON, also .gz")
        parser.add_argument("--speed", type=float, default=20.0, help="speed factor; 1 is real time")
        parser.add_argument("--source", default="replay", help="name of the source")
        parser.add_argument("--event", help="reference of an event; default: the source's name, created if missing")
        parser.add_argument("--create-event", action="store_true", help="create the event of --event if it is missing")
        parser.add_argument("--map", default="", help=files.MAP_HELP)
        parser.add_argument("--format", choices=files.FORMATS)

    def handle(self, **options: Any) -> None:
        if not 0 < options["speed"] <= 1_000_000:
            raise CommandError("--speed must be above 0 and at most 1,000,000", returncode=2)
        database.prepare()
        self._require_event(options)
        try:
            mapping = files.parse_mapping(options["map"])
            with open_table(options["file"], form=options["format"]) as table:
                rows = list(files.raw_posts(table.rows(), mapping, reading=table.reading))
        except UnusableInput as error:
            raise CommandError(str(error), returncode=2) from error
        for row in rows:
            if isinstance(row, BadRow):
                self.stderr.write(str(row))
        try:
            posts = replay.schedule(
                [row for row in rows if isinstance(row, RawPost)], start=clock.now(), speed=options["speed"]
            )
        except UnusableInput as error:
            raise CommandError(str(error), returncode=2) from error
        try:
            new = self._play(posts, source=options["source"], event=self._event(options))
        except Closed as error:
            raise CommandError(str(error), returncode=2) from error
        repaired = sum(isinstance(row, RawPost) and any(one.lossy for one in row.repairs) for row in rows)
        if repaired:
            self.stdout.write(
                f"Posts repaired with loss: {repaired:,}. `responder import-posts --check` shows the reasons."
            )
        self.stdout.write(f"{counted(len(posts), 'post')} replayed, {new:,} of them new")

    def _require_event(self, options: dict[str, Any]) -> None:
        """Exit before the file is read if the event of --event is missing, and nobody asked to create it."""
        known = not options["event"] or Event.objects.filter(ref=options["event"]).exists()
        if not known and not options["create_event"]:
            raise CommandError(
                f"There is no event {options['event']!r}. Create it with --create-event, or correct the reference.",
                returncode=2,
            )

    def _event(self, options: dict[str, Any]) -> Event:
        """The event of the posts, created if necessary. Raises Closed."""
        event = ingest.event_for(ref=options["event"] or options["source"])
        event.require_open()
        return event

    def _play(self, posts: Sequence[RawPost], *, source: str, event: Event) -> int:
        """Replay the posts, and return how many were new. Raises Closed if the event is closed meanwhile."""
        with tqdm(total=len(posts), unit="post", delay=2, disable=not sys.stderr.isatty()) as bar:
            return replay.play(posts, source=source, event=event, on_progress=lambda sent: bar.update(sent - bar.n))
