"""responder play-exercise: plays the bundled exercise live, then waits; a process of `responder up --demo`."""

import signal
import sys
import threading
from typing import Any

from django.core.management.base import BaseCommand

from responder import demo_governance, exercise
from responder.errors import Closed


class Command(BaseCommand):
    help = "Play the bundled exercise as a live feed."

    def handle(self, **options: Any) -> None:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # a transaction that is open is rolled back
        run = exercise.current_run()
        threading.Thread(target=demo_governance.prepare, args=(run,), name="demo governance", daemon=True).start()
        try:
            new = exercise.play()
            self.stdout.write(f"The exercise has ended: {new:,} posts were sent. It plays again at the next start.")
        except Closed:
            self.stdout.write(
                "The exercise has ended, because its event was closed. Another one begins at the next start."
            )
        signal.pause()  # the launcher would start it again
