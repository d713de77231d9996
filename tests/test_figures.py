"""The README's figures are those of the runs' files."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def test_the_readme_shows_the_figures_that_the_runs_wrote() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "figures.py", "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"run python scripts/figures.py\n{done.stderr}"
