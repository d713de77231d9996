"""What the product says of real posts that the model did not learn from, in every language there are labels for.

    python benchmarks/real_posts.py CORPUS_DIR --output docs/figures/real-posts.json [--model DIR]

CORPUS_DIR holds the label files that `responder train` reads; their held-out parts are measured: whole events where the
source has events (`classifier/ml/sources.py`). Every text goes through `classifier.ml.predictions.classify`, which
`responder classify` calls, without its language and without an event. `--model DIR` asks a model that is not in
production; what its training left out is measured too.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from classifier.categories import NEEDS
from classifier.ml import as_served, datasets
from classifier.ml.evaluation import per_class, span_f1
from classifier.ml.parallel import CALM
from classifier.ml.runtime import Runtime
from classifier.ml.sources import Example

FEWEST = 20  # texts of a language, for a figure
LEAST_POSITIVES = 5  # of a need, for its F1 to count
Predicted = list[dict[str, Any]]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--model", type=Path, required=True, help="folder of the model")
    parser.add_argument("--most", type=int, default=3_000, help="texts of each source and language")
    parser.add_argument("--output", type=Path, help="write the figures to this file")
    options = parser.parse_args(argv)
    runtime = Runtime.load(options.model)
    left_out = [e for e in str(runtime.config["arguments"].get("leave_out", "")).split(",") if e]
    corpus = datasets.load(options.corpus, leave_out=left_out)
    figures = {"model": runtime.info.as_dict(), "left_out": left_out} | measure(runtime, corpus, options.most)
    figures["places"] = as_served.score_files(runtime, options.corpus, events=unseen_events(corpus))
    if options.output:
        options.output.write_text(json.dumps(figures, indent=1) + "\n")
    sys.stdout.write(json.dumps(figures, indent=1) + "\n")
    return 0


def measure(runtime: Runtime, corpus: datasets.Corpus, most: int) -> dict[str, Any]:
    """Task → source and language → figures, on what the model did not learn."""
    figures: dict[str, Any] = defaultdict(dict)
    for task, score in SCORES.items():
        for name, rows in _parts(corpus.held_out[task], most).items():
            figures[task][name] = score(as_served.predictions(runtime, [row.text for row in rows]), rows)
    return figures


def unseen_events(corpus: datasets.Corpus) -> dict[str, frozenset[str]]:
    """File of coordinates → the events whose spans were not learnt."""
    from classifier.ml.finish import events_unseen

    return events_unseen(corpus)


def _parts(rows: Sequence[Example], most: int) -> dict[str, list[Example]]:
    parts: dict[str, list[Example]] = defaultdict(list)
    for row in rows:
        parts[f"{row.source} {row.lang}"].append(row)
    return {name: some[:most] for name, some in sorted(parts.items()) if len(some) >= FEWEST}


def _yes_or_no(said: list[bool], rows: Sequence[Example]) -> dict[str, Any]:
    import numpy as np

    truth, answered = np.array([row.target for row in rows]) == 1, np.array(said)
    table = per_class(truth.astype(int), answered.astype(int), ["no", "yes"])
    present = [row["f1"] for row in table.values() if row["n"]]
    return {
        "n": len(rows), "recall": table["yes"]["recall"], "precision": table["yes"]["precision"], "f1": table["yes"]["f1"],
        "macro_f1": sum(present) / len(present),
    }  # fmt: skip


def emergency(answers: Predicted, rows: Sequence[Example]) -> dict[str, Any]:
    """Emergencies recognised, and real ones that are shown as not humanitarian without a doubt."""
    real = [answer for answer, row in zip(answers, rows, strict=True) if row.target == 1]
    return _yes_or_no([answer["emergency"]["label"] for answer in answers], rows) | {"shown_as_calm": _calm(real)}


def informative(answers: Predicted, rows: Sequence[Example]) -> dict[str, Any]:
    """Posts that inform about the event; those that do and are shown as not humanitarian without a doubt."""
    real = [answer for answer, row in zip(answers, rows, strict=True) if row.target == 1]
    return _yes_or_no([answer["informative"] >= 0.5 for answer in answers], rows) | {"shown_as_calm": _calm(real)}


def needs(answers: Predicted, rows: Sequence[Example]) -> dict[str, Any]:
    """Macro-F1 over the needs that occur, precision of all that are named, and how many a post gets."""
    import numpy as np

    truth = np.array([row.target for row in rows]) == 1
    said = np.array([[need in answer["needs_detected"] for need in NEEDS] for answer in answers])
    table = {
        need: per_class(truth[:, i].astype(int), said[:, i].astype(int), ["no", "yes"])["yes"]
        for i, need in enumerate(NEEDS)
    }
    counted = [row["f1"] for row in table.values() if row["n"] >= LEAST_POSITIVES]
    return {
        "n": len(rows), "macro_f1": float(np.mean(counted)), "needs_counted": len(counted),
        "precision": float((truth & said).sum() / max(1, said.sum())), "recall": float((truth & said).sum() / max(1, truth.sum())),
        "a_post": float(said.sum(1).mean()), "a_post_by_people": float(truth.sum(1).mean()),
    }  # fmt: skip


def location(answers: Predicted, rows: Sequence[Example]) -> dict[str, Any]:
    """Precision, recall and F1 of whole spans."""
    found = [{(place["start"], place["end"]) for place in answer["places"]} for answer in answers]
    return {"n": len(rows)} | span_f1(found, [set(row.target) for row in rows])


def _calm(answers: Predicted) -> float:
    calm = [answer["category"]["label"] == CALM and not answer["category"]["abstained"] for answer in answers]
    return sum(calm) / max(1, len(calm))


SCORES = {"emergency": emergency, "informative": informative, "needs": needs, "location": location}

if __name__ == "__main__":
    sys.exit(main())
