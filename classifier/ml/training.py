"""Fine-tuning: one encoder learns every task at once, each batch from the task whose labels it has.

How a run goes:
1. Read and tokenise the corpus; mix the tasks' batches, texts of like length together.
2. Train with bf16 autocast, linear warm-up and decay, lower layers slower.
3. Export to int8, fit the calibration on held-out texts, measure, write card and manifest.

    python -m classifier.ml.training --corpus DIR --output DIR
"""

import argparse
import json
import os
import random
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np

from classifier.errors import TrainingError
from classifier.ml import datasets
from classifier.ml.arguments import TrainingArguments
from classifier.ml.datasets import TASKS, Corpus, Example
from classifier.ml.text import clean

REPORT_EVERY = 50
LENGTH_WINDOW = 50  # batches that are sorted by length together: less padding, still mixed
Tokenised = list[tuple[list[int], Any]]


def train(arguments: TrainingArguments, *, report: Callable[[str], None] = print) -> Path:
    """Train, calibrate, measure and write a model.

    Arguments:
        arguments: validated knobs.
        report: told lines of progress, with the time left.

    Returns:
        The model's folder, complete with manifest and card.

    Raises:
        TrainingError: the corpus or the arguments are unusable.
    """
    from classifier.ml import finish

    corpus = datasets.load(arguments.corpus, seed=arguments.seed, limit=arguments.limit)
    for task in TASKS:
        report(f"{task}: {len(corpus.train[task]):,} texts to train on, {len(corpus.held_out[task]):,} held out")
    started = time.monotonic()
    network, tokenizer = fit(corpus, arguments, report=report)
    minutes = (time.monotonic() - started) / 60
    # Written aside and moved at the end: a folder that is there is whole.
    partial = arguments.output.with_name(f".{arguments.output.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    finish.finish(network, tokenizer, corpus, replace(arguments, output=partial), minutes=minutes, report=report)
    report(f"wrote {arguments.output}")
    return partial.rename(arguments.output)


def fit(corpus: Corpus, arguments: TrainingArguments, *, report: Callable[[str], None]) -> tuple[Any, Any]:
    """The training loop; returns (network, tokenizer)."""
    import torch
    from transformers import AutoTokenizer

    from classifier.ml.network import Network, loss_of, packaged_base, parameter_groups

    _seed(arguments.seed)
    torch.set_num_threads(arguments.threads or os.cpu_count() or 1)
    base = arguments.base or packaged_base()
    tokenizer = AutoTokenizer.from_pretrained(base)
    network = Network(base, arguments.dropout)
    texts = {task: tokenise(tokenizer, examples, arguments.max_tokens) for task, examples in corpus.train.items()}
    plan = schedule(texts, arguments)
    groups = parameter_groups(
        network,
        learning_rate=arguments.learning_rate,
        head_learning_rate=arguments.head_learning_rate,
        layer_decay=arguments.layer_decay,
        weight_decay=arguments.weight_decay,
    )
    peaks = [group["lr"] for group in groups]
    optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)
    progress = Progress(len(plan), report)
    network.train()
    for step, (task, batch) in enumerate(plan):
        for group, peak in zip(optimiser.param_groups, peaks, strict=True):
            group["lr"] = peak * _share(step, len(plan), arguments.warmup_share)
        ids, mask, targets = to_tensors([texts[task][i] for i in batch])
        with torch.autocast("cpu", torch.bfloat16):
            embedding = network.embed(ids, mask)
        loss = loss_of(task, network.head(task, embedding), targets, label_smoothing=arguments.label_smoothing)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)
        progress.step(step, task, loss.item())
    return network, tokenizer


def tokenise(tokenizer: Any, examples: Sequence[Example], max_tokens: int) -> Tokenised:
    """(token ids, target) of each example, cut at `max_tokens`."""
    if not examples:
        return []
    encoded = tokenizer([clean(e.text) for e in examples], truncation=True, max_length=max_tokens)["input_ids"]
    return [(ids, example.target) for ids, example in zip(encoded, examples, strict=True)]


def schedule(texts: dict[str, Tokenised], arguments: TrainingArguments) -> list[tuple[str, list[int]]]:
    """The run's batches in order: (task, indices). Every epoch holds all category batches and a share of the others."""
    plan = []
    for _ in range(arguments.epochs):
        epoch = []
        for task, items in texts.items():
            batches = batched(items, arguments.batch_size, shuffle=True)
            if task != "category":
                batches = batches[: max(1, round(len(batches) * arguments.side_share))] if batches else []
            epoch += [(task, batch) for batch in batches]
        random.shuffle(epoch)
        plan += epoch
    return plan


def batched(items: Tokenised, size: int, *, shuffle: bool) -> list[list[int]]:
    """Indices of `items` in batches of texts of like length."""
    order = list(range(len(items)))
    if shuffle:
        random.shuffle(order)
    batches = []
    for start in range(0, len(order), size * LENGTH_WINDOW):
        window = sorted(order[start : start + size * LENGTH_WINDOW], key=lambda i: len(items[i][0]))
        batches += [window[i : i + size] for i in range(0, len(window), size)]
    if shuffle:
        random.shuffle(batches)
    return batches


def to_tensors(items: Tokenised) -> tuple[Any, Any, Any]:
    """(input ids, attention mask, targets), padded to the longest; shapes (n, tokens) twice and (n, …)."""
    import torch

    width = max(len(ids) for ids, _ in items)
    ids = torch.zeros(len(items), width, dtype=torch.long)
    mask = torch.zeros(len(items), width, dtype=torch.long)
    for row, (tokens, _) in enumerate(items):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        mask[row, : len(tokens)] = 1
    return ids, mask, torch.tensor([target for _, target in items])


class Progress:
    """Reports step, losses and the time left every few steps."""

    def __init__(self, steps: int, report: Callable[[str], None]) -> None:
        self.steps, self.report, self.started = steps, report, time.monotonic()
        self.losses: dict[str, float] = {}

    def step(self, step: int, task: str, loss: float) -> None:
        self.losses[task] = 0.98 * self.losses.get(task, loss) + 0.02 * loss
        if step % REPORT_EVERY == 0 or step == self.steps - 1:
            left = (time.monotonic() - self.started) / (step + 1) * (self.steps - step - 1) / 60
            losses = ", ".join(f"{name} {value:.3f}" for name, value in sorted(self.losses.items()))
            self.report(f"step {step + 1:,} of {self.steps:,}, {left:.1f} min left; loss: {losses}")


def _share(step: int, steps: int, warmup_share: float) -> float:
    warmup = max(1.0, warmup_share * steps)
    return min(1.0, (step + 1) / warmup) * max(0.0, 1 - step / steps)


def _seed(seed: int) -> None:
    import torch

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def _to_stderr(line: str) -> None:
    sys.stderr.write(line + "\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Command line of the training code: every field of TrainingArguments is an option."""
    parser = argparse.ArgumentParser(description="Train a model from a folder of label files.")
    for item in fields(TrainingArguments):
        options: dict[str, Any] = (
            {"type": Path, "required": True}
            if item.type is Path
            else {"type": type(item.default), "default": item.default}
        )
        parser.add_argument(f"--{item.name.replace('_', '-')}", **options)
    try:
        folder = train(TrainingArguments(**vars(parser.parse_args(argv))), report=_to_stderr)
    except TrainingError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(json.dumps({"model": str(folder)}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
