"""responder evaluate FILE --task …: how well the model in production answers a labelled file."""

import json
from pathlib import Path
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from classifier import categories, serving, tables
from classifier.errors import ModelUnavailable
from classifier.ml import evaluation
from classifier.ml.datasets import Example

TASKS = ("category", "emergency", "priority", "needs")
YES = {"1", "1.0", "true", "yes", "on-topic", "related and informative"}


class Command(BaseCommand):
    help = "Evaluate the model in production on a labelled file; prints JSON."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file")
        parser.add_argument("--task", choices=TASKS, required=True)
        parser.add_argument("--text-column", default="text")
        parser.add_argument("--label-column", default="label")

    def handle(self, **options: Any) -> None:
        try:
            rows = [row for _, row in tables.read_rows(options["file"]) if isinstance(row, dict)]
            for column in (options["text_column"], options["label_column"]):
                tables.require_column(rows[0] if rows else {}, column)
            examples = [
                Example(str(row[options["text_column"]]), _target(options["task"], str(row[options["label_column"]])))
                for row in rows
            ]
            metrics = evaluation.measure(serving.current().runtime, {options["task"]: examples})
        except (tables.UnusableInput, ModelUnavailable, ValueError) as error:
            raise CommandError(f"{Path(options['file']).name}: {error}", returncode=2) from error
        self.stdout.write(json.dumps(metrics, indent=1))


def _target(task: str, label: str) -> Any:
    """The label as the task's target; ValueError names an unknown one."""
    if task == "emergency":
        return float(label.strip().lower() in YES)
    if task == "needs":
        given = set(label.split("|"))
        return [float(need in given) for need in categories.NEEDS]
    known = categories.CATEGORY_IDS if task == "category" else categories.PRIORITIES
    if label not in known:
        raise ValueError(f"unknown label {label!r}; known are {', '.join(known)}")
    return known.index(label)
