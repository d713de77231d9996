"""responder erase-posts: a person's or a source's request to erase, carried out everywhere it has reached."""

from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from responder.feeds import erasure
from responder.models import User

MOST = 10_000


class Command(BaseCommand):
    help = (
        "Erase posts of a source with their search words, labels, predictions and incident evidence. "
        "They can't be imported again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source_id", nargs="+", help="ids of the posts at the source")
        parser.add_argument("--source", required=True, help="name of the source as shown on posts")
        parser.add_argument(
            "--by", required=True, metavar="USERNAME", help="person responsible; recorded in the audit log"
        )

    def handle(self, *, source_id: list[str], source: str, by: str, **options: Any) -> None:
        if len(source_id) > MOST:
            raise CommandError(f"Erase at most {MOST:,} posts at a time.", returncode=2)
        if not User.objects.filter(username=by, is_active=True).exists():
            raise CommandError(f"The user {by!r} does not exist.", returncode=2)
        here = erasure.delete(source=source, source_ids=source_id, by=f"user:{by}")
        asked = len(set(source_id))
        self.stdout.write(f"Erased {here} of {asked} posts.")
        if here < asked:
            self.stdout.write("The others were not found. They will be refused if they arrive later.")
