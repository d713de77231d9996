"""The figures of the model, capacity, masking, small data and active learning are those of the runs' files."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("script", ["figures.py", "capacity.py", "masking.py", "small_data.py", "active_learning.py"])
def test_the_pages_show_the_figures_that_the_runs_wrote(script: str) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / script, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"run python scripts/{script}\n{done.stderr}"


def stated_intervals(values: Any) -> Iterator[tuple[str, float, list[float]]]:
    """Every figure of a run's file that has an interval beside it: name, figure, interval."""
    if isinstance(values, list):
        for value in values:
            yield from stated_intervals(value)
    if isinstance(values, dict):
        for name, value in values.items():
            figure = "accuracy" if name == "interval" else name.removesuffix("_interval")
            if name.endswith("interval") and figure in values:
                yield name, values[figure], value
            else:
                yield from stated_intervals(value)


def test_no_interval_that_a_run_wrote_excludes_its_figure() -> None:
    files = [*ROOT.glob("classifier/shipped/*/metrics.json"), *ROOT.glob("docs/figures/*.json")]
    found = [(path.name, *one) for path in files for one in stated_intervals(json.loads(path.read_text()))]
    assert len(found) > 10
    assert [one for one in found if not one[3][0] <= one[2] <= one[3][1]] == []
