"""Reproducibility: trains a small model twice with the same seed on the given snapshot. Needs torch."""

import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from classifier.ml import bases, batches, datasets
from classifier.ml.arguments import TrainingArguments

TEXTS = 64  # per task: the code that samples, mixes and steps is that of a full run


def measure(corpus_folder: Path, *, seed: int, **knobs: Any) -> dict[str, Any]:
    """`delta_macro_f1` between two runs of the same seed on held-out texts, and whether their answers are equal.

    Arguments:
        knobs: other training arguments, such as the `base` that both runs start from.
    """
    with tempfile.TemporaryDirectory() as folder:
        arguments = TrainingArguments(
            corpus=corpus_folder, output=Path(folder) / "m", mode="head", epochs=1, limit=TEXTS, seed=seed, threads=1,
            checkpoint_every=0, **knobs,
        )  # fmt: skip
        corpus = datasets.load(corpus_folder, seed=seed, limit=TEXTS)
        first, second = (_answers(corpus, arguments) for _ in range(2))
    truth = np.array([row.target for row in corpus.held_out["category"]], dtype=int)
    scores = [_macro_f1(truth, logits.argmax(1)) if len(truth) else 0.0 for logits in (first, second)]
    return {
        "n": len(truth),
        "base": bases.describe(arguments.base),
        "delta_macro_f1": float(abs(scores[0] - scores[1])),
        "equal": bool(np.array_equal(first, second)),
    }


def _answers(corpus: datasets.Corpus, arguments: TrainingArguments) -> np.ndarray:
    import torch

    from classifier.ml.training import fit

    network, tokenizer = fit(corpus, arguments, report=lambda _: None)
    network.eval()
    texts = batches.tokenise(
        tokenizer, corpus.held_out["category"], arguments.max_tokens, split_hashtags=arguments.split_hashtags
    )
    found = []
    with torch.inference_mode():
        for row in texts:
            ids, mask, _ = batches.to_tensors([row], "category")
            found.append(network.heads["category"](network.encode(ids, mask)[1])[0].numpy())
    return np.stack(found) if found else np.zeros((0, 1))


def _macro_f1(truth: np.ndarray, said: np.ndarray) -> float:
    from sklearn.metrics import f1_score

    return float(f1_score(truth, said, average="macro", zero_division=0))
