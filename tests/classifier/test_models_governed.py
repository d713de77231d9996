"""responder models approve, promote, rollback: the same rules as on the pages, in a named person's name."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from classifier import releases, serving
from classifier.models import ModelVersion
from responder.models import User
from tests.classifier.versions import make_evaluation, make_version

pytestmark = pytest.mark.django_db
REASON = "--reason=The evidence is sound and the gates passed."


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.DATA_DIR, settings.SHADOW_HOURS = tmp_path, 0
    yield
    serving.forget()


@pytest.fixture
def evidence_hash() -> str:
    serving.register_shipped()
    request = releases.propose(evaluation=make_evaluation(make_version()))
    assert request is not None
    releases.tick()
    return request.evidence_hash


def test_a_version_is_approved_promoted_and_rolled_back_from_the_command_line(
    people: dict[str, User], evidence_hash: str, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("models", "show", "responder-tweets", "2026.48")
    assert evidence_hash in capsys.readouterr().out
    call_command(
        "models", "approve", "responder-tweets", "2026.48", "--by=approver-ana", REASON, f"--evidence={evidence_hash}"
    )
    assert "Approved by approver-ana: responder-tweets 2026.48, canary" in capsys.readouterr().out
    call_command("models", "promote", "responder-tweets", "2026.48", "--by=approver-ana")
    assert ModelVersion.objects.get(state="production").version == "2026.48"
    call_command("models", "rollback", "--by=approver-ana", "--reason=It misses requests for water at night.")
    assert ModelVersion.objects.get(state="production").origin == "shipped"


@pytest.mark.parametrize(
    ("who", "reason", "evidence", "said"),
    [
        ("lead-ana", REASON, "", "role “approver”"),
        ("nobody", REASON, "", "The user nobody does not exist"),
        ("approver-ana", "--reason=ok", "", "20 to 2,000"),
        ("approver-ana", REASON, "0" * 64, "has changed since you loaded this page"),
    ],
)
def test_the_same_rules_hold_as_on_the_pages(
    people: dict[str, User], evidence_hash: str, who: str, reason: str, evidence: str, said: str
) -> None:
    with pytest.raises(CommandError, match=said):
        call_command(
            "models", "approve", "responder-tweets", "2026.48", f"--by={who}", reason,
            f"--evidence={evidence or evidence_hash}",
        )  # fmt: skip
    assert ModelVersion.objects.get(version="2026.48").state == "pending_approval"
