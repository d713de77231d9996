"""Trains in a process of its own that a test may have killed: corpus, folder, steps to live (0: all)."""

import os
import signal
import sys
from pathlib import Path

import torch

from classifier.ml import checkpoints, datasets, training
from classifier.ml.arguments import TrainingArguments


def main() -> None:
    corpus, folder, steps = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    folder.mkdir(exist_ok=True)
    arguments = TrainingArguments(
        corpus=corpus, output=folder / "model", epochs=3, batch_size=8, threads=1, checkpoint_every=3
    )
    follow, done = checkpoints.follow, [0]

    def count(*given: object) -> None:
        follow(*given)  # type: ignore[arg-type]
        done[0] += 1
        if done[0] == steps:
            os.kill(os.getpid(), signal.SIGKILL)

    checkpoints.follow = count  # type: ignore[assignment]
    network, _ = training.fit(
        datasets.load(corpus), arguments, folder=folder, report=lambda line: sys.stderr.write(line + "\n")
    )
    torch.save(network.state_dict(), folder / "weights.pt")


main()
