"""responder erase-posts: a person's or a source's request to erase, carried out everywhere it has reached."""

from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from responder.feeds import erasure
from responder.models import User

MOST = 10_000


class Command(BaseCommand):
    help = (
        "Erase posts of a source: row, words, labels, predictions, incidents' evidence. They are refused from then on."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source_id", nargs="+", help="ids that the source gave the posts")
        parser.add_argument("--source", required=True, help="name of the source, as posts show it")
        parser.add_argument(
            "--by", required=True, metavar="USERNAME", help="who answers for it; goes into the audit log"
        )

    def handle(self, *, source_id: list[str], source: str, by: str, **options: Any) -> None:
        if len(source_id) > MOST:
            raise CommandError(f"At most {MOST:,} posts at once.", returncode=2)
        if not User.objects.filter(username=by, is_active=True).exists():
            raise CommandError(f"There is no user {by!r}.", returncode=2)
        here = erasure.delete(source=source, source_ids=source_id, by=f"user:{by}")
        self.stdout.write(
            f"Erased {here} of {len(set(source_id))} posts; those that were not here are refused from now on."
        )
