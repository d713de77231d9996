"""Situation reports and handovers on PostgreSQL, when several leads act at one moment."""

from collections.abc import Callable
from typing import Any


def test_leads_who_act_at_once_sign_number_and_take_over_once(run_script: Callable[..., Any]) -> None:
    result = run_script("situation.py")
    assert result["deadlocks"] == 0
    assert result["drafted"] == {"came": {"done": 6}, "numbers": [1, 2, 3, 4, 5, 6]}
    assert result["published"] == {"came": {"done": 1, "Conflict": 4}, "state": "published", "on_record": 1}
    assert result["withdrawn"] == {"came": {"done": 1, "Conflict": 2}, "version": 3}
    taken = result["taken"]
    assert (taken["state"], taken["on_record"], taken["came"]["done"]) == ("acknowledged", 1, 1)
    assert taken["came"] in ({"done": 1, "Conflict": 4, "NotPermitted": 1}, {"done": 1, "Conflict": 5})
    assert result["published_twice"] == {"came": {"done": 1, "Conflict": 5}, "on_record": 1}
    assert result["taken_twice"] == {"came": {"done": 1, "Conflict": 5}, "state": "acknowledged", "on_record": 1}
