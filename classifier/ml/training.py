"""Fine-tuning: one encoder learns every task at once, each batch from the task whose labels it has.

How a run goes:
1. Read and tokenise the corpus; mix the tasks' batches, texts of like length together.
2. Train, in mixed precision where the processor gains from it, with linear warm-up and decay, lower layers slower,
   keeping a moving average of the weights.
   A checkpoint every few steps: the same command resumes a killed run where it stopped.
3. After each epoch judge the category on held-out texts; keep the best, stop when it gets no better.
4. Export to int8, fit the calibration on held-out texts, measure, write card and manifest.

    python -m classifier.ml.training --corpus DIR --output DIR
"""

import argparse
import json
import os
import random
import shutil
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from classifier.errors import TrainingError
from classifier.ml import bases, batches, checkpoints, datasets, precision
from classifier.ml.arguments import TrainingArguments
from classifier.ml.datasets import Corpus
from classifier.ml.progress import Progress, Report, Spent

LEAST_GAIN = 1e-4  # of the held-out loss; less is rounding


def train(arguments: TrainingArguments, *, report: Report = print) -> Path:
    """Train, calibrate, measure and write a model; resumes where an earlier run with these arguments was stopped.

    Arguments:
        arguments: validated knobs.
        report: told lines of progress, with the time left.

    Returns:
        The model's folder, complete with manifest and card.

    Raises:
        TrainingError: the corpus or the arguments are unusable.
    """
    from classifier.ml import finish

    corpus = datasets.load(
        arguments.corpus,
        seed=arguments.seed,
        limit=arguments.limit,
        leave_out=arguments.events_left_out,
        situations=arguments.situations,
    )
    for task, count in datasets.as_tasks(corpus).items():
        report(f"{task}: {count['train']:,} texts to train on, {count['held_out']:,} held out")
    # Written aside and moved at the end: a folder that is there is whole.
    partial, work = (arguments.output.with_name(f".{arguments.output.name}.{kind}") for kind in ("partial", "work"))
    work.mkdir(parents=True, exist_ok=True)
    spent = Spent(work)

    def tell(line: str) -> None:
        spent.so_far()
        report(line)

    network, tokenizer = fit(corpus, arguments, folder=work, report=tell)
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    finish.finish(network, tokenizer, corpus, replace(arguments, output=partial), spent=spent.so_far(), report=report)
    shutil.rmtree(arguments.output, ignore_errors=True)
    partial.rename(arguments.output)
    shutil.rmtree(work)
    report(f"wrote {arguments.output}")
    return arguments.output


def fit(
    corpus: Corpus, arguments: TrainingArguments, *, folder: Path | None = None, report: Report = print
) -> tuple[Any, Any]:
    """The network and tokenizer after training.

    Arguments:
        folder: where checkpoints are kept; none are without it.
    """
    import torch

    from classifier.ml.network import Network, merge, packaged_base, prepare
    from classifier.ml.served_weights import network_of

    _seed(arguments.seed)
    torch.set_num_threads(arguments.threads or int(os.environ.get("OMP_NUM_THREADS", "0")) or os.cpu_count() or 1)
    base = arguments.base or packaged_base()
    tokenizer = tokenizer_of(base)
    network = prepare(
        network_of(Path(base), arguments.dropout) if bases.is_served(base) else Network(base, arguments.dropout),
        arguments.mode,
        frozen_words=arguments.frozen_words,
        frozen_layers=arguments.frozen_layers,
    )
    tokenise = partial(batches.tokenise, tokenizer, split_hashtags=arguments.split_hashtags)
    texts = {task: tokenise(examples, arguments.max_tokens, task=task) for task, examples in corpus.train.items()}
    judge = tokenise(corpus.held_out["category"], arguments.max_tokens)
    Trainer(network, texts, judge, arguments, folder=folder, report=report).run()
    return merge(network), tokenizer


def tokenizer_of(base: str) -> Any:
    """The tokenizer of a Hugging Face encoder, or of a model that was trained here."""
    from transformers import AutoTokenizer, PreTrainedTokenizerFast

    if bases.is_served(base):
        return PreTrainedTokenizerFast(tokenizer_file=str(Path(base) / "tokenizer.json"))
    return AutoTokenizer.from_pretrained(base)


