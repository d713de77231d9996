"""The audit log: what is recorded, and that no tampering goes unseen."""

import io
import os
import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from monitoring import audit
from monitoring.models import AuditEvent
from tests.services import running_postgres

LENGTH = 12
ALTERATIONS: dict[str, Any] = {
    "at": "2020-01-01 00:00:00", "actor": "user:mallory", "request_id": "other", "action": "post.erase",
    "object_type": "user", "object_id": "999", "before_hash": "0" * 64, "after_hash": "", "detail": '{"reason": "x"}',
    "previous_hash": "f" * 64, "hash": "e" * 64,
}  # fmt: skip
CONTENT = [name for name in ALTERATIONS if name not in ("previous_hash", "hash")]


def write(number: int, **changes: Any) -> AuditEvent:
    event = {
        "actor": "user:ana", "action": "post.confirm", "object_type": "post", "object_id": str(number),
        "before": {"status": "unreviewed"}, "after": {"status": "confirmed"}, "detail": {"version": number},
        "request_id": "request-1",
    }  # fmt: skip
    return audit.record(**(event | changes))


@pytest.fixture
def chain(db: None) -> audit.Anchor:
    """Twelve events, and the end of their chain."""
    events = [write(number) for number in range(1, LENGTH + 1)]
    return audit.Anchor(events[-1].sequence, events[-1].hash)


def sql(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_an_untouched_chain_is_intact_and_tells_its_end(chain):
    assert audit.verify() == audit.ChainCheck(True, LENGTH, head=chain)
    assert audit.verify(chain).intact


def test_an_empty_log_is_intact(db):
    assert audit.verify() == audit.ChainCheck(True, 0)


def test_states_are_kept_as_hashes_only(db):
    event = write(1, before={"category": "needs"}, after=None)
    assert event.before_hash == audit.digest({"category": "needs"})
    assert event.after_hash == ""
    assert "needs" not in str(AuditEvent.objects.values().get())


def test_the_running_requests_id_is_taken(db):
    with structlog.contextvars.bound_contextvars(request_id="running-request"):
        assert write(1, request_id="").request_id == "running-request"


def test_an_event_falls_with_the_transaction_that_it_records(db):
    with pytest.raises(RuntimeError), transaction.atomic():
        write(1)
        raise RuntimeError
    assert not AuditEvent.objects.exists()


def tamper(chance: random.Random) -> tuple[int, str]:
    """Change one thing behind the log's back; (sequence of the first row that no longer holds, what was done)."""
    row = chance.randint(1, LENGTH)
    match chance.choice(["alter", "alter", "delete", "swap", "move", "repeat"]):
        case "alter":
            name = chance.choice(list(ALTERATIONS))
            sql(f"UPDATE monitoring_auditevent SET {name} = %s WHERE sequence = %s", ALTERATIONS[name], row)
            return row, f"altered {name} of {row}"
        case "delete":
            sql("DELETE FROM monitoring_auditevent WHERE sequence = %s", row)
            return row, f"deleted {row}"
        case "swap":
            first, second = sorted(chance.sample(range(1, LENGTH + 1), 2))
            for old, new in ((first, 1000), (second, first), (1000, second)):
                sql("UPDATE monitoring_auditevent SET sequence = %s WHERE sequence = %s", new, old)
            return first, f"swapped {first} and {second}"
        case "move":
            sql("UPDATE monitoring_auditevent SET sequence = %s WHERE sequence = %s", chance.choice([0, -3, 500]), row)
            found = AuditEvent.objects.order_by("sequence").first()
            return (1 if found and found.sequence < 1 else row), f"moved {row}"
    # A second copy of a row's content, sealed into another row's place
    other = chance.choice([number for number in range(1, LENGTH + 1) if number != row])
    source = AuditEvent.objects.get(sequence=other)
    AuditEvent.objects.filter(sequence=row).update(
        actor="user:copy", object_id=source.object_id, previous_hash=source.previous_hash
    )
    return row, f"copied {other} over {row}"


# 200 tamperings, and 800 more among the slow tests
@pytest.mark.parametrize("seed", [*range(20), *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(20, 100))])
def test_every_tampering_is_found_and_the_right_row_named(chain, seed):
    chance = random.Random(seed)
    for _ in range(10):
        point = transaction.savepoint()
        row, what = tamper(chance)
        verdict = audit.verify(chain)
        assert (verdict.intact, verdict.broken_at) == (False, row), what
        assert verdict.events == row - 1
        assert verdict.problem
        transaction.savepoint_rollback(point)
    assert audit.verify(chain).intact


@pytest.mark.parametrize("name", CONTENT)
def test_each_field_is_sealed(chain, name):
    sql(f"UPDATE monitoring_auditevent SET {name} = %s WHERE sequence = 5", ALTERATIONS[name])
    assert audit.verify() == audit.ChainCheck(
        False, 4, 5, "its content was changed", audit.Anchor(4, AuditEvent.objects.get(sequence=4).hash)
    )


