"""responder backup: one file with everything that this installation needs to come back."""

from pathlib import Path
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from classifier import clock
from responder.backup import work
from responder.errors import Invalid


class Command(BaseCommand):
    help = "Back up the database, models, media and keys to one file. Responder can keep running."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "file",
            nargs="?",
            type=Path,
            help=("backup file; default: responder-TIME.tar.gz in this folder (.tar: uncompressed)"),
        )

    def handle(self, *, file: Path | None, **options: Any) -> None:
        target = (file or Path(f"responder-{clock.now():%Y%m%dT%H%M%SZ}.tar.gz")).absolute()
        if not target.parent.is_dir():
            raise CommandError(f"The folder {target.parent} does not exist.", returncode=2)
        try:
            done = work.make(target)
        except Invalid as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(f"Backed up {done.rows} rows of {done.tables} tables and {done.files} files to {target}")
        self.stdout.write(f"SHA-256: {done.sha256}")
        self.stdout.write("It contains personal data and the secret key. Store it where both are allowed.")
        if done.key:
            self.stdout.write(
                f"Another machine needs this key to restore the backup. Keep a copy away from the backups: {done.key}"
            )
