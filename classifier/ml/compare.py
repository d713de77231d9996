"""Comparison of a candidate with the live version on the same frozen texts: figures, differences, intervals.

Runs in a separate process, which writes its result as JSON:

    python -m classifier.ml.compare --candidate DIR --live DIR --corpus DIR --output FILE
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from classifier.answers import Answer
from classifier.categories import CATEGORY_IDS
from classifier.errors import TrainingError
from classifier.ml import bases, datasets, evaluation, finish, intervals, poison, rerun
from classifier.ml.datasets import Corpus
from classifier.ml.identity import text_digest
from classifier.ml.runtime import Runtime
from classifier.ml.sources import Example

ROUNDS = 10_000
TIMED = 120  # texts classified one by one
TRIES = 3  # of each: the fastest counts, as other work on the machine slows single ones of either version
FLIPPED = 20  # maximum number of examples
OWN = ("site_labels", "exercise")
# The hazard, derived from the names of the public sets' events and of the site's own.
HAZARDS = ("earthquake", "flood", "hurricane", "cyclone", "typhoon", "wildfire", "fire", "tornado", "storm")


def compare(candidate: Runtime, live: Runtime, corpus: Corpus, folder: Path) -> dict[str, Any]:
    """Compute everything that the gates use.

    Arguments:
        corpus: the snapshot's corpus; its held-out part is the test set.
        folder: may contain the categories' test file, which is then used instead.

    Returns `n`, `metrics` of both, and their `comparison`.
    """
    rows = frozen_rows(corpus, folder)
    sides = {"candidate": candidate, "live": live}
    given = {name: evaluation.answers(runtime, [row.text for row in rows]) for name, runtime in sides.items()}
    metrics = {name: _figures(side, given[name], rows, corpus) for name, side in sides.items()}
    truth, said = _truth(rows), {name: _said(answers) for name, answers in given.items()}
    comparison = {
        "delta_macro_f1": delta_macro_f1(truth, said["candidate"], said["live"], len(CATEGORY_IDS)),
        "mcnemar": mcnemar(truth, said["candidate"], said["live"]),
        "latency": latency(candidate, live, [row.text for row in rows[:TIMED]]),
        "flipped": flipped(rows, given["candidate"], given["live"]),
        "languages": {name: sorted(runtime.info.languages) for name, runtime in sides.items()},
    }
    return {"n": len(rows), "metrics": metrics, "comparison": comparison}


def frozen_rows(corpus: Corpus, folder: Path) -> list[Example]:
    """The categories' test file if there is one, or else the held-out texts; always with the site's held-out texts."""
    tested = finish.test_rows(folder)
    held = corpus.held_out["category"]
    return tested + [row for row in held if row.source in OWN] if tested else list(held)


def _figures(runtime: Runtime, given: list[Answer], rows: list[Example], corpus: Corpus) -> dict[str, Any]:
    labels = runtime.config["labels"]["category"]
    figures = {"category": evaluation.category(given, rows, labels)} if rows else {}
    if corpus.unseen:
        others = evaluation.answers(runtime, [row.text for row in corpus.unseen])
        figures["unseen"] = evaluation.unseen(others, corpus.unseen, labels)
    for task in ("emergency", "priority", "needs"):
        held = corpus.held_out[task]
        if held:
            figures[task] = evaluation.score(
                task, runtime, evaluation.answers(runtime, [row.text for row in held]), held
            )
    figures["slices"] = {
        part: slices(given, rows, [part_of(row, part) for row in rows]) for part in ("lang", "source", "hazard")
    }
    return figures


def part_of(row: Example, part: str) -> str:
    """The language, source or hazard of an example."""
    if part != "hazard":
        return str(getattr(row, part)) or "unknown"
    event = row.event.lower()
    return next((hazard for hazard in HAZARDS if hazard in event), "other")


def slices(given: Sequence[Answer], rows: Sequence[Example], parts: Sequence[str]) -> dict[str, Any]:
    """Part → count and accuracy with its interval."""
    right = np.array([CATEGORY_IDS[row.target] == a.category for a, row in zip(given, rows, strict=True)], dtype=bool)
    table = {}
    for name in sorted(set(parts)):
        mine = right[[part == name for part in parts]]
        share = float(mine.mean())
        table[name] = {"n": len(mine), "accuracy": share, "interval": intervals.wilson(share, len(mine))}
    return table


def flipped(rows: Sequence[Example], ours: Sequence[Answer], theirs: Sequence[Answer]) -> list[dict[str, str]]:
    """Up to twenty of this site's texts that the two answer differently, those that only the live one gets right first.

    Texts are referenced by their labels' hashes, so that an erasure removes them, and no research text is ever shown.
    """
    found = [
        {
            "text_key": text_digest(row.text),
            "truth": CATEGORY_IDS[row.target],
            "candidate": mine.category,
            "live": other.category,
        }
        for row, mine, other in zip(rows, ours, theirs, strict=True)
        if row.source in OWN and mine.category != other.category
    ]
    return sorted(found, key=lambda one: (one["live"] != one["truth"], one["candidate"] != one["truth"]))[:FLIPPED]


def delta_macro_f1(truth: np.ndarray, ours: np.ndarray, theirs: np.ndarray, classes: int) -> dict[str, float]:
    """Difference of macro-F1 (ours − theirs) by the paired bootstrap: point, 95 % interval, p of "not better".

    Arguments:
        truth, ours, theirs: class indices of the same texts, shape (n,).
    """
    if len(truth) == 0:
        return {"n": 0}
    # Texts with the same truth and answers are interchangeable, so it is enough to draw how often each kind occurs.
    kinds, counts = np.unique(np.stack([truth, ours, theirs]), axis=1, return_counts=True)
    drawn = np.random.default_rng(0).multinomial(len(truth), counts / len(truth), ROUNDS)
    present = np.unique(truth)
    scores = [_macro_f1(kinds[0], kinds[side], drawn, present, classes) for side in (1, 2)]
    delta = scores[0] - scores[1]
    low, high = np.percentile(delta, [2.5, 97.5])
    point = [_macro_f1(kinds[0], kinds[side], counts[None, :], present, classes)[0] for side in (1, 2)]
    return {
        "n": len(truth),
        "point": float(point[0] - point[1]),
        "low": float(low),
        "high": float(high),
        "p_not_better": float((delta <= 0).mean()),
    }


def _macro_f1(
    truth: np.ndarray, said: np.ndarray, weights: np.ndarray, present: np.ndarray, classes: int
) -> np.ndarray:
    """Macro-F1 over the classes present, for each row of weights; shape (rounds,)."""
    one = np.eye(classes)
    hits = weights @ (one[truth] * one[said])
    total = weights @ one[truth] + weights @ one[said]
    return (2 * hits / np.maximum(total, 1))[:, present].mean(1)


def mcnemar(truth: np.ndarray, ours: np.ndarray, theirs: np.ndarray) -> dict[str, float]:
    """McNemar's exact test: how often only one of the two is right, and the p-value of equal frequencies."""
    from scipy.stats import binomtest

    gained, lost = int(((ours == truth) & (theirs != truth)).sum()), int(((ours != truth) & (theirs == truth)).sum())
    p = float(binomtest(gained, gained + lost).pvalue) if gained + lost else 1.0
    return {"only_candidate_right": gained, "only_live_right": lost, "p": p}


