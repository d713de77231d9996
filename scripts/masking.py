"""Measures the masker on its cases, and writes docs/figures/masking.json and the tables of docs/reference/masking.md.

`--check` measures nothing and exits 1 where the page differs from the file.
"""

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "reference" / "masking.md"
FIGURES = ROOT / "docs" / "figures" / "masking.json"
BEGIN, END = "<!-- measured: written by scripts/masking.py -->\n", "<!-- end of measured -->"
PARTS = {"tuned": "tuned on", "held-out": "held out"}


def main() -> int:
    if "--check" not in sys.argv:
        FIGURES.write_text(json.dumps(_measured(), indent=1, ensure_ascii=False) + "\n")
    text = PAGE.read_text()
    before, rest = text.split(BEGIN)
    updated = before + BEGIN + _table(json.loads(FIGURES.read_text())) + END + rest.split(END)[1]
    if "--check" in sys.argv:
        return int(updated != text)
    PAGE.write_text(updated)
    return 0


def _measured() -> dict[str, Any]:
    """Recall and precision of each part, kind and language; what was recorded once stays."""
    sys.path.insert(0, str(ROOT))
    from responder.privacy.masking import cover
    from tests import masking_cases

    cases = masking_cases.read()
    return {
        "first_run_on_held_out": json.loads(FIGURES.read_text())["first_run_on_held_out"],
        "parts": {part: masking_cases.measure([one for one in cases if one.part == part], cover) for part in PARTS},
        "kinds": _each(cases, "kind", cover, masking_cases.measure),
        "languages": _each(cases, "language", cover, masking_cases.measure),
    }


def _each(cases: list[Any], column: str, cover: Any, measure: Any) -> dict[str, Any]:
    values = dict.fromkeys(getattr(one, column) for one in cases)
    return {value: measure([one for one in cases if getattr(one, column) == value], cover) for value in values}


def _table(figures: dict[str, Any]) -> str:
    first = figures["first_run_on_held_out"]
    rows = [(f"cases {PARTS[part]}", found) for part, found in figures["parts"].items()]
    rows.append(("cases held out, on their first run", first))
    rows += [(f"kind: {kind}", found) for kind, found in figures["kinds"].items()]
    rows += [(f"language: {code}", found) for code, found in figures["languages"].items()]
    lines = [
        f"| {label} | {found['cases']} | {found['exactly_right']} | {found['recall']:.3f} | "
        + ("–" if label == "kind: keep" else f"{found['precision']:.3f}") + " |"
        for label, found in rows
    ]  # fmt: skip
    return (
        "\n".join(["| | Cases | Exactly right | Recall | Precision |", "| --- | --- | --- | --- | --- |", *lines])
        + "\n"
    )


if __name__ == "__main__":
    sys.exit(main())
