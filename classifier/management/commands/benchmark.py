"""responder benchmark: posts per second of our runtime and of transformers.pipeline, on the same model and texts."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from classifier import serving, tables
from classifier.errors import ModelUnavailable

REPORT = """texts: {r.texts:,} (torch: the first {r.pipeline_texts:,})
ours, {r.processes} processes of one thread:  {r.ours:8.0f} texts/s
ours, one process of one thread:  {r.one_process:8.0f} texts/s, {r.ceiling_share:.0%} of the core's int8 operations
ours, a stream with 65 % copies:  {r.stream:8.0f} texts/s
torch float32, sorted by length:  {r.torch:8.0f} texts/s (best with {r.torch_threads} threads)
transformers.pipeline, one by one: {r.pipeline:7.0f} texts/s (best with {r.pipeline_threads} threads)
ratio to the pipeline: {r.ratio:.1f} x; to sorted torch: {r.torch_ratio:.1f} x; of the stream to the pipeline: \
{r.stream_ratio:.1f} x
same category as the pipeline in {r.agreement:.1%} of the texts"""
TEXTS = 2_000
MOST_TEXTS = 100_000


class Command(BaseCommand):
    help = "Compare the speed of serving with transformers.pipeline (needs the training extra)."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", nargs="?", help="texts to use (CSV, TSV, NDJSON); default: the bundled exercise")
        parser.add_argument("--text-column", default="text")
        parser.add_argument("--texts", type=int, default=TEXTS)
        parser.add_argument("--processes", type=int, default=2)
        parser.add_argument("--output", type=Path, help="write the figures to this file as JSON")

    def handle(self, **options: Any) -> None:
        try:
            import transformers  # noqa: F401

            from classifier.ml import benchmark
        except ImportError as error:
            raise CommandError("Install the training extra first: pip install 'relief-responder[training]'") from error
        if not 100 <= options["texts"] <= MOST_TEXTS or not 1 <= options["processes"] <= 64:
            raise CommandError(
                f"--texts must lie between 100 and {MOST_TEXTS:,}, --processes between 1 and 64", returncode=2
            )
        try:
            texts = self._texts(options)
            result = benchmark.run(serving.current_folder(), texts, processes=options["processes"])
        except (ModelUnavailable, tables.UnusableInput) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(REPORT.format(r=result))
        if options["output"]:
            options["output"].write_text(json.dumps(asdict(result), indent=1) + "\n")

    def _texts(self, options: dict[str, Any]) -> list[str]:
        if options["file"]:
            rows = (row for _, row in tables.read_rows(options["file"]) if isinstance(row, dict))
            texts = [str(row[options["text_column"]]) for row in rows if row.get(options["text_column"])]
        else:
            texts = [row["text"] for row in _exercise()]
        if not texts:
            raise tables.UnusableInput("The file holds no texts.")
        return (texts * (1 + options["texts"] // len(texts)))[: options["texts"]]


def _exercise() -> list[dict[str, Any]]:
    from importlib import import_module

    return list(import_module("responder.demo.exercise").gold_rows())
