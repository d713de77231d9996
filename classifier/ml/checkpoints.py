"""Checkpoints of a training, so that a killed run can continue: weights, their average, optimiser, random state.

Files contain tensors only and are read with `weights_only`, so that a checkpoint can't run code. Needs torch.
"""

import hashlib
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classifier.ml.arguments import TrainingArguments

FILE = "checkpoint.pt"


@dataclass
class State:
    """The state of a training.

    Arguments:
        average: moving average of the weights.
        best: the average with the lowest loss so far, `best_loss`.
        idle: epochs since then; judged: epochs evaluated.
    """

    average: dict[str, Any]
    step: int = 0
    judged: int = 0
    idle: int = 0
    best_loss: float = float("inf")
    best: dict[str, Any] = field(default_factory=dict)


def snapshot(network: Any) -> dict[str, Any]:
    """A copy of every weight."""
    return {name: value.detach().clone() for name, value in network.state_dict().items()}


def restore(network: Any, weights: dict[str, Any]) -> None:
    """Load a snapshot's weights into the network."""
    network.load_state_dict(weights)


def follow(average: dict[str, Any], network: Any, decay: float) -> None:
    """Move the average towards the network's weights."""
    import torch

    names = [name for name, value in network.named_parameters() if value.requires_grad]
    current = network.state_dict()
    with torch.no_grad():
        torch._foreach_lerp_([average[n] for n in names], [current[n] for n in names], 1 - decay)


def save(folder: Path, state: State, network: Any, optimiser: Any, arguments: TrainingArguments) -> None:
    """Write a checkpoint atomically: after a crash, the previous one is intact."""
    import torch

    values = {
        "run": _run_key(arguments),
        "step": state.step,
        "judged": state.judged,
        "idle": state.idle,
        "best_loss": state.best_loss,
        "best": state.best,
        "average": state.average,
        "network": network.state_dict(),
        "optimiser": optimiser.state_dict(),
        "random": torch.get_rng_state(),
    }
    aside = folder / f"{FILE}.new"
    torch.save(values, aside)
    os.replace(aside, folder / FILE)


def load(folder: Path, state: State, network: Any, optimiser: Any, arguments: TrainingArguments) -> bool:
    """Load the checkpoint in `folder`. Returns False if there is none from a run with these arguments."""
    import torch

    path = folder / FILE
    if not path.exists():
        return False
    values = torch.load(path, weights_only=True)
    if values["run"] != _run_key(arguments):
        return False
    network.load_state_dict(values["network"])
    optimiser.load_state_dict(values["optimiser"])
    torch.set_rng_state(values["random"])
    for name in ("step", "judged", "idle", "best_loss", "best", "average"):
        setattr(state, name, values[name])
    return True


def _run_key(arguments: TrainingArguments) -> str:
    return hashlib.sha256(json.dumps(arguments.to_json(), sort_keys=True).encode()).hexdigest()
