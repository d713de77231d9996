"""Invitations, links and roles under many hands at once, on PostgreSQL: each link gives one person access, once."""

from collections.abc import Callable
from typing import Any


def test_each_link_works_once_and_an_administrator_remains(run_script: Callable[..., Any]) -> None:
    result = run_script("accounts.py")
    assert result["vendor"] == "postgresql" and result["deadlocks"] == 0 and result["audit_intact"]
    invited = result["invitations"]
    assert invited["came"] == {"done": 100, "Missing": 300} and invited["again"] == {"Missing": 4}
    assert invited["people"] == invited["one_each"] == invited["accepted"] == 100
    assert result["passwords"] == {"came": {"done": 1, "Missing": 7}, "unused": 0}
    assert result["administrators"] == {"came": {"done": 3, "Invalid": 1}, "left": 1}
    assert result["first"] == {"came": {"done": 1, "NotPermitted": 7}, "made": 1}
