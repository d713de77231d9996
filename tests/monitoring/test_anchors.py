"""The daily anchor: written once a day, and it shows what the chain alone cannot."""

from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import connection

from monitoring import anchors, audit, tasks
from monitoring.audit import Anchor
from monitoring.models import AuditEvent

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_dir(settings, tmp_path: Path) -> Path:  # type: ignore[no-untyped-def]
    settings.DATA_DIR = tmp_path
    return tmp_path


def write(number: int) -> AuditEvent:
    return audit.record(actor="user:ana", action="post.confirm", object_type="post", object_id=str(number))


def lines(folder: Path) -> list[str]:
    return (folder / anchors.FILE).read_text().splitlines()


def test_one_line_a_day_names_the_end_of_the_chain(data_dir: Path) -> None:
    with time_machine.travel("2026-03-01 03:00:00Z", tick=False) as time:
        first = write(1)
        assert tasks.check_audit_log() and tasks.check_audit_log()
        write(2)
        assert tasks.check_audit_log()  # the same day: nothing more
        time.move_to("2026-03-02 03:00:00Z")
        assert tasks.check_audit_log()
    assert lines(data_dir) == [
        f"2026-03-01T03:00:00Z 1:{first.hash}",
        f"2026-03-02T03:00:00Z 2:{AuditEvent.objects.get(sequence=2).hash}",
    ]
    assert anchors.last() == Anchor(2, AuditEvent.objects.get(sequence=2).hash)


def test_an_empty_log_writes_nothing(data_dir: Path) -> None:
    assert tasks.check_audit_log() and not (data_dir / anchors.FILE).exists()


def test_a_chain_that_was_cut_since_yesterday_is_found_without_anybody_keeping_its_end(data_dir: Path) -> None:
    for number in range(3):
        write(number)
    assert tasks.check_audit_log()
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM monitoring_auditevent WHERE sequence = 3")
    assert audit.verify().intact  # the chain alone cannot know
    assert not tasks.check_audit_log()
    with pytest.raises(CommandError, match="broken at event 3"):
        call_command("verify_audit")
    assert len(lines(data_dir)) == 1  # a broken chain is never anchored


def test_a_line_that_a_crash_cut_short_is_passed_over(data_dir: Path) -> None:
    event = write(1)
    (data_dir / anchors.FILE).write_text(f"2026-03-01T03:00:00Z 1:{event.hash}\n2026-03-02T03:00:00Z 2:abc")
    assert anchors.last() == Anchor(1, event.hash)
