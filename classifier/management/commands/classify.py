"""responder classify [FILE|-]: print one JSON prediction per input row, in input order."""

import gzip
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import ngettext
from tqdm import tqdm

from classifier import bulk, serving, tables
from classifier.errors import ModelUnavailable
from classifier.predict import Message


@dataclass
class Tally:
    """Counts of the rows that failed so far."""

    bad: int = 0
    strict: bool = False
    failures: list[str] = field(default_factory=list)


class Command(BaseCommand):
    help = "Classify a file (CSV, TSV, NDJSON, also .gz) or standard input. Prints one JSON object per row, in order."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", default="-")
        parser.add_argument("--format", choices=tables.FORMATS)
        parser.add_argument("--text-column", default="text")
        parser.add_argument("--id-column", default="id")
        parser.add_argument("--output", default="-", help="output file (.gz: compressed), or - for standard output")
        parser.add_argument("--strict", action="store_true", help="stop at the first bad row")

    def handle(self, **options: Any) -> None:
        tally = Tally(strict=options["strict"])
        try:
            rows = tables.read_rows(options["file"], form=options["format"])
            messages = self._messages(rows, options, tally)
            folder = serving.current_folder()
            with _writer(options["output"]) as output:
                for prediction in tqdm(
                    bulk.classify_many(messages, folder=folder),
                    unit="row", delay=2, disable=not sys.stderr.isatty(),
                ):  # fmt: skip
                    output.write(json.dumps(prediction, ensure_ascii=False) + "\n")
        except (tables.UnusableInput, ModelUnavailable) as error:
            raise CommandError(str(error), returncode=2) from error
        except BrokenPipeError:  # the reader closed the pipe
            sys.stderr.close()
        if tally.bad:
            failed = ngettext(
                "%(n)s row failed; the others were classified.",
                "%(n)s rows failed; the others were classified.",
                tally.bad,
            )
            raise CommandError(failed % {"n": f"{tally.bad:,}"}, returncode=1)

    def _messages(
        self, rows: Iterator[tuple[int, dict[str, Any] | tables.BadRow]], options: dict[str, Any], tally: Tally
    ) -> Iterator[Message]:
        text_column, id_column = "", options["id_column"]
        for position, (line, row) in enumerate(rows):
            if isinstance(row, tables.Row) and not text_column:
                text_column = tables.require_column(row, options["text_column"])
                id_column = tables.column_named(row, id_column) or id_column
            problem = row if isinstance(row, tables.BadRow) else tables.text_problem(line, row, text_column)
            if problem is None and isinstance(row, tables.Row):
                problem = tables.id_problem(line, row, id_column)
            if problem is not None:
                self._bad(problem, tally)
                continue
            assert isinstance(row, tables.Row)
            for repair in row.repairs:
                self.stderr.write(str(repair))
            given = row.get(id_column)
            yield Message(id=str(position if given is None else given), text=str(row[text_column]))

    def _bad(self, problem: tables.BadRow, tally: Tally) -> None:
        tally.bad += 1
        self.stderr.write(str(problem))
        if tally.strict:
            raise CommandError("Stopped at the first bad row because of --strict.", returncode=1)


@contextmanager
def _writer(path: str) -> Iterator[IO[str]]:
    if path == "-":
        yield sys.stdout
        sys.stdout.flush()
        return
    opener = gzip.open if path.endswith(".gz") else open
    try:
        stream = opener(path, "wt", encoding="utf-8")
    except OSError as error:
        raise tables.UnusableInput(f"{path}: {error.strerror or error}") from error
    with stream:
        yield stream
