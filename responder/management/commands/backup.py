"""responder backup: one file with everything that this installation needs to come back."""

from pathlib import Path
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from classifier import clock
from responder.backup import work
from responder.errors import Invalid


class Command(BaseCommand):
    help = "Back up database, models, media and keys into one file, while the product runs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file", nargs="?", type=Path, help="default: responder-TIME.tar.gz in this folder; .tar without compression"
        )

    def handle(self, *, file: Path | None, **options: Any) -> None:
        target = (file or Path(f"responder-{clock.now():%Y%m%dT%H%M%SZ}.tar.gz")).absolute()
        if not target.parent.is_dir():
            raise CommandError(f"There is no folder {target.parent}.", returncode=2)
        try:
            done = work.make(target)
        except Invalid as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(f"Backed up {done.rows} rows of {done.tables} tables and {done.files} files to {target}")
        self.stdout.write(f"SHA-256: {done.sha256}")
        self.stdout.write("It holds personal data and the secret key: keep it where both may lie.")
        if done.key:
            self.stdout.write(
                f"Another machine restores it with this key alone; keep a copy apart from the backups: {done.key}"
            )
