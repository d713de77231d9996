"""responder import-posts FILE --source NAME: a file into the durable ingest, once however often it is run."""

import itertools
import sys
import time
from collections.abc import Iterator
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from classifier.tables import BadRow, UnusableInput
from responder import database
from responder.classification import pipeline
from responder.classification.wake_up import wake_classifier
from responder.feeds import ingest
from responder.feeds.connectors import files
from responder.feeds.raw_post import RawPost
from responder.models import Event, Post

BATCH = 500
BAD_ROWS_SHOWN = 20


class Command(BaseCommand):
    help = "Import posts from CSV, TSV or NDJSON (also .gz). Idempotent: posts imported before are skipped."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="a file, or - for standard input (NDJSON)")
        parser.add_argument("--source", required=True, help="name of the source; part of each post's id")
        parser.add_argument("--event", help="reference of the event; default: the source's name")
        parser.add_argument("--map", default="", help="column names, as text=…,id=…,created_at=…,lang=…,author=…")
        parser.add_argument("--format", choices=files.FORMATS)
        parser.add_argument("--no-wait", action="store_true", help="don't wait for classification; workers do it")

    def handle(self, **options: Any) -> None:
        database.prepare()
        try:
            self._import(options)
        except UnusableInput as error:
            raise CommandError(str(error), returncode=2) from error

    def _import(self, options: dict[str, Any]) -> None:
        mapping = files.parse_mapping(options["map"])
        rows = files.raw_posts(files.read_rows(options["file"], form=options["format"]), mapping)
        first = next(rows, None)  # an unusable file is refused before an event is made for it
        event = ingest.event_for(ref=options["event"] or options["source"])
        read, new, bad, retimed = self._accept(itertools.chain(filter(None, [first]), rows), options["source"], event)
        self.stdout.write(
            f"{read:,} rows read: {new:,} new posts, {read - new - bad:,} already known, {bad:,} bad rows"
        )
        if retimed:
            self.stdout.write(f"{retimed:,} new posts had an invalid time; see their `time_source`")
        if not options["no_wait"]:
            self._classify(event)

    def _accept(self, rows: Iterator[RawPost | BadRow], source: str, event: Event) -> tuple[int, int, int, int]:
        read = new = bad = retimed = 0
        while batch := list(itertools.islice(rows, BATCH)):
            posts = [row for row in batch if isinstance(row, RawPost)]
            for row in batch:
                if isinstance(row, BadRow):
                    bad += 1
                    self._report(row, bad, "more bad rows are counted but not listed")
            read += len(batch)
            accepted = ingest.accept(posts=posts, source=source, event=event)
            new += accepted.new
            for post in accepted.retimed:
                retimed += 1
                self._report(post, retimed, "more invalid times are counted but not listed")
            wake_classifier()  # each worker that is free takes part from now on
        return read, new, bad, retimed

    def _report(self, row: object, number: int, further: str) -> None:
        if number <= BAD_ROWS_SHOWN:
            self.stderr.write(str(row))
        elif number == BAD_ROWS_SHOWN + 1:
            self.stderr.write(further)

    def _classify(self, event: Event) -> None:
        """Work beside any workers until no post of the event waits."""
        mine = Post.objects.filter(event=event, state=Post.State.ACCEPTED)
        total = mine.count()
        started = time.monotonic()
        with tqdm(total=total, unit="post", delay=2, disable=not sys.stderr.isatty()) as bar:
            while left := mine.count():
                bar.update(total - left - bar.n)
                if not pipeline.drain(limit=4 * pipeline.BATCH):
                    time.sleep(0.5)  # leased by a worker, or waiting for another try
            bar.update(total - bar.n)
        seconds = max(time.monotonic() - started, 1e-9)
        quarantined = Post.objects.filter(event=event, state=Post.State.QUARANTINED).count()
        self.stdout.write(f"{total:,} posts classified in {seconds:.1f} s; {quarantined:,} failed")
