"""responder run-feeds: listen to the feeds that people started."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from responder.feeds import runner


class Command(BaseCommand):
    help = "Read posts from the feeds that people started. Workers start this automatically unless a service runs it."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--while-wanted", action="store_true", help="exit when no feed has been started for a minute"
        )

    def handle(self, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        runner.run(stop, forever=not options["while_wanted"])
