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
PARTS = {
    "tuned": "tuned on", "held-out": "held out", "round-2": "of the second round tuned on", "round-2-held-out": "of the second round held out",
}  # fmt: skip
# Recorded when nothing had been tuned on the cases yet: by the masker as it was before a round, and as it was after it.
ONCE = {
    "first_run_on_held_out": "held out, on their first run",
    "second_round_before": "of the second round, by the masker before it",
    "second_round_held_out_before": "of the second round held out, by the masker before it",
    "first_run_on_second_held_out": "of the second round held out, on their first run",
}


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
        **{name: json.loads(FIGURES.read_text())[name] for name in ONCE},
        "parts": {part: masking_cases.measure([one for one in cases if one.part == part], cover) for part in PARTS},
        "kinds": _each(cases, "kind", cover, masking_cases.measure),
        "languages": _each(cases, "language", cover, masking_cases.measure),
    }


def _each(cases: list[Any], column: str, cover: Any, measure: Any) -> dict[str, Any]:
    values = dict.fromkeys(getattr(one, column) for one in cases)
    return {value: measure([one for one in cases if getattr(one, column) == value], cover) for value in values}


def _table(figures: dict[str, Any]) -> str:
    rows = [(f"cases {PARTS[part]}", found) for part, found in figures["parts"].items()]
    rows += [(f"cases {label}", figures[name]) for name, label in ONCE.items()]
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
