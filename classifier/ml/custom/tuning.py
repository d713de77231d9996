"""Fine-tuning of the encoder before the classes' layer is fitted. Needs torch.

`setfit`: texts of one class are pulled together and those of others pushed apart, by the supervised contrastive loss
(Khosla et al., 2020; for few labelled texts: Tunstall et al., "Efficient Few-Shot Learning Without Prompts", 2022).
`full`: encoder and layer learn together, and the weights of the epoch with the lowest loss on dev are kept.
"""

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from classifier.ml import batches, precision
from classifier.ml.custom.arguments import SETFIT, CustomArguments
from classifier.ml.custom.graph import EPSILON
from classifier.ml.custom.heads import Head
from classifier.ml.custom.label_tables import TrainingText
from classifier.ml.custom.progress import ProgressLine
from classifier.ml.custom.splits import Split
from classifier.ml.sources import Example

CONTRAST = 0.1  # temperature of the contrastive loss
HEAD_RATE = 2e-3
WARMUP = 0.1
PATIENCE = 3  # epochs without a lower loss on dev


def tune(
    network: Any, tokenizer: Any, split: Split, arguments: CustomArguments, progress: ProgressLine, **reading: Any
) -> tuple[Head | None, list[dict[str, float]]]:
    """Fine-tune the encoder of `network` in place.

    Arguments:
        reading: `classes`, their number, and `split_hashtags`, whether hashtags are read word by word.

    Returns the classes' layer where the mode learns one, and the points of its curve.
    """
    tuner = _Tuner(network, tokenizer, split, arguments, progress, **reading)
    return tuner.contrast() if arguments.mode == SETFIT else tuner.full()


