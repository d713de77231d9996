"""responder drill chaos: the promises of ingest, proved under kill -9 of everything. Touches nothing but its own."""

import signal
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from responder.drill import chaos
from responder.drill.services import CannotDrill


class Command(BaseCommand):
    help = "Check that no post is lost or duplicated while the drill's own processes, Redis and PostgreSQL are killed."
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True, dest="action")
        storm = actions.add_parser("chaos", help="compare a run with faults to a run without")
        storm.add_argument("--events", type=int, default=5_000, help="number of posts (100 to 1,000,000)")
        storm.add_argument("--rate", type=float, default=100.0, help="events per second")
        storm.add_argument("--every", default="5-20", help="seconds between faults, as MIN-MAX")
        storm.add_argument(
            "--faults", type=int, help="number of faults; default: until all events are read, each kind at least once"
        )
        storm.add_argument("--seed", type=int, default=1, help="random seed for events and faults")
        # The drill's own steps, run by it in its own databases.
        prepare = actions.add_parser("prepare")
        prepare.add_argument("--file", required=True)
        prepare.add_argument("--rate", type=float, required=True)
        actions.add_parser("calm")

    def handle(self, **options: Any) -> None:
        getattr(self, f"_{options['action']}")(**options)

    def _chaos(self, *, events: int, rate: float, every: str, faults: int | None, seed: int, **_: Any) -> None:
        if not 100 <= events <= 1_000_000 or not 0 < rate <= 100_000:
            raise CommandError("--events must be between 100 and 1,000,000, --rate above 0", returncode=2)
        plan = chaos.Plan(
            posts=events, rate=rate, every=_span(every), faults=faults, seed=seed, exercise=Path(settings.EXERCISE_FILE)
        )
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started ends too
        try:
            report = chaos.drill(plan, self._say)
        except CannotDrill as error:
            raise CommandError(str(error), returncode=2) from error
        except RuntimeError as error:
            raise CommandError(str(error)) from error
        self._tell(report)
        if not report.passed:
            raise CommandError("The drill failed.")

    def _tell(self, report: chaos.Report) -> None:
        verdict = report.verdict
        faults = ", ".join(f"{name} {count}" for name, count in sorted(report.faults.items()))
        answers = ", ".join(f"{status} × {count}" for status, count in sorted(report.answers.items()))
        self._say(f"{report.events:,} events, {verdict.posts:,} posts left, {report.faults.total()} faults ({faults})")
        self._say(f"{len(verdict.lost)} lost, {len(verdict.extra)} too many, {len(verdict.differing)} different")
        for name, keys in (("lost", verdict.lost), ("too many", verdict.extra), ("different", verdict.differing)):
            if keys:
                self._say(f"  {name}: {', '.join(keys[:20])}")
        self._say(f"twice or left over: {verdict.never or 'nothing'}")
        self._say(f"answered otherwise than undisturbed, by the batch: {verdict.answered_otherwise}")
        self._say(f"storm {report.storm_s:.0f} s, backlog drained {report.drained_s:.0f} s after the last fault")
        self._say(
            f"the API answered {answers}; {report.unanswered} times nobody was there; wrong: {report.wrong or 'none'}"
        )

    def _prepare(self, *, file: str, rate: float, **_: Any) -> None:
        from responder.drill import calm

        self.stdout.write(calm.prepare(file=file, rate=rate))

    def _calm(self, **_: Any) -> None:
        from responder.drill import calm

        self.stdout.write(str(calm.run()))

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


def _span(text: str) -> tuple[float, float]:
    try:
        low, high = (float(part) for part in text.split("-"))
    except ValueError:
        low = high = -1.0
    if not 0.1 <= low <= high <= 3_600:
        raise CommandError("--every must have the form 5-20", returncode=2)
    return low, high
