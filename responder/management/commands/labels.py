"""responder labels import|export|list|remove|schema: labels in files, from and to other tools; label schemas."""

import hashlib
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser
from tqdm import tqdm

from classifier import label_files, label_imports
from classifier.errors import LabelError
from classifier.label_files import label_map, writing
from classifier.label_imports import Found, LabelFileOptions, Stored
from classifier.label_reports import Report
from classifier.models import LabelImport, LabelSchema
from classifier.tables import UnusableInput
from responder import database, label_schemas, workbooks
from responder.errors import ResponderError
from responder.workbooks import Column

ACTOR = "system:command-line"
SHOWN = 20  # problems, conflicts and classes in the output
PIECE = 1 << 20


class Command(BaseCommand):
    help = "Bring labels from files of other tools, and write the labels of this installation to files."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        """Add a sub-parser per action; `run` names the method that implements it."""
        actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)

        action = actions.add_parser("import", help="bring labels from a file; exits 1 if a row could not be used")
        action.add_argument("file", help="file of labels, or a folder of HumAID's files")
        action.add_argument("--format", choices=label_files.FORMATS, help="default: by the suffix and the content")
        action.add_argument(
            "--column", action="append", default=[], metavar="OURS=THEIRS",
            help=f"which column of the file is which of ours: {', '.join(label_files.COLUMNS)}; can be given more than once",
        )  # fmt: skip
        action.add_argument("--label-map", metavar="FILE", help="JSON object or table: label of the file → category")
        action.add_argument("--weight", type=float, default=1.0, help="trust in these labels, above 0 and up to 1")
        action.add_argument("--dry-run", action="store_true", help="show what the file holds; store nothing")
        action.add_argument("--json", action="store_true", help="print the report as JSON")
        action.set_defaults(run=self.bring)

        action = actions.add_parser("export", help="write the labels that count now to a file")
        action.add_argument("file", help="file to write; - for standard output")
        action.add_argument("--format", choices=label_files.WRITTEN, default="csv")
        action.add_argument("--event", default="", help="only the labels of this event, by its reference or name")
        action.set_defaults(run=self.write)

        action = actions.add_parser("list", help="the files of labels that were brought")
        action.add_argument("--json", action="store_true", help="print JSON")
        action.set_defaults(run=self.list)

        action = actions.add_parser("remove", help="erase the labels that came in a file")
        action.add_argument("ref", help="reference of the file; see: labels list")
        action.set_defaults(run=self.remove)

        action = actions.add_parser(
            "schema", help="read a label schema from a file, write one, or choose the one in use"
        )
        choice = action.add_mutually_exclusive_group(required=True)
        choice.add_argument("--list", action="store_true", help="list the label schemas")
        choice.add_argument(
            "--read", metavar="FILE", help="store the schema of a JSON file; a known name gets a new version"
        )
        choice.add_argument(
            "--write", metavar="FILE", help="write the schema of --name to a JSON file; - for standard output"
        )
        choice.add_argument(
            "--use", metavar="NAME", help="show this schema's categories; “shipped” for the shipped ones"
        )
        action.add_argument(
            "--name", default="", help="name of the schema; default: as the file says, or the one in use"
        )
        action.set_defaults(run=self.schema)

    def handle(self, **options: Any) -> None:
        database.prepare()
        try:
            options["run"](**options)
        except (UnusableInput, LabelError, ResponderError) as error:
            raise CommandError(str(error), returncode=2) from error

    def bring(self, *, file: str, weight: float, dry_run: bool, json: bool, **options: Any) -> None:
        file_options = LabelFileOptions(
            form=options["format"] or "", columns=_columns(options["column"]), weight=label_imports.require_weight(weight),
            labels=label_map.read(options["label_map"]) if options["label_map"] else {},
        )  # fmt: skip
        with tqdm(unit="row", delay=2, disable=not sys.stderr.isatty()) as bar:
            found = label_imports.read(file, file_options, passing=bar.update)
        stored = None if dry_run or found.report.unknown_labels else self._store(file, found, file_options)
        if json:
            self.stdout.write(_as_json(found, stored))
        else:
            self._tell(found)
            self._tell_stored(stored)
        self._fail(found.report, dry_run=dry_run)

    def write(self, *, file: str, format: str, event: str, **_options: Any) -> None:
        rows = label_imports.standing_rows(event=event)
        if format == "xlsx":
            names, cells = writing.table(rows)
            columns = [Column(name, kind="text" if name == "text" else "value") for name in names]
            content = workbooks.pieces(columns, cells, sheet="Labels")
        else:
            content = (line.encode() for line in writing.lines(format, rows))
        if file == "-":
            for piece in content:
                self.stdout._out.buffer.write(piece)  # type: ignore[attr-defined]
            return
        with Path(file).open("wb") as target:
            target.writelines(content)
        self.stdout.write(f"Wrote {file} as {format}.")

    def list(self, *, json: bool, **_options: Any) -> None:
        rows = LabelImport.objects.exclude(state=LabelImport.State.DRAFT)
        table = [
            {"ref": str(row.ref), "name": row.name, "format": row.form, "state": row.state, "usable": row.report.get("usable", 0),
             "weight": row.options.get("weight", 1.0), "at": row.at.isoformat()}
            for row in rows
        ]  # fmt: skip
        if json:
            self.stdout.write(_dump(table))
            return
        for row in table or [{}]:
            self.stdout.write(
                "  ".join(str(value) for value in row.values()) or "No labels were brought from files yet."
            )

    def remove(self, *, ref: str, **_options: Any) -> None:
        source = next((row for row in LabelImport.objects.all() if str(row.ref) == ref), None)
        if source is None:
            raise LabelError(f"There is no file of labels {ref[:40]!r}. See: responder labels list.")
        count = label_imports.remove(source=source, actor=ACTOR)
        self.stdout.write(f"Erased {count:,} labels of {source.name}.")

    def schema(
        self, *, list: bool, read: str | None, write: str | None, use: str | None, name: str, **_options: Any
    ) -> None:
        if list:
            active = any(row.is_active for row in LabelSchema.objects.all())
            self.stdout.write(f"Shipped{'' if active else '  in use'}")
            for row in LabelSchema.objects.all():
                self.stdout.write(f"{row.name}  version {row.version}{'  in use' if row.is_active else ''}")
        elif read:
            path = Path(read)
            if not path.is_file():
                raise LabelError(f"There is no file {read}.")
            given, entries = label_schemas.read_file(path.read_bytes())
            schema = label_schemas.upload(name=name or given, entries=entries, by=None)
            self.stdout.write(
                f"Stored {schema.name}, version {schema.version}. Show it with: responder labels schema --use NAME"
            )
        elif write:
            found = _schema(name) if name else LabelSchema.objects.filter(is_active=True).first()
            content = _dump(label_schemas.as_file(found))
            if write == "-":
                self.stdout.write(content)
            else:
                Path(write).write_text(content + "\n", encoding="utf-8")
                self.stdout.write(f"Wrote {write}.")
        elif use == "shipped":
            label_schemas.use_shipped(by=None)
            self.stdout.write("The shipped categories are in use.")
        else:
            schema = _schema(use or "")
            label_schemas.activate(ref=str(schema.ref), version=schema.version, by=None)
            self.stdout.write(f"{schema.name} is in use.")

    def _store(self, file: str, found: Found, file_options: LabelFileOptions) -> Stored:
        path = Path(file)
        source = LabelImport(
            name=path.name[-200:], form=found.form, sha256=_sha256(path), options=file_options.as_json(), report=found.report.as_json(),
            size=path.stat().st_size if path.is_file() else 0,
        )  # fmt: skip
        source.save()
        with tqdm(total=len(found.rows), unit="label", delay=2, disable=not sys.stderr.isatty()) as bar:
            return label_imports.store(
                rows=found.rows, source=source, weight=file_options.weight, by=None, actor=ACTOR, passing=bar.update
            )

    def _tell(self, found: Found) -> None:
        report = found.report
        self.stdout.write(f"Format: {found.form}")
        if found.columns:
            self.stdout.write("Columns: " + ", ".join(f"{ours}={theirs}" for ours, theirs in found.columns.items()))
        self.stdout.write(
            f"{report.read:,} rows read: {report.usable:,} usable, {report.copies:,} copies, {report.in_conflict:,} in conflict, "
            f"{report.left_out:,} left out by the map, {report.unknown:,} with an unknown label, {report.unlabelled:,} unlabelled, "
            f"{report.bad:,} bad"
        )
        self._list("Labels by class", report.classes)
        self._list("Events", report.events)
        if report.few:
            self.stdout.write(
                f"Classes with fewer than 50 rows: {', '.join(f'{name} ({n})' for name, n in report.few.items())}"
            )
        for conflict in report.conflicts[:SHOWN]:
            said = "; ".join(
                f"{label} in line {', '.join(map(str, lines))}" for label, lines in conflict.labels.items()
            )
            self.stderr.write(f"conflict: {said}")
        for line, reason in report.problems[:SHOWN]:
            self.stderr.write(f"line {line}: {reason}")
        if report.bad > SHOWN:
            self.stderr.write("Further bad rows are counted but not listed.")

    def _list(self, title: str, counts: Counter[str]) -> None:
        if any(counts):
            shown = ", ".join(f"{name or 'none'} ({count:,})" for name, count in counts.most_common(SHOWN))
            self.stdout.write(f"{title}: {shown}")

    def _tell_stored(self, stored: Stored | None) -> None:
        if stored is None:
            self.stdout.write("Nothing was stored.")
        else:
            self.stdout.write(
                f"Stored: {stored.new:,} new, {stored.changed:,} changed, {stored.known:,} known already."
            )

    def _fail(self, report: Report, *, dry_run: bool) -> None:
        if report.unknown_labels:
            names = ", ".join(f"{name!r} ({count:,})" for name, count in report.unknown_labels.most_common(SHOWN))
            raise CommandError(
                f"These labels mean no category: {names}. Say what they mean with --label-map FILE, or add them to your label "
                "schema. Nothing was stored.",
                returncode=2,
            )
        if not dry_run and (report.bad or report.in_conflict):
            raise CommandError(
                f"Done with problems: {report.bad:,} bad rows and {report.in_conflict:,} rows in conflict were left out.",
                returncode=1,
            )


def _schema(name: str) -> LabelSchema:
    found = LabelSchema.objects.filter(name=name).first()
    if found is None:
        raise LabelError(f"There is no label schema {name[:80]!r}. See: responder labels schema --list.")
    return found


def _columns(given: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in given:
        ours, separator, theirs = pair.partition("=")
        if not separator or not theirs:
            raise UnusableInput(f"Write --column as OURS=THEIRS, such as text=tweet_text: {pair[:60]!r}.")
        found[ours.strip()] = theirs.strip()
    return found


def _sha256(path: Path) -> str:
    if not path.is_file():
        return ""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            digest.update(piece)
    return digest.hexdigest()


def _as_json(found: Found, stored: Stored | None) -> str:
    numbers = None if stored is None else {"new": stored.new, "changed": stored.changed, "known": stored.known}
    return _dump({"format": found.form, "columns": found.columns, "report": found.report.as_json(), "stored": numbers})


def _dump(value: Any) -> str:
    return json.dumps(value, indent=1, ensure_ascii=False)
