"""Run as a program: what the runbook takes as given, in an installation of its own."""

import sys
from pathlib import Path
from typing import Any

import django
from django.conf import settings


def people() -> None:
    from django.core.management import call_command

    from responder import roles
    from responder.models import User

    call_command("migrate", verbosity=0)
    for role in roles.ROLES:
        roles.grant(user=User.objects.create_user(f"{role}-ana", password="correct horse battery"), role=role)


def second_version() -> None:
    """Another version was promoted, so that there is one to go back from."""
    from classifier import releases, serving
    from responder.models import User
    from tests.classifier.versions import make_evaluation, make_version

    settings.SHADOW_HOURS = 0
    approver: Any = User.objects.get(username="approver-ana")
    serving.register_shipped()
    request = releases.propose(evaluation=make_evaluation(make_version()))
    assert request
    releases.tick()
    reason = "The evidence is sound and the gates passed."
    releases.approve(request_id=request.pk, by=approver, reason=reason, evidence_hash=request.evidence_hash)
    releases.promote(version_id=request.version_id, by=approver)


def lost() -> None:
    """The disk with the database is gone."""
    for path in Path(settings.DATA_DIR).glob("responder.sqlite3*"):
        path.unlink()


if __name__ == "__main__":
    django.setup()
    {"people": people, "second_version": second_version, "lost": lost}[sys.argv[1]]()
