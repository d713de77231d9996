"""responder issue-token: a partner's API token, shown once."""

from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from responder.errors import ResponderError
from responder.models import User
from responder.partners import tokens


class Command(BaseCommand):
    help = "Issue an API token to a user with the role partner. The token is printed once and cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--owner", required=True, help="username of the owner")
        parser.add_argument(
            "--organisation",
            required=True,
            help=("name of the organisation; created if missing, and the owner becomes a member"),
        )
        parser.add_argument("--name", required=True, help="purpose of the token")
        parser.add_argument(
            "--scope", action="append", default=[], help="scope; can be given more than once; default: predict"
        )

    def handle(self, **options: Any) -> None:
        owner = User.objects.filter(username=options["owner"]).first()
        if owner is None:
            raise CommandError(f"The user {options['owner']!r} does not exist.", returncode=2)
        scopes = options["scope"] or ["predict"]
        try:
            token, secret = tokens.issue(
                owner=owner, organisation=options["organisation"], name=options["name"], scopes=scopes, by=owner
            )
        except (ResponderError, ValueError) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stderr.write(
            f"Token {token.prefix}… for {owner.username}, scopes {', '.join(token.scopes)}. It will not be shown again:"
        )
        self.stdout.write(secret)
