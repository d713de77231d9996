"""responder play-exercise: plays the bundled exercise live, then waits; a process of `responder up --demo`."""

import signal
from typing import Any

from django.core.management.base import BaseCommand

from responder import exercise
from responder.errors import Closed


class Command(BaseCommand):
    help = "Play the bundled exercise as a live feed."

    def handle(self, **options: Any) -> None:
        try:
            new = exercise.play()
            self.stdout.write(f"The exercise has ended: {new:,} posts were sent. It plays again at the next start.")
        except Closed:
            self.stdout.write(
                "The exercise has ended, because its event was closed. Another one begins at the next start."
            )
        signal.pause()  # the launcher would start it again
