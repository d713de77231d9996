"""What a long proof measured, for docs/figures/: a file in the folder that FIGURES names, or nothing."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

TODAY = f"{datetime.now(UTC):%Y-%m-%d}"  # tests move the clock


def record(name: str, **figures: Any) -> None:
    """Write `name`.json with the day and what was measured, where the variable is set."""
    if folder := os.environ.get("FIGURES"):
        dated = {"date": TODAY, **figures}
        (Path(folder) / f"{name}.json").write_text(json.dumps(dated, indent=2) + "\n")
