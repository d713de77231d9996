"""The figures of README, capacity, masking, small data and active learning are those of the runs' files."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("script", ["figures.py", "capacity.py", "masking.py", "small_data.py", "active_learning.py"])
def test_the_pages_show_the_figures_that_the_runs_wrote(script: str) -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / script, "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"run python scripts/{script}\n{done.stderr}"
