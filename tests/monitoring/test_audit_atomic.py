"""Events of a transaction are appended at its end, stand or fall with what they record, and lock the chain last."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from monitoring import audit
from monitoring.models import AuditEvent

pytestmark = pytest.mark.django_db


def write(name: str) -> None:
    audit.record(actor="user:ana", action=f"test.{name}", object_type="test", object_id="1")


def actions() -> list[str]:
    return [event.action.removeprefix("test.") for event in AuditEvent.objects.order_by("sequence")]


def test_events_wait_for_the_end_and_keep_their_order() -> None:
    with audit.atomic():
        write("one")
        with audit.atomic():
            write("two")
        assert actions() == []
        write("three")
    assert actions() == ["one", "two", "three"]
    assert audit.verify() == audit.ChainCheck(True, 3, head=audit.verify().head)


def test_the_chain_is_read_and_written_once_after_all_else(event: Any) -> None:
    with (
        CaptureQueriesContext(
            connection,
        ) as seen,
        audit.atomic(),
    ):
        write("one")
        event.save()
        write("two")
    said = [query["sql"] for query in seen.captured_queries if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert "responder_event" in said[0]
    assert len([sql for sql in said if "monitoring_auditevent" in sql]) == 2
    assert "INSERT" in said[-1] and "monitoring_auditevent" in said[-1]


def test_what_fails_leaves_no_event_and_its_neighbours_keep_theirs() -> None:
    with audit.atomic():
        write("before")
        with pytest.raises(ZeroDivisionError), audit.atomic():
            write("failed")
            _ = 1 / 0
        write("after")
    assert actions() == ["before", "after"]
    with pytest.raises(ZeroDivisionError), audit.atomic():
        write("failed")
        _ = 1 / 0
    assert actions() == ["before", "after"]


@pytest.mark.parametrize("nested", [False, True])
def test_an_event_in_a_savepoint_that_is_rolled_back_alone_goes_with_it(nested: bool) -> None:
    with audit.atomic():
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            if nested:
                with audit.atomic():
                    write("failed")
            else:
                write("failed")
            _ = 1 / 0
        write("after")
    assert actions() == ["after"]


def test_a_block_without_a_savepoint_of_its_own_is_part_of_the_transaction() -> None:
    with audit.atomic():
        with transaction.atomic(savepoint=False):
            write("one")
        assert actions() == []
    assert actions() == ["one"]


def test_a_value_that_does_not_fit_is_refused_where_it_is_recorded() -> None:
    with audit.atomic():
        with pytest.raises(ValueError, match="longer than"):
            write("x" * 200)
        write("after")
    assert actions() == ["after"]
