"""Many people at work on the same things, on PostgreSQL: nobody stands in another's way for good, and limits hold."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import figures

ONE_OF_THREE = {"done": 1, "GovernanceError": 2}


@pytest.fixture(scope="module")
def once(run_script: Callable[..., Any]) -> Any:
    """What came of the scenes of once.py."""
    return run_script("once.py")


def weathered(result: dict[str, Any], writes: int) -> None:
    assert result["failures"] == []
    assert result["writes"] == writes
    assert result["deadlocks"] == 0
    assert result["audit_intact"]
    assert result["decisions_on_record"] >= result["decisions"] > 0
    assert result["incidents_of_wrong_size"] == 0 < result["incidents"]


def test_thirty_people_write_the_same_things_without_a_deadlock(run_script: Callable[..., Any]) -> None:
    weathered(run_script("storm.py", STORM_WRITES="600"), 600)


@pytest.mark.slow
def test_five_thousand_writes_by_thirty_people_come_without_a_deadlock(run_script: Callable[..., Any]) -> None:
    result = run_script("storm.py", STORM_WRITES="5010")
    figures.record("concurrent-writes", **result)
    weathered(result, 5_010)


def test_each_limit_lets_exactly_as_many_through_as_it_says(run_script: Callable[..., Any]) -> None:
    result = run_script("limits.py")
    assert {name: (race["done"], race["rows"], race["wrong"]) for name, race in result.items()} == {
        name: (4, 4, []) for name in result
    }
    assert len(result) == 11


def test_nobody_who_does_the_same_at_one_moment_meets_a_deadlock(once: dict[str, Any]) -> None:
    assert once["deadlocks"] == 0 and once["audit_intact"]


def test_a_version_is_approved_waived_promoted_and_rolled_back_once(once: dict[str, Any]) -> None:
    of_approval = {"state": "canary", "canaries": 1, "in_production": 1, "production": 1}
    assert once["two_approvers"] == {"came": ONE_OF_THREE, "decisions": 1, "given": 1, **of_approval}
    promoted = once["promoted"]
    assert promoted["came"] == {"done": 1, "GovernanceError": 5} and promoted["promoted"] == 1
    assert (promoted["state"], promoted["in_production"], promoted["production"]) == ("production", 1, 1)
    both = once["promoted_and_rolled_back"]
    assert both["came"].keys() <= {"done", "GovernanceError"}
    assert (both["in_production"], both["production"]) == (1, 1)
    twice = once["approver_twice"]
    assert twice["came"] == {"done": 1, "NotAllowed": 2}
    assert (twice["state"], twice["decisions"], twice["canaries"]) == ("pending_approval", 1, 0)
    assert twice["then"] == {"done": 1, "GovernanceError": 1} and twice["canaries_then"] == 1
    decided = once["approved_and_rejected"]
    assert decided["came"] == {"done": 1, "GovernanceError": 1} and decided["decisions"] == 1
    assert (decided["state"], decided["canaries"], decided["given"]) in (("canary", 1, 1), ("rejected", 0, 0))
    assert once["waived"] == {"came": ONE_OF_THREE, "waivers": 1, "open": 1}


def test_an_alert_is_published_once_and_never_by_who_wrote_in_it(once: dict[str, Any]) -> None:
    assert once["published"]["came"]["done"] == 1
    assert (once["published"]["state"], once["published"]["published"]) == ("published", 1)
    assert once["published_by_its_writer"]["came"]["done"] == 1 and not once["published_by_its_writer"]["both"]
    assert once["followed"] == {"came": {"done": 1, "Invalid": 2}, "published": 1}


def test_what_is_sent_or_seen_several_times_counts_once(once: dict[str, Any]) -> None:
    assert once["decided"] == {"came": {"done": 6}, "decisions": 1}
    assert once["raised"] == {"came": {"done": 6}, "times": [6]}
    assert once["runs"] == {"came": {"done": 1, "GovernanceError": 5}, "runs": 1}
    assert once["text_to_label"] == {"came": {"done": 6}, "held": 1}
    assert once["opened_with"] == {"came": {"done": 6}, "views": 1}
    assert once["feeds_of_x"] == {"came": {"done": 1, "Invalid": 2}, "wanted": 1}
    assert once["numbers"] == {"given": [4, 5, 6, 7, 8, 9]}


def test_a_report_that_is_sent_many_times_at_once_is_stored_once(run_script: Callable[..., Any]) -> None:
    result = run_script("reports.py")
    assert {name: result[name] for name in ("typed", "public", "sms")} == {
        name: {"errors": [], "refs": 1} for name in ("typed", "public", "sms")
    }
    assert result["parts"] == {"errors": [], "joined": 1, "rows": 3}
    assert (result["posts"], result["reports"], result["deadlocks"], result["received"]) == (4, 4, 0, [1, 2])
