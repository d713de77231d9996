"""responder issue-token: a partner's API token, shown once."""

from typing import Any

from django.core.management import CommandError
from django.core.management.base import BaseCommand, CommandParser

from responder.errors import ResponderError
from responder.models import User
from responder.partners import tokens


class Command(BaseCommand):
    help = "Issue an API token to somebody with the role partner. The secret is printed once and kept nowhere."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--owner", required=True, help="user name of the partner's person")
        parser.add_argument(
            "--organisation", required=True, help="its name; made where it is missing, and the owner joins it"
        )
        parser.add_argument("--name", required=True, help="what the token is for")
        parser.add_argument("--scope", action="append", default=[], help="may be repeated; default: predict")

    def handle(self, **options: Any) -> None:
        owner = User.objects.filter(username=options["owner"]).first()
        if owner is None:
            raise CommandError(f"There is no user {options['owner']!r}.", returncode=2)
        scopes = options["scope"] or ["predict"]
        try:
            token, secret = tokens.issue(
                owner=owner, organisation=options["organisation"], name=options["name"], scopes=scopes, by=owner
            )
        except (ResponderError, ValueError) as error:
            raise CommandError(str(error), returncode=2) from error
        self.stderr.write(
            f"Token {token.prefix}… for {owner.username}, scopes {', '.join(token.scopes)}. It is shown once:"
        )
        self.stdout.write(secret)
