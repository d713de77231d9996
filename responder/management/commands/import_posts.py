"""responder import-posts FILE --source NAME: import a file of posts. Idempotent."""

import sys
import time
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from tqdm import tqdm

from classifier.tables import FORMATS, UnusableInput
from responder import database
from responder.classification import pipeline
from responder.classification.wake_up import wake_classifier
from responder.errors import Invalid
from responder.events import references
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.feeds.shapes import MAP_HELP, parse_mapping
from responder.imports import accepting, options, preview, problem_words
from responder.imports.reading import PostFile, ReadingOptions
from responder.imports.report import Problem, Report
from responder.models import Event, Post

BATCH = 500
PROBLEMS_SHOWN = 20
EXCERPT = 100  # characters of a text in a preview
ORDERS = {"day": True, "month": False}


class Command(BaseCommand):
    help = "Import posts from a file. Idempotent: posts imported before are skipped. Exits 1 if any row had a problem."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", help="CSV, TSV, xlsx, ods, JSON or NDJSON file, also as .gz; - for standard input (NDJSON)"
        )
        parser.add_argument("--source", required=True, help="name of the source; part of each post's id")
        parser.add_argument("--event", help="reference of an event; default: the source's name, created if missing")
        parser.add_argument("--create-event", action="store_true", help="create the event of --event if it is missing")
        parser.add_argument("--check", action="store_true", help="show how the file will be read; store nothing")
        parser.add_argument("--map", default="", help=MAP_HELP)
        parser.add_argument("--time-zone", default="", help="time zone of times that state none; default: the event's")
        parser.add_argument("--date-order", choices=ORDERS, help="what comes first in dates such as 3/4/2026")
        parser.add_argument("--encoding", default="", help="encoding of the file; default: detected")
        parser.add_argument("--format", choices=FORMATS)
        parser.add_argument("--no-wait", action="store_true", help="don't wait for the workers to classify the posts")

    def handle(self, **options: Any) -> None:
        database.prepare()
        try:
            options["source"] = accepting.source_name(options["source"])
            report = self._check(options) if options["check"] else self._import(options)
        except (UnusableInput, Invalid) as error:
            raise CommandError(str(error), returncode=2) from error
        if not report.is_clean:
            raise CommandError(f"{report.verdict}: {_grave(report)}.", returncode=1)
        self.stdout.write(report.verdict)

    def _import(self, given: dict[str, Any]) -> Report:
        event = self._existing_event(given)
        with PostFile(given["file"], _reading_options(given, event)) as file:  # before an event is made for it
            event = event or _new_event(given)
            for note in (*file.reading.notes, *file.understanding.notes):
                self.stdout.write(note)
            report = self._accept(file, given["source"], event)
        self._tell(report)
        if not given["no_wait"]:
            self._classify(event)
        return report

    def _check(self, given: dict[str, Any]) -> Report:
        event = self._existing_event(given)
        found = preview.preview(given["file"], _reading_options(given, event), source=given["source"], most_rows=None)
        reading, understood = found.reading, found.understanding
        self.stdout.write(f"Format: {reading.form}, {understood.shape}")
        if reading.encoding:
            self.stdout.write(f"Encoding: {reading.encoding} ({reading.encoding_source})")
        if reading.skipped:
            self.stdout.write(f"Lines before the header: {reading.skipped}")
        for column, tag in reading.hxl.items():
            self.stdout.write(f"HXL tag of {column}: {tag}")
        self.stdout.write(f"Time zone: {understood.time_zone}. {understood.time_zone_reason}")
        if understood.date_order:
            first = "day" if understood.day_first else "month"
            self.stdout.write(f"Dates: {first} first. {understood.date_order}")
        mapping = ", ".join(f"{name}={column}" for name, column in understood.columns.items())
        self.stdout.write(f"Columns: {mapping or 'as usual for this format'}")
        for note in found.notes:
            self.stdout.write(note)
        for post in found.posts:
            self.stdout.write(_line(post))
        self._show(found.report.problems[:PROBLEMS_SHOWN], found.report)
        self._tell(found.report)
        self.stdout.write("Nothing was stored.")
        return found.report

    def _existing_event(self, given: dict[str, Any]) -> Event | None:
        """The event that posts belong to, or None where one will be created. Raises Invalid for an unknown or closed one."""
        event = Event.objects.filter(ref=given["event"] or given["source"]).first()
        if event is None and given["event"] and not given["create_event"]:
            raise Invalid(
                f"There is no event {given['event']!r}. Create it with --create-event, or correct the reference."
            )
        if event:
            event.require_open()
        return event

    def _accept(self, file: PostFile, source: str, event: Event) -> Report:
        report, told = Report(), 0
        for batch in file.batches(BATCH):
            posts = [item for item in batch.items if isinstance(item, RawPost)]
            problems = report.add(batch.items, ingest.accept(posts=posts, source=source, event=event))
            self._show(
                problems[: max(0, PROBLEMS_SHOWN - told)], report, is_last=told <= PROBLEMS_SHOWN < told + len(problems)
            )
            told += len(problems)
            wake_classifier()  # each worker that is free takes part from now on
        return report

    def _show(self, problems: list[Problem], report: Report, *, is_last: bool = False) -> None:
        for problem in problems:
            self.stderr.write(str(problem))
        if is_last:
            self.stderr.write("Further problems are counted but not listed.")

    def _tell(self, report: Report) -> None:
        parts = [
            (report.new, ngettext("%(n)s new post", "%(n)s new posts", report.new)),
            (report.known, _("%(n)s already known")),
            (report.bad, ngettext("%(n)s bad row", "%(n)s bad rows", report.bad)),
        ]
        optional = [
            (report.conflicts, ngettext("%(n)s conflicting ID", "%(n)s conflicting IDs", report.conflicts)),
            (report.edited, _("%(n)s edited")),
            (report.gone, _("%(n)s deleted at the source")),
        ]
        parts += [part for part in optional if part[0]]
        read = ngettext("%(n)s row read", "%(n)s rows read", report.read)
        self.stdout.write(f"{_counted(report.read, read)}: {', '.join(_counted(*part) for part in parts)}")
        self._tell_kinds(report)

    def _tell_kinds(self, report: Report) -> None:
        for kind, count in report.repaired.most_common():
            repaired = ngettext("%(n)s row repaired", "%(n)s rows repaired", count)
            self.stdout.write(f"{_counted(count, repaired)}: {problem_words.words(kind)}")
        if report.retimed:
            invalid = ngettext(
                "%(n)s new post had an impossible time. Its `time_source` says which time it got.",
                "%(n)s new posts had impossible times. Their `time_source` says which time they got.",
                report.retimed,
            )
            self.stdout.write(_counted(report.retimed, invalid))

    def _classify(self, event: Event) -> None:
        """Classify along with any workers until no post of the event is waiting."""
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
        classified = ngettext("%(n)s post classified", "%(n)s posts classified", total)
        self.stdout.write(f"{_counted(total, classified)} in {seconds:.1f} s; {quarantined:,} failed")


