"""responder play-exercise: plays the bundled exercise live, then waits; a process of `responder up --demo`."""

import signal
import sys
from typing import Any

from django.core.management.base import BaseCommand

from responder import exercise


class Command(BaseCommand):
    help = "Play the bundled exercise as a live feed."

    def handle(self, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # a transaction that is open is rolled back
        new = exercise.play()
        self.stdout.write(f"The exercise has ended: {new:,} posts were sent. It plays again at the next start.")
        signal.pause()  # the launcher would start it again