def latency(candidate: Runtime, live: Runtime, texts: Sequence[str]) -> dict[str, float]:
    """Milliseconds per text of both versions, measured alternately in one process. The ratio is what the gate uses."""
    spent: dict[str, list[float]] = {"candidate": [], "live": []}
    for text in texts:
        tries = [(_timed(candidate, text), _timed(live, text)) for _ in range(TRIES)]
        for name, times in zip(spent, zip(*tries, strict=True), strict=True):
            spent[name].append(min(times))
    if len(texts) < 2:
        return {"n": len(texts)}
    p99 = {name: float(np.percentile(times, 99)) for name, times in spent.items()}
    p50 = {name: float(np.percentile(times, 50)) for name, times in spent.items()}
    return {
        "n": len(texts),
        "candidate_p99_ms": p99["candidate"],
        "live_p99_ms": p99["live"],
        "ratio_p99": p99["candidate"] / p99["live"],
        "ratio_p50": p50["candidate"] / p50["live"],
    }


def _timed(runtime: Runtime, text: str) -> float:
    """Milliseconds for one text."""
    started = time.perf_counter()
    runtime.predict([text])
    return 1e3 * (time.perf_counter() - started)


def _truth(rows: Sequence[Example]) -> np.ndarray:
    return np.array([row.target for row in rows], dtype=int)


def _said(given: Sequence[Answer]) -> np.ndarray:
    return np.array([CATEGORY_IDS.index(answer.category) for answer in given], dtype=int)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the comparison from the command line; see the module."""
    parser = argparse.ArgumentParser(description="Compare a candidate with the live version.")
    for name in ("candidate", "live", "corpus", "output"):
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=0, help="texts per task; 0 takes all")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--base", default="", help="what the candidate's training started from")
    options = parser.parse_args(argv)
    try:
        corpus = datasets.load(options.corpus, seed=options.seed, limit=options.limit)
        candidate, live = (Runtime.load(folder, remember=False) for folder in (options.candidate, options.live))
        result = compare(candidate, live, corpus, options.corpus)
        result["comparison"]["poison"] = poison.measure(candidate, corpus)
        reading = {name: candidate.config[name] for name in bases.AS_SERVED if name in candidate.config}
        result["comparison"]["rerun"] = rerun.measure(options.corpus, seed=options.seed, base=options.base, **reading)
    except TrainingError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    options.output.write_text(json.dumps(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())