def _reading_options(given: dict[str, Any], event: Event | None) -> ReadingOptions:
    """How the file is to be read. Raises Invalid, UnusableInput."""
    zone = options.zone_name(given["time_zone"]) or options.event_zone(event)
    return ReadingOptions(
        form=given["format"] or "", encoding=given["encoding"], mapping=parse_mapping(given["map"]), zone=zone,
        day_first=ORDERS.get(given["date_order"]),
    )  # fmt: skip


def _new_event(given: dict[str, Any]) -> Event:
    """The event for the file, created. Its time zone is that of --time-zone."""
    ref = accepting.event_name(given["event"] or given["source"])
    event = ingest.event_for(ref=ref[: references.REF_LIMIT], name=ref)
    if given["time_zone"]:
        Event.objects.filter(pk=event.pk, time_zone=options.DEFAULT_ZONE).update(time_zone=given["time_zone"])
    return event


def _line(post: preview.PreviewPost) -> str:
    at = f"{post.created_at:%Y-%m-%d %H:%M} UTC ({post.time_source})"
    text = " ".join(post.text.split())
    shown = text if len(text) <= EXCERPT else f"{text[: EXCERPT - 1]}…"
    parts = (f"line {post.line}", post.source_id, at, post.author, post.lang, post.place, shown)
    return " | ".join(part for part in parts if part)


def _grave(report: Report) -> str:
    counted = (
        (report.bad, ngettext("%(n)s bad row", "%(n)s bad rows", report.bad)),
        (report.conflicts, ngettext("%(n)s conflicting ID", "%(n)s conflicting IDs", report.conflicts)),
        (report.lossy, ngettext("%(n)s row repaired with loss", "%(n)s rows repaired with loss", report.lossy)),
    )
    return ", ".join(_counted(count, words) for count, words in counted if count)


def _counted(count: int, words: str) -> str:
    return words % {"n": f"{count:,}"}
