"""responder rekey-texts: stored keys of texts, made again by today's rule at once rather than by the workers."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from responder import rekeying
from responder.models import Rekeying


class Command(BaseCommand):
    help = "Make the stored keys by which copies of a text are found again. Idempotent; can be interrupted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--again", action="store_true", help="begin again, whatever was done")

    def handle(self, **options: Any) -> None:
        if options["again"]:
            rekeying.restart()
        read = rekeying.remake()
        for row in Rekeying.objects.order_by("table"):
            self.stdout.write(f"{row.table}: {read.get(row.table, 0):,} read, {row.changed:,} changed in all")
