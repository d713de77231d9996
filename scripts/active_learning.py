"""Writes the table of docs/reference/active-learning.md from docs/figures/active-learning.json.

python scripts/active_learning.py          # rewrites the part between the marks
python scripts/active_learning.py --check  # exits 1 where it differs
"""

import json
import sys
from pathlib import Path
from typing import Any

from generated_part import rewrite

ROOT = Path(__file__).resolve().parents[1]
PAGE, FIGURES = ROOT / "docs" / "reference" / "active-learning.md", ROOT / "docs" / "figures" / "active-learning.json"
START, END = "<!-- table: written by scripts/active_learning.py -->\n", "<!-- end of table -->"
STRATEGIES = {"random": "random", "uncertain": "uncertain", "queue": "as the queue"}
SHOWN = (200, 400, 800, 1_200)  # labels


def main() -> int:
    return rewrite(PAGE, START, END, table(json.loads(FIGURES.read_text())))


def table(found: dict[str, Any]) -> str:
    """One row for each set and strategy: the mean F1 at some numbers of labels, and the labels saved."""
    heads = " | ".join(f"F1 at {count:,}" for count in SHOWN)
    text = f"| Set | Strategy | {heads} | Labels saved |\n|---|---|{'---|' * len(SHOWN)}---|\n"
    for name, one in found["sets"].items():
        for strategy, words in STRATEGIES.items():
            scores = one["runs"][strategy]
            at = [one["labels"].index(count) for count in SHOWN]
            means = " | ".join(f"{sum(row[i] for row in scores) / len(scores):.3f}" for i in at)
            text += f"| {name} | {words} | {means} | {_saved(one['labels_saved'].get(strategy))} |\n"
    return text


def _saved(one: dict[str, float] | None) -> str:
    return "–" if one is None else f"{one['mean']:.0f} ({one['low']:.0f} to {one['high']:.0f})".replace("-", "−")


if __name__ == "__main__":
    sys.exit(main())
