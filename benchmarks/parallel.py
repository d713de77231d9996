"""The same situations in many languages: what the product says of them in each, beside what it says in English.

    python benchmarks/parallel.py --output docs/figures/parallel.json

Every post goes through `responder classify`, without its language and without an event; `--model DIR` asks a model
that is not in production instead. `--file` takes other posts of the same shape (see `classifier/ml/parallel.py`).
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from classifier.ml import parallel
from classifier.ml.parallel import ENGLISH, Row

WORST_IS_MOST = ("urgent_falsely", "real_as_calm")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--file", type=Path, default=parallel.FILE)
    parser.add_argument("--model", type=Path, help="folder of a model; default: the one in production")
    parser.add_argument("--output", type=Path, help="write the figures to this file")
    options = parser.parse_args(argv)
    rows = parallel.read(options.file)
    figures = summary(parallel.measure(rows, answers([row["text"] for row in rows], options.model)))
    if options.output:
        options.output.write_text(json.dumps(figures, indent=1) + "\n")
    sys.stdout.write(_table(figures))
    return 0


def summary(languages: dict[str, dict[str, float]]) -> Row:
    """The languages' figures, and the mean and the worst of those other than English."""
    others = [figures for language, figures in languages.items() if language != ENGLISH]
    names = [name for name in languages[ENGLISH] if name != "n"]
    worst = {name: (max if name in WORST_IS_MOST else min)(row[name] for row in others) for name in names}
    middle = {name: mean(row[name] for row in others) for name in names}
    english = languages[ENGLISH]["category"]
    return {
        "languages": languages,
        "others_mean": middle,
        "others_worst": worst,
        "category_ratio": middle["category"] / english,
        "category_worst_ratio": worst["category"] / english,
        "measured_languages": parallel.believed(languages),
    }


def answers(texts: Sequence[str], model: Path | None) -> list[Row]:
    """What `responder classify` says of each text; of a model in a folder, what it would say."""
    if model:
        from classifier.ml import as_served
        from classifier.ml.runtime import Runtime

        return as_served.predictions(Runtime.load(model), texts)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "posts.ndjson")
        path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), encoding="utf-8")
        command = [str(Path(sys.executable).with_name("responder")), "classify", str(path), "--format", "ndjson"]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [json.loads(line) for line in said.splitlines()]


def _table(figures: Row) -> str:
    names = list(figures["others_mean"])
    lines = ["        " + "".join(f"{name:>16}" for name in names)]
    parts: dict[str, Any] = figures["languages"] | {"mean": figures["others_mean"], "worst": figures["others_worst"]}
    lines += [f"{label:8}" + "".join(f"{row[name]:16.3f}" for name in names) for label, row in parts.items()]
    ratios = f"mean {figures['category_ratio']:.3f}, worst {figures['category_worst_ratio']:.3f}"
    return "\n".join([*lines, f"category of the others / English: {ratios}"]) + "\n"


if __name__ == "__main__":
    sys.exit(main())
