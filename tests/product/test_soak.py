"""The whole product on PostgreSQL and Redis under mixed load: nothing lost, stuck, deadlocked or leaked."""

import pytest

from benchmarks import soak


@pytest.mark.slow
def test_twenty_seconds_of_mixed_load_leave_nothing_behind() -> None:
    figures = soak.soak(seconds=20, rate=15, kill_every=0, partners=2)
    assert figures["problems"] == [], figures


@pytest.mark.slow
def test_ten_minutes_of_mixed_load_with_kills_leave_nothing_behind() -> None:
    figures = soak.soak(seconds=600, rate=40, kill_every=30, partners=5)
    assert figures["problems"] == [], figures
    assert set(figures["kills"]) == set(soak.KINDS)
