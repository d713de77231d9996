"""responder restore: bring an installation back from a backup, and prove that it is the same."""

import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from responder import database
from responder.backup import work
from responder.errors import Invalid
from responder.processes import launcher


class Command(BaseCommand):
    help = "Restore a backup into this installation and verify its counts and hashes. Stop every process first."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="restore even if the database is not empty")

        parser.add_argument(
            "--sha256",
            default="",
            metavar="DIGEST",
            help="SHA-256 of a file that you trust; its signature is not checked",
        )

    def handle(self, *, file: Path, replace: bool, sha256: str, **options: Any) -> None:
        started = time.monotonic()
        try:
            with launcher.hold_lock(settings.DATA_DIR):  # refuses beside a running `responder up`
                done = work.restore(file, replace=replace, sha256=sha256)
        except (Invalid, launcher.CannotStart) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stdout.write(
            f"Restored {done.rows} rows of {done.tables} tables and {done.files} files of {done.made_at}; "
            f"counts and hashes match the backup ({time.monotonic() - started:.1f} s)"
        )
        if database.pending():
            self.stdout.write(
                "The backup is from an older version. Run `responder migrate` before you start Responder."
            )
        self.stdout.write("Posts erased after the backup are back. Erase them again, see the runbook.")
