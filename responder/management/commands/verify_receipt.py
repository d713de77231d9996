"""responder verify-receipt FILE: whether this installation made a receipt of a correction, and nobody changed it."""

import json
from pathlib import Path
from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from responder.corrections import receipts


class Command(BaseCommand):
    help = "Verify the receipt of a correction. Exit code 0 if it is genuine, 1 if it is not, 2 if it can't be read."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the receipt as it was downloaded")

    def handle(self, *, file: Path, **options: Any) -> None:
        try:
            with file.open("rb") as opened:
                document = opened.read(receipts.LONGEST + 2)
        except OSError as error:
            raise CommandError(f"{file} can't be read: {error.strerror}.", returncode=2) from error
        if (receipt := receipts.verify(document)) is None:
            raise CommandError("Not genuine: this installation did not sign it, or it was changed.", returncode=1)
        self.stdout.write(f"Genuine: request {receipt['reference']}, {receipt['outcome']}, {receipt['issued_at']}.")
        self.stdout.write(json.dumps(receipt, indent=1))
