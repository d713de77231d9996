"""responder train: fine-tune a model on a folder of label files. Runs in a separate process, never in a worker."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from classifier.errors import TrainingError

QUICK = {"limit": 300, "epochs": 1}


class Command(BaseCommand):
    help = (
        "Train a model into a folder. It goes into production only after it is registered and approved. "
        "Run the same command again to continue an interrupted run."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--corpus", type=Path, help="folder of label files; default: RESPONDER_CORPUS_DIR")
        parser.add_argument("--output", type=Path, required=True, help="output folder; must be new or empty")
        parser.add_argument(
            "--base",
            default="",
            help="encoder, a Hugging Face name or path, or the folder of a trained model; default: packaged MiniLM",
        )
        parser.add_argument("--model-version", default="1")
        parser.add_argument(
            "--mode", choices=("full", "lora", "head"), default="full", help="which part of the encoder is trained"
        )
        parser.add_argument("--leave-out", default="", help="comma-separated events to hold out for evaluation")
        parser.add_argument("--epochs", type=int, default=2)
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--quick", action="store_true", help="a short test run with few rows and steps")

    def handle(self, **options: Any) -> None:
        try:
            import transformers  # noqa: F401

            from classifier.ml import bases
            from classifier.ml.arguments import TrainingArguments
            from classifier.ml.training import train
        except ImportError as error:
            raise CommandError("Install the training extra first: pip install 'relief-responder[training]'") from error
        corpus = options["corpus"] or settings.CORPUS_DIR
        if corpus is None:
            raise CommandError("Set the folder of label files: --corpus DIR or RESPONDER_CORPUS_DIR.", returncode=2)
        knobs = bases.arguments_for(options["base"]) | {
            "base": options["base"],
            "version": options["model_version"],
            "mode": options["mode"],
            "leave_out": options["leave_out"],
            "epochs": options["epochs"],
            "seed": options["seed"],
        }
        try:
            arguments = TrainingArguments(
                corpus=corpus, output=options["output"], **(knobs | (QUICK if options["quick"] else {}))
            )
            folder = train(arguments, report=self.stderr.write)
        except TrainingError as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(str(folder))
