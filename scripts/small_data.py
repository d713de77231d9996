"""Writes the table of docs/reference/small-data.md from docs/figures/small-data.json.

python scripts/small_data.py          # rewrites the part between the marks
python scripts/small_data.py --check  # exits 1 where it differs
"""

import json
import sys
from pathlib import Path
from typing import Any

from generated_part import rewrite

ROOT = Path(__file__).resolve().parents[1]
PAGE, FIGURES = ROOT / "docs" / "reference" / "small-data.md", ROOT / "docs" / "figures" / "small-data.json"
START, END = "<!-- table: written by scripts/small_data.py -->\n", "<!-- end of table -->"
MODES, SIZES, SETS = ("frozen", "setfit", "full"), (200, 600, 2_000), ("HumAID", "CrisisLexT26", "PHEME")


def main() -> int:
    return rewrite(PAGE, START, END, table(json.loads(FIGURES.read_text())))


def table(found: dict[str, Any]) -> str:
    """One row for each set and number of labels; an empty cell was not run."""
    cells = found["cells"]
    text = "| Set | Rows | Bag of words | Frozen | SetFit | Full |\n|---|---|---|---|---|---|\n"
    for name in SETS:
        for size in SIZES:
            row = [cells.get(f"{name} {size} {mode}") for mode in MODES]
            plain = next((f"{one['bag_of_words_macro_f1']:.3f}" for one in row if one), "not run")
            text += f"| {name} | {size:,} | {plain} | {' | '.join(map(_cell, row))} |\n"
    return text + f"\n{len(cells)} of 27 cells were run.\n"


def _cell(one: dict[str, Any] | None) -> str:
    if one is None:
        return "not run"
    low, high = one["macro_f1_interval"]
    return f"{one['macro_f1']:.3f} ({low:.3f}–{high:.3f}), {one['cpu_minutes']:.1f} min"


if __name__ == "__main__":
    sys.exit(main())
