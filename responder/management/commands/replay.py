"""responder replay FILE: a file of posts as a live feed, keeping the original spacing in time."""

import sys
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from classifier import clock
from classifier.tables import BadRow, UnusableInput, open_table
from classifier.tables.rows import counted
from responder import database
from responder.feeds import ingest, replay
from responder.feeds.connectors import files
from responder.feeds.raw_post import RawPost


class Command(BaseCommand):
    help = "Replay a file of posts as a live feed. Workers (`responder up`) classify the posts as they arrive."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="CSV, TSV or NDJSON, also .gz")
        parser.add_argument("--speed", type=float, default=20.0, help="speed factor; 1 is real time")
        parser.add_argument("--source", default="replay", help="name of the source")
        parser.add_argument("--event", help="reference of the event; default: the source's name")
        parser.add_argument("--map", default="", help=files.MAP_HELP)
        parser.add_argument("--format", choices=files.FORMATS)

    def handle(self, **options: Any) -> None:
        if not 0 < options["speed"] <= 1_000_000:
            raise CommandError("--speed must be above 0 and at most 1,000,000", returncode=2)
        database.prepare()
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
        event = ingest.event_for(ref=options["event"] or options["source"])
        with tqdm(total=len(posts), unit="post", delay=2, disable=not sys.stderr.isatty()) as bar:
            new = replay.play(
                posts,
                source=options["source"],
                event=event,
                on_progress=lambda sent: bar.update(sent - bar.n),
            )
        repaired = sum(isinstance(row, RawPost) and any(one.lossy for one in row.repairs) for row in rows)
        if repaired:
            self.stdout.write(
                f"Posts repaired with loss: {repaired:,}. `responder import-posts --check` shows the reasons."
            )
        self.stdout.write(f"{counted(len(posts), 'post')} replayed, {new:,} of them new")
