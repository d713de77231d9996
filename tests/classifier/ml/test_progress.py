"""Progress is told every few steps; time spent outlives a killed run."""

from pathlib import Path

import pytest

from classifier.ml import progress as shown


def test_progress_tells_losses_and_the_time_left() -> None:
    lines: list[str] = []
    progress = shown.Progress(100, lines.append)
    for step in range(100):
        progress.step(step, "category", 2.0)
    assert len(lines) == 3 and "left" in lines[0] and "category 2.000" in lines[-1]


def test_a_killed_run_counts_all_the_time_that_was_spent(tmp_path: Path) -> None:
    (tmp_path / "spent.json").write_text('{"wall": 10.0, "cpu": 15.0}')
    spent = shown.Spent(tmp_path).so_far()
    assert spent["wall"] == pytest.approx(10, abs=0.5) and spent["cpu"] == pytest.approx(15, abs=0.5)
