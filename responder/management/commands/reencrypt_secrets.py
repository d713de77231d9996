"""responder reencrypt-secrets: encrypt stored secrets with the first key of RESPONDER_ENCRYPTION_KEY."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from monitoring import audit
from responder.privacy import secrets


class Command(BaseCommand):
    help = "Encrypt stored secrets, such as feeds' access tokens, with the first key of RESPONDER_ENCRYPTION_KEY. Idempotent."

    def handle(self, **options: Any) -> None:
        with audit.atomic():
            found = secrets.reencrypt()
            audit.record(
                actor="system:command-line", action="secrets.reencrypted", object_type="installation", object_id="secrets",
                detail={"encrypted": found.done, "unknown_key": found.unknown},
            )  # fmt: skip
        self.stdout.write(f"Secrets encrypted with the first key: {found.done:,}.")
        if found.unknown:
            raise CommandError(
                f"Secrets encrypted with a key that is not in RESPONDER_ENCRYPTION_KEY: {found.unknown:,}. "
                "Add that key after the first one and run this again, or enter these secrets again.",
                returncode=2,
            )
