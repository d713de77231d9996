"""responder rekey-texts: recompute stored text keys by the current rule, without waiting for the workers."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from responder import rekeying
from responder.models import Rekeying


class Command(BaseCommand):
    help = "Make the stored keys by which copies of a text are found again. Idempotent; can be interrupted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--again", action="store_true", help="restart with every table")

    def handle(self, **options: Any) -> None:
        if options["again"]:
            rekeying.restart()
        read = rekeying.remake()
        for row in Rekeying.objects.order_by("table"):
            self.stdout.write(f"{row.table}: {read.get(row.table, 0):,} read, {row.changed:,} changed in all")
