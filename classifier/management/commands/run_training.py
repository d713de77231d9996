"""responder run-training ID: the process that works on one run. The schedule starts it; starting it twice is safe."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from classifier import train


class Command(BaseCommand):
    help = "Advance a training run as far as it is due. The scheduler starts this; you don't need to."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("run", type=int, help="id of the run")

    def handle(self, **options: Any) -> None:
        run = train.work(options["run"])
        self.stdout.write(f"{run}: {run.get_state_display()}")
