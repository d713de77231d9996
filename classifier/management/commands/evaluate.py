"""responder evaluate FILE [--model …]: evaluate a model on a labelled file."""

import json
from pathlib import Path
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from classifier import categories, serving, tables
from classifier.errors import ArtefactError, ModelUnavailable, TrainingError
from classifier.ml import as_served, diagrams, evaluation, sources
from classifier.ml.runtime import Runtime
from classifier.ml.sources import Example
from classifier.ml.train_command import parse_columns
from classifier.places.measure import measure
from classifier.registry import RegistryError, references

TASKS = ("category", "emergency", "priority", "needs", "places", "spans")
YES = {"1", "1.0", "true", "yes", "on-topic", "related and informative"}


class Command(BaseCommand):
    help = "Evaluate a model, by default the one in production, on a labelled file and print JSON."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?")
        parser.add_argument("--data", metavar="FILE", help="the same as FILE")
        parser.add_argument("--model", metavar="DIR|NAME:VERSION", help="the model; default: the one in production")
        parser.add_argument("--label-map", type=Path, metavar="FILE", help="rename labels; with --model")
        parser.add_argument("--task", choices=TASKS, help="what is asked; default with --model: its classes")
        parser.add_argument("--text-column", default="text")
        parser.add_argument("--label-column", default="label")
        parser.add_argument(
            "--event-column", default="event", help="column with the event, to measure each event separately"
        )
        parser.add_argument("--language-column", default="lang")
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            metavar="OURS=THEIRS",
            help="with --model: a column with another name, as for `responder train`; can be repeated",
        )
        parser.add_argument("--output", type=Path, help="write metrics.json and reliability.png to this folder")

    def handle(self, **options: Any) -> None:
        if bool(options["file"]) == bool(options["data"]):
            raise CommandError("Name one file.", returncode=2)
        options["file"] = options["file"] or options["data"]
        if not options["model"] and not options["task"]:
            raise CommandError(f"Name what is measured: --model, or --task {'|'.join(TASKS)}, or both.", returncode=2)
        if options["model"] and options["task"] in (None, "category"):
            self._measure_classes(options)
            return
        try:
            rows: list[dict[str, Any]] = [row for _, row in tables.read_rows(options["file"]) if isinstance(row, dict)]
            if options["task"] in ("places", "spans"):
                runtime = _runtime(options["model"])
                measured = (_places if options["task"] == "places" else _spans)(rows, runtime)
                self._give(measured, options["output"])
                return
            for column in ("text_column", "label_column"):
                options[column] = tables.require_column(rows[0] if rows else {}, options[column])
            examples = [_example(row, options) for row in rows]
            runtime = _runtime(options["model"])
            given = evaluation.answers(runtime, [example.text for example in examples])
            metrics = {options["task"]: evaluation.score(options["task"], runtime, given, examples)}
            if options["task"] == "category":
                labels = runtime.config["labels"]["category"]
                for part in ("event", "lang"):
                    metrics[f"by_{part}"] = evaluation.slices(given, examples, labels, part)
        except (tables.UnusableInput, ModelUnavailable, ArtefactError, RegistryError, ValueError) as error:
            raise CommandError(f"{Path(options['file']).name}: {error}", returncode=2) from error
        self._give(metrics, options["output"])

    def _measure_classes(self, options: dict[str, Any]) -> None:
        """Measure the classes of a folder or a version on texts that it has not seen."""
        from classifier.ml.custom import comparison
        from classifier.ml.model import Model

        names = {"text": "text_column", "label": "label_column", "event": "event_column", "lang": "language_column"}
        columns = {ours: options[option] for ours, option in names.items() if options[option] != ours}
        try:
            columns |= parse_columns(options["column"])
            folder = references.folder_of(options["model"])
            model = Model.load(folder)
            table, notes = comparison.read(
                Path(options["file"]), folder, label_map=options["label_map"], columns=columns
            )
            metrics = comparison.measure(model, table)
        except (TrainingError, ArtefactError, ModelUnavailable, RegistryError) as error:
            raise CommandError(str(error), returncode=2) from error
        for note in notes:
            self.stderr.write(note)
        self._give(metrics, options["output"])

    def _give(self, metrics: dict[str, Any], folder: Path | None) -> None:
        """Print the metrics and write them to the folder, with a diagram if there is one for the task."""
        self.stdout.write(json.dumps(metrics, indent=1))
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
        figures = metrics.get("category") or metrics.get("classes")
        if figures:
            try:
                diagrams.reliability(figures, folder / "reliability.png", folder.name)
            except ImportError:
                self.stderr.write(
                    "No diagram was written. Install the training extra: pip install 'relief-responder[training]'"
                )


def _runtime(model: str | None) -> Runtime:
    """The named model, or the one in production. Raises ModelUnavailable, RegistryError or ArtefactError."""
    return Runtime.load(references.folder_of(model)) if model else serving.current().runtime


def _example(row: dict[str, Any], options: dict[str, Any]) -> Example:
    return Example(
        text=str(row[options["text_column"]]),
        target=_target(options["task"], str(row[options["label_column"]])),
        event=str(row.get(options["event_column"]) or ""),
        lang=str(row.get(options["language_column"]) or "unknown"),
    )


def _places(rows: list[dict[str, Any]], runtime: Runtime) -> dict[str, Any]:
    """Places as `responder classify` answers them, and with the annotated mentions. Raises ValueError for other rows."""
    _require_mentions(rows)
    return {
        "as answered": as_served.score_places(runtime, rows),
        "as answered, the event's countries known": as_served.score_places(runtime, rows, with_context=True),
        "with marked mentions, the event's countries known": measure(rows),
    }


def _spans(rows: list[dict[str, Any]], runtime: Runtime) -> dict[str, Any]:
    """Spans of places as `responder classify` answers them. Raises ValueError for rows without mentions."""
    _require_mentions(rows, none_allowed=True)
    source = sources.Source("location", sources.ANSWERS["location"])
    examples = [row.example for row in source.rows(rows, "rows")]
    found = as_served.spans(runtime, [example.text for example in examples])
    return {"spans": as_served.score_spans(found, examples)}


def _require_mentions(rows: list[dict[str, Any]], *, none_allowed: bool = False) -> None:
    given = [row.get("location_mentions", ()) for row in rows]
    if not given or not all(isinstance(mentions, list) or (none_allowed and mentions is None) for mentions in given):
        raise ValueError("places and spans are measured on rows with `text` and `location_mentions` (see the docs)")


def _target(task: str, label: str) -> Any:
    """The label as the task's target. Raises ValueError naming an unknown label."""
    if task == "emergency":
        return float(label.strip().lower() in YES)
    if task == "needs":
        given = set(label.split("|"))
        return [float(need in given) for need in categories.NEEDS]
    known = categories.CATEGORY_IDS if task == "category" else categories.PRIORITIES
    if label not in known:
        raise ValueError(f"unknown label {label!r}; known are {', '.join(known)}")
    return known.index(label)
