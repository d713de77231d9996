"""responder train: train a model on a table of labels or on a folder of known label files. Never runs in a worker."""

from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from classifier import serving
from classifier.errors import ModelUnavailable, TrainingError
from classifier.ml import train_command


class Command(BaseCommand):
    help = (
        "Train a model into a folder: with --data on a table of your own labels, with --corpus on a folder of known "
        "label files. It goes into production only after it is registered and approved."
    )
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        train_command.add_arguments(parser)

    def handle(self, **options: Any) -> None:
        try:
            import transformers  # noqa: F401
        except ImportError as error:
            raise CommandError(train_command.MISSING) from error
        try:
            text = train_command.run(
                options, shipped=serving.shipped_folder, corpus=settings.CORPUS_DIR, stream=self.stderr
            )
        except (TrainingError, ModelUnavailable) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(text)
