"""20,000 rows through the pages of a real server whose queue is killed: each once, within bounded memory; then one cancelled."""

import os
from pathlib import Path

import pytest

from benchmarks import import_file as measured

ROWS, MOST_MB = int(os.environ.get("IMPORT_ROWS", "20000")), 400


@pytest.mark.slow
def test_a_large_file_survives_a_kill_within_bounded_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measured, "LOOK_S", 0.2)
    figures = measured.measure(ROWS, tmp_path)
    assert figures["counts"]["Rows read"] == figures["counts"]["New posts"] == ROWS
    assert ROWS // 4 <= figures["killed_at_row"] < ROWS and figures["readings_of_progress"] > 3
    cancelled = figures["cancelled"]
    assert 0 < cancelled["rows_when_cancelled"] == cancelled["rows_ten_seconds_later"] < ROWS
    assert figures["posts_stored"] == figures["distinct_posts"] == ROWS
    assert max(figures["memory_mb_at_most"].values()) <= MOST_MB
