"""Alerts to people and official alerts on PostgreSQL, when several workers and people act at one moment."""

from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="module")
def notices(run_script: Callable[..., Any]) -> Any:
    """What came of the scenes of notices.py."""
    return run_script("notices.py")


def test_no_scene_meets_a_deadlock(notices: dict[str, Any]) -> None:
    assert notices["deadlocks"] == 0


def test_a_message_is_sent_once_whoever_sends(notices: dict[str, Any]) -> None:
    assert notices["delivered"] == {"delivered": 80, "once": True, "states": True}


def test_a_message_whose_worker_was_too_slow_is_sent_again_under_the_same_id(notices: dict[str, Any]) -> None:
    assert notices["delivered_late"] == {"came": [0, 1], "sent": 2, "ids": True, "state": "done", "tries": 1}


def test_a_channel_dies_once_and_its_owner_hears_of_it_once(notices: dict[str, Any]) -> None:
    assert notices["channel_dies_once"] == {"told": 1, "state": "dead"}


def test_an_alert_is_acknowledged_once_by_one_person(notices: dict[str, Any]) -> None:
    assert notices["acknowledged"] == {
        "came": {"done": 6}, "on_record": 1, "next": None, "by_who_is_on_record": True,
    }  # fmt: skip


def test_each_incident_is_escalated_once_to_each_person(notices: dict[str, Any]) -> None:
    assert notices["escalated"] == {"firings": 12, "first": {"lead0": 12}, "second": {"lead0": 12, "lead1": 12}}


def test_what_a_person_is_due_becomes_one_message(notices: dict[str, Any]) -> None:
    assert notices["composed"] == {"messages": 1, "waiting": 0}


def test_a_source_of_official_alerts_is_asked_once(notices: dict[str, Any]) -> None:
    assert notices["polled"] == {"asked": 1, "new": [0, 0, 0, 0, 0, 30], "states": {"current": 15, "replaced": 15}}


def test_an_answer_that_two_workers_bring_is_stored_once(notices: dict[str, Any]) -> None:
    assert notices["answered_twice"] == {"new": [0, 0, 0, 0, 0, 30], "states": {"current": 15, "replaced": 15}}