def test_a_row_that_no_longer_fits_its_columns_is_named(chain):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL refuses such values")
    sql("UPDATE monitoring_auditevent SET at = '2026-13-45 00:00:00' WHERE sequence = 7")
    assert audit.verify().broken_at == 7
    assert audit.verify().problem == "it cannot be read"


def test_a_row_that_holds_what_record_refuses_is_named(chain):
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL refuses such values")
    sql("""UPDATE monitoring_auditevent SET detail = '{"n": 1e999}' WHERE sequence = 7""")
    assert audit.verify().broken_at == 7


def test_without_an_anchor_a_cut_off_end_goes_unseen_and_with_it_is_named(chain):
    AuditEvent.objects.filter(sequence__gt=LENGTH - 3).delete()
    assert audit.verify().intact
    verdict = audit.verify(chain)
    assert (verdict.intact, verdict.broken_at, verdict.events) == (False, LENGTH - 2, LENGTH - 3)


def test_a_chain_sealed_anew_is_shown_by_the_anchor(chain):
    previous = AuditEvent.objects.get(sequence=3).hash
    for event in AuditEvent.objects.filter(sequence__gt=3).order_by("sequence"):
        event.actor, event.previous_hash = "user:mallory", previous
        event.hash = previous = audit.seal(event)
        event.save()
    assert audit.verify().intact
    assert audit.verify(chain).broken_at == LENGTH


def test_a_good_anchor_still_holds_after_more_events(chain):
    write(99)
    assert audit.verify(chain) == audit.verify()
    assert audit.verify(chain).intact


@pytest.mark.parametrize("detail", [
    {"n": 1e16}, {"n": 1e23}, {"n": -0.0}, {"n": 0.1, "m": 1e-7}, {"when": datetime(2026, 3, 1, tzinfo=UTC)},
    {"text": "a\x00b \ud800 é 🌊"}, {1: {"deep": [True, None, (1, 2)]}}, {"big": 10**30},
])  # fmt: skip
def test_what_a_database_returns_is_what_was_sealed(db, detail):
    write(1, detail=detail)
    assert audit.verify().intact


@pytest.mark.parametrize("detail", [{"n": float("nan")}, {"n": float("inf")}])
def test_numbers_that_json_cannot_hold_are_refused(db, detail):
    with pytest.raises(ValueError, match="finite"):
        write(1, detail=detail)


@pytest.mark.parametrize("name", ["actor", "action", "object_type", "object_id", "request_id"])
def test_a_value_longer_than_its_column_is_refused_on_every_database(db, name):
    with pytest.raises(ValueError, match=name):
        write(1, **{name: "x" * 201})


WRITERS = """
import threading
import django
django.setup()
from django.core.management import call_command
from django.db import connection
from monitoring import audit

call_command("migrate", "monitoring", verbosity=0)
threads, each = 6, 10
start = threading.Barrier(threads)

def work(number):
    start.wait()
    for turn in range(each):
        audit.record(actor="user:ana", action="post.confirm", object_type="post", object_id=f"{number}-{turn}")
    connection.close()

workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
[worker.start() for worker in workers]
[worker.join() for worker in workers]
verdict = audit.verify()
print(verdict.intact, verdict.events)
"""


def concurrently(data_dir: Path, **environment: str) -> str:
    """What six writers at the same time leave behind, on a database of their own with the product's settings."""
    variables = os.environ | {"DJANGO_SETTINGS_MODULE": "responder.settings", "RESPONDER_DATA_DIR": str(data_dir)}
    done = subprocess.run(
        [sys.executable, "-c", WRITERS], env=variables | environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_writers_at_the_same_time_make_one_chain(tmp_path):
    assert concurrently(tmp_path, DATABASE_URL="") == "True 60"


@pytest.mark.postgres
def test_writers_at_the_same_time_make_one_chain_on_postgresql(tmp_path_factory):
    with running_postgres() as url:
        assert concurrently(tmp_path_factory.mktemp("data"), DATABASE_URL=url) == "True 60"


def test_the_command_tells_that_the_log_is_intact_and_its_end(chain):
    out = io.StringIO()
    call_command("verify_audit", stdout=out)
    assert f"intact: {LENGTH} events" in out.getvalue()
    assert str(chain) in out.getvalue()
    call_command("verify_audit", anchor=str(chain), stdout=out)


def test_the_command_fails_and_names_the_row(chain):
    AuditEvent.objects.filter(sequence=4).update(actor="user:mallory")
    with pytest.raises(CommandError, match="broken at event 4") as failure:
        call_command("verify_audit")
    assert failure.value.returncode == 1


@pytest.mark.parametrize("anchor", ["4", "x:y", "3:abc"])
def test_the_command_refuses_an_anchor_that_is_none(db, anchor):
    with pytest.raises(CommandError, match="SEQUENCE:HASH") as failure:
        call_command("verify_audit", anchor=anchor)
    assert failure.value.returncode == 2