class Trainer:
    """The loop: state that a checkpoint holds, and the steps that change it.

    Arguments:
        network: trained in place.
        texts: task → tokenised examples.
        judge: tokenised held-out examples of the category.
        folder: where checkpoints are kept; None keeps none.
    """

    def __init__(
        self,
        network: Any,
        texts: dict[str, batches.Tokenised],
        judge: batches.Tokenised,
        arguments: TrainingArguments,
        *,
        folder: Path | None,
        report: Report,
    ) -> None:
        import torch

        from classifier.ml.network import parameter_groups

        self.network, self.texts, self.judge_texts, self.arguments = network, texts, judge, arguments
        self.folder, self.report = folder, report
        self.plan = batches.schedule(texts, arguments)
        self.steps = sum(len(epoch) for epoch in self.plan)
        groups = parameter_groups(
            network,
            learning_rate=arguments.learning_rate,
            head_learning_rate=arguments.head_learning_rate,
            layer_decay=arguments.layer_decay,
            weight_decay=arguments.weight_decay,
        )
        self.peaks = [group["lr"] for group in groups]
        self.optimiser = torch.optim.AdamW(groups, betas=(0.9, 0.98), fused=True)
        self.state = checkpoints.State(average=checkpoints.snapshot(network))

    def run(self) -> None:
        """Train to the end, from the last checkpoint if there is one; leaves the best weights in the network."""
        self._resume()
        progress = Progress(self.steps, self.report, first=self.state.step)
        self.network.train()
        first = 0
        for number, epoch in enumerate(self.plan):
            for task, batch in epoch[max(0, self.state.step - first) :]:
                progress.step(self.state.step, task, self._step(task, batch))
                self.state.step += 1
                self._save_now_and_then()
            first += len(epoch)
            if self.state.judged <= number and self._judge(number):
                break
        if self.folder and self.arguments.checkpoint_every:
            checkpoints.save(self.folder, self.state, self.network, self.optimiser, self.arguments)
        checkpoints.restore(self.network, self.state.best or self.state.average)

    def _step(self, task: str, batch: list[int]) -> float:
        import torch

        from classifier.ml.network import loss_of

        arguments = self.arguments
        for group, peak in zip(self.optimiser.param_groups, self.peaks, strict=True):
            group["lr"] = peak * _share(self.state.step, self.steps, arguments.warmup_share)
        ids, mask, targets = batches.to_tensors([self.texts[task][i] for i in batch], task)
        consistency = arguments.consistency if task == "category" else 0.0
        if consistency:
            ids, mask = ids.repeat(2, 1), mask.repeat(2, 1)
        with precision.mixed():
            hidden, embedding = self.network.encode(ids, mask)
        logits = {head: out for head, out in self.network.answer(task, hidden, embedding).items() if head in targets}
        loss = loss_of(logits, targets, label_smoothing=arguments.label_smoothing, consistency=consistency)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        # A young average follows closely, else it would remember the untrained heads.
        checkpoints.follow(
            self.state.average, self.network, min(arguments.average, (self.state.step + 1) / (self.state.step + 10))
        )
        return loss.item()

    def _judge(self, number: int) -> bool:
        """Compare the averaged weights on held-out texts; True when training should stop."""
        state = self.state
        state.judged = number + 1
        if not self.judge_texts:
            return False
        current = checkpoints.snapshot(self.network)
        checkpoints.restore(self.network, state.average)
        loss = category_loss(self.network, self.judge_texts, self.arguments.batch_size)
        checkpoints.restore(self.network, current)
        self.report(f"epoch {number + 1} of {len(self.plan)}: category loss on held-out texts {loss:.3f}")
        if loss < state.best_loss - LEAST_GAIN:
            state.best_loss, state.best, state.idle = loss, {k: v.clone() for k, v in state.average.items()}, 0
        else:
            state.idle += 1
        return state.idle >= self.arguments.patience

    def _save_now_and_then(self) -> None:
        every = self.arguments.checkpoint_every
        if self.folder and every and self.state.step % every == 0:
            checkpoints.save(self.folder, self.state, self.network, self.optimiser, self.arguments)

    def _resume(self) -> None:
        if self.folder and checkpoints.load(self.folder, self.state, self.network, self.optimiser, self.arguments):
            self.report(f"resuming at step {self.state.step:,} of {self.steps:,}")


def category_loss(network: Any, texts: batches.Tokenised, batch_size: int) -> float:
    """Mean cross-entropy of the category: a steadier judge than F1, which a few texts of rare classes move."""
    import torch

    network.eval()
    total = 0.0
    with torch.inference_mode():
        for batch in batches.batched(texts, batch_size, shuffle=False):
            ids, mask, targets = batches.to_tensors([texts[i] for i in batch], "category")
            with precision.mixed():
                _, embedding = network.encode(ids, mask)
            logits = network.heads["category"](embedding.float())
            total += torch.nn.functional.cross_entropy(logits, targets["category"], reduction="sum").item()
    network.train()
    return total / len(texts)


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
            else {"action": argparse.BooleanOptionalAction, "default": item.default}
            if item.type is bool
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
