"""responder mask-again: mask stored values again by the current rules, after a restore or an update."""

from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand

from responder import remasking


class Command(BaseCommand):
    help = (
        "Mask stored positions, titles, names and words again with the current rules. Idempotent; can be interrupted."
    )

    def handle(self, **options: Any) -> None:
        for what, changed in remasking.mask_again(lambda name: apps.get_model("responder", name)).items():
            self.stdout.write(f"{what}: {changed} changed")
