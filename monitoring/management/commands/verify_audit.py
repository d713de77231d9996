"""`responder verify-audit`: verify the audit log's chain. Exit code 0 if it is intact, otherwise 1."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from monitoring import anchors, audit


class Command(BaseCommand):
    help = "Check that no audit event was altered, deleted or moved (exit code 0: intact, 1: broken)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--anchor",
            metavar="SEQUENCE:HASH",
            help="an end of the chain that an earlier run printed: shows that nothing was cut off since; "
            f"default: the newest line of {anchors.FILE} in the data directory, written daily",
        )

    def handle(self, *args: Any, anchor: str | None, **options: Any) -> None:
        verdict = audit.verify(_anchor(anchor) or anchors.last())
        if not verdict.intact:
            raise CommandError(
                f"The audit log is broken at event {verdict.broken_at}: {verdict.problem}. "
                f"{verdict.events} events before it are intact."
            )
        self.stdout.write(f"The audit log is intact: {verdict.events} events.")
        if verdict.head:
            self.stdout.write(f"Keep its end somewhere safe and check against it next time: --anchor {verdict.head}")


def _anchor(text: str | None) -> audit.Anchor | None:
    try:
        return audit.Anchor.parse(text) if text else None
    except ValueError as error:
        raise CommandError(f"--anchor: {error}.", returncode=2) from error
