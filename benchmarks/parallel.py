"""The same situations in many languages: what the product says of them in each, beside what it says in English.

    python benchmarks/parallel.py tests/data/parallel_dev.jsonl --output docs/figures/parallel.json

Every post goes through `responder classify`, without its language and without an event; `--model DIR` asks a model
that is not in production instead. Rows: `scenario`, `lang`, `text`, `category`, `emergency`, `urgent`, `place` with
`lat`, `lon` or null.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from classifier.places.find import distance_km

NEAR_KM = 100.0
URGENT = ("Critical", "High")
ENGLISH = "en"
CALM = "not_humanitarian"
Row = dict[str, Any]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--model", type=Path, help="folder of a model; default: the one in production")
    parser.add_argument("--output", type=Path, help="write the figures to this file")
    options = parser.parse_args(argv)
    rows = [json.loads(line) for line in options.file.read_text(encoding="utf-8").splitlines() if line.strip()]
    answers = _of_model(rows, options.model) if options.model else _of_command(rows)
    figures = measure(rows, answers)
    if options.output:
        options.output.write_text(json.dumps(figures, indent=1) + "\n")
    sys.stdout.write(_table(figures))
    return 0


def measure(rows: Sequence[Row], answers: Sequence[Row]) -> Row:
    """Figures of each language, and the other languages' mean and worst beside English."""
    by_language: dict[str, list[tuple[Row, Row]]] = defaultdict(list)
    for row, answer in zip(rows, answers, strict=True):
        by_language[row["lang"]].append((row, answer))
    languages = {language: _figures(pairs) for language, pairs in by_language.items()}
    others = [figures for language, figures in languages.items() if language != ENGLISH]
    names = list(languages[ENGLISH])
    return {
        "n": len(rows),
        "languages": languages,
        "others_mean": {name: mean(row[name] for row in others) for name in names},
        "others_worst": {name: (max if "false" in name or "calm" in name else min)(r[name] for r in others) for name in names},
        "category_ratio": mean(row["category"] for row in others) / languages[ENGLISH]["category"],
        "category_worst_ratio": min(row["category"] for row in others) / languages[ENGLISH]["category"],
    }  # fmt: skip


def _figures(pairs: Sequence[tuple[Row, Row]]) -> dict[str, float]:
    urgent = [answer for row, answer in pairs if row["urgent"]]
    calm = [answer for row, answer in pairs if not row["urgent"]]
    named = [(row["place"], answer["places"]) for row, answer in pairs if row["place"]]
    real = [answer for row, answer in pairs if row["emergency"]]
    return {
        "category": mean(answer["category"]["label"] == row["category"] for row, answer in pairs),
        "emergency": mean(answer["emergency"]["label"] == row["emergency"] for row, answer in pairs),
        "urgent_kept": mean(answer["priority"]["label"] in URGENT for answer in urgent),
        "urgent_falsely": mean(answer["priority"]["label"] in URGENT for answer in calm),
        "placed": mean(any(_near(place, found) for found in places) for place, places in named),
        "real_as_calm": mean(
            answer["category"]["label"] == CALM and not answer["category"]["abstained"] for answer in real
        ),
    }


def _near(place: Row, found: Row) -> bool:
    if found["latitude"] is None:
        return False
    return distance_km((place["lat"], place["lon"]), (found["latitude"], found["longitude"])) <= NEAR_KM


def _of_command(rows: Sequence[Row]) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "posts.ndjson")
        path.write_text("".join(json.dumps({"text": row["text"]}) + "\n" for row in rows), encoding="utf-8")
        command = [str(Path(sys.executable).with_name("responder")), "classify", str(path), "--format", "ndjson"]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in said.splitlines()]


def _of_model(rows: Sequence[Row], folder: Path) -> list[Row]:
    from classifier.ml.runtime import Runtime
    from classifier.predict import Message, classify

    return classify([Message(str(i), row["text"]) for i, row in enumerate(rows)], runtime=Runtime.load(folder))


def _table(figures: Row) -> str:
    names = list(figures["others_mean"])
    lines = ["        " + "".join(f"{name:>16}" for name in names)]
    parts = figures["languages"] | {"mean": figures["others_mean"], "worst": figures["others_worst"]}
    lines += [f"{label:8}" + "".join(f"{row[name]:16.3f}" for name in names) for label, row in parts.items()]
    lines.append(
        f"category of others / English: mean {figures['category_ratio']:.3f}, worst {figures['category_worst_ratio']:.3f}"
    )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