class _Tuner:
    def __init__(
        self, network: Any, tokenizer: Any, split: Split, arguments: CustomArguments, progress: ProgressLine, *,
        classes: int, split_hashtags: bool,
    ) -> None:  # fmt: skip
        import torch

        self.network, self.arguments, self.progress = network, arguments, progress
        self.rng = np.random.default_rng(arguments.seed)
        torch.manual_seed(arguments.seed)
        self.train = self._tokenised(tokenizer, split.train, split_hashtags)
        self.dev = self._tokenised(tokenizer, split.dev, split_hashtags)
        self.weights = torch.tensor([row.weight for row in split.train], dtype=torch.float32)
        self.head = torch.nn.Linear(network.encoder.config.hidden_size, classes)
        torch.nn.init.zeros_(self.head.bias)
        torch.nn.init.normal_(self.head.weight, std=0.02)

    def contrast(self) -> tuple[None, list[dict[str, float]]]:
        """Pull the texts of a class together; the layer is fitted afterwards."""
        steps = self.arguments.steps
        self._optimiser(steps, with_head=False)
        self.progress.start("contrastive steps", steps)
        self.network.train()
        points = []
        for step in range(steps):
            batch = self._balanced()
            vectors, targets, _ = self._vectors(self.train, batch)
            loss = _contrastive(vectors, targets)
            self._step(loss, step, steps)
            points.append({"step": step + 1, "loss": loss.item()})
            self.progress.step(step + 1, loss=loss.item())
        self.progress.end()
        return None, points

    def full(self) -> tuple[Head, list[dict[str, float]]]:
        """Train encoder and layer; the best epoch on dev is kept."""
        import torch

        epochs, size = self.arguments.epochs, self.arguments.batch_size
        per_epoch = -(-len(self.train) // size)
        self._optimiser(epochs * per_epoch, with_head=True)
        self.progress.start("steps", epochs * per_epoch)
        best: tuple[float, Any, Any] = (float("inf"), None, None)
        points: list[dict[str, float]] = []
        idle = step = 0
        for epoch in range(epochs):
            self.network.train()
            order = self.rng.permutation(len(self.train)).tolist()
            losses = []
            for start in range(0, len(order), size):
                batch = order[start : start + size]
                vectors, targets, weights = self._vectors(self.train, batch)
                each = torch.nn.functional.cross_entropy(
                    self.head(vectors), targets, label_smoothing=0.05, reduction="none"
                )
                loss = (each * weights).sum() / weights.sum().clamp(min=1e-6)
                self._step(loss, step, epochs * per_epoch)
                losses.append(loss.item())
                step += 1
                self.progress.step(step, loss=losses[-1])
            dev_loss, score = self._judge()
            points.append({"epoch": epoch + 1, "loss": float(np.mean(losses)), "dev_loss": dev_loss, "macro_f1": score})
            self.progress.step(step, score=score)
            if dev_loss < best[0] - 1e-4:
                best, idle = (
                    (dev_loss, copy.deepcopy(self.network.state_dict()), copy.deepcopy(self.head.state_dict())),
                    0,
                )
            else:
                idle += 1
            if idle >= PATIENCE:
                break
        self.progress.end()
        if best[1] is not None:
            self.network.load_state_dict(best[1])
            self.head.load_state_dict(best[2])
        weight, bias = (value.detach().numpy().astype(np.float32) for value in (self.head.weight, self.head.bias))
        return Head(weight, bias), points

    def _judge(self) -> tuple[float, float]:
        import torch

        from classifier.ml.evaluation import present_macro_f1

        self.network.eval()
        logits, targets = [], []
        with torch.inference_mode():
            for batch in batches.batched(self.dev, 32, shuffle=False):
                vectors, truth, _ = self._vectors(self.dev, batch, weighted=False)
                logits.append(self.head(vectors))
                targets.append(truth)
        predicted, truth = torch.cat(logits), torch.cat(targets)
        loss = float(torch.nn.functional.cross_entropy(predicted, truth))
        return loss, present_macro_f1(truth.numpy(), predicted.argmax(1).numpy(), predicted.shape[1])

    def _tokenised(self, tokenizer: Any, rows: Sequence[TrainingText], split_hashtags: bool) -> batches.Tokenised:
        examples = [Example(row.text, row.target) for row in rows]
        return batches.tokenise(tokenizer, examples, self.arguments.max_tokens, split_hashtags=split_hashtags)

    def _vectors(
        self, texts: batches.Tokenised, batch: Sequence[int], *, weighted: bool = True
    ) -> tuple[Any, Any, Any]:
        """Normalised embeddings, targets and weights of a batch."""
        import torch

        ids, mask, targets = batches.to_tensors([texts[at] for at in batch], "classes")
        with precision.mixed():
            _, embedding = self.network.encode(ids, mask)
        width = (embedding.shape[-1],)
        vectors = torch.nn.functional.layer_norm(embedding.float(), width, eps=EPSILON)
        return vectors, targets["classes"], self.weights[list(batch)] if weighted else None

    def _balanced(self) -> list[int]:
        """A batch in which every drawn class has at least two texts, so that each has one to be pulled to."""
        targets = np.array([target for _, target, _ in self.train])
        pairs = max(1, self.arguments.batch_size // 2)
        present = np.unique(targets)
        found: list[int] = []
        for target in self.rng.choice(present, size=pairs, replace=pairs > len(present)):
            own = np.flatnonzero(targets == target)
            found += self.rng.choice(own, size=2, replace=len(own) < 2).tolist()
        return found

    def _optimiser(self, steps: int, *, with_head: bool) -> None:
        import torch

        from classifier.ml.network import parameter_groups

        groups = parameter_groups(
            self.network, learning_rate=self.arguments.learning_rate, head_learning_rate=HEAD_RATE, layer_decay=0.9,
            weight_decay=0.01,
        )  # fmt: skip
        if with_head:
            groups.append({"params": list(self.head.parameters()), "lr": HEAD_RATE, "weight_decay": 0.0})
        self.peaks = [group["lr"] for group in groups]
        self.optimiser = torch.optim.AdamW(groups)

    def _step(self, loss: Any, step: int, steps: int) -> None:
        import torch

        warmup = max(1.0, WARMUP * steps)
        share = min(1.0, (step + 1) / warmup) * (1 - step / steps)
        for group, peak in zip(self.optimiser.param_groups, self.peaks, strict=True):
            group["lr"] = peak * share
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)


def _contrastive(vectors: Any, targets: Any) -> Any:
    """The supervised contrastive loss of a batch."""
    import torch

    units = torch.nn.functional.normalize(vectors, dim=-1)
    alike = units @ units.T / CONTRAST
    alike.fill_diagonal_(-1e4)
    logs = alike - torch.logsumexp(alike, dim=1, keepdim=True)
    same = (targets[:, None] == targets[None, :]).float().fill_diagonal_(0.0)
    return -((logs * same).sum(1) / same.sum(1).clamp(min=1)).mean()
