"""What a long proof measured, for docs/figures/: a file in the folder that FIGURES names, or nothing."""

import json
import os
from pathlib import Path
from typing import Any

from classifier import clock


def record(name: str, **figures: Any) -> None:
    """Write `name`.json with the day and what was measured, where the variable is set."""
    if folder := os.environ.get("FIGURES"):
        told = {"date": f"{clock.now():%Y-%m-%d}", **figures}
        (Path(folder) / f"{name}.json").write_text(json.dumps(told, indent=2) + "\n")
