"""Word contributions by integrated gradients: slower than occlusion, but they add up to the whole difference.

The figures' gradients are integrated along a straight line from an empty text (padding in place of every token) to the
text, at 16 Gauss-Legendre points of the word embeddings; the contributions of a word's tokens are added up. If the sum
misses the difference, as it may on steep lines, 50 points are used instead. The torch network is rebuilt from the
served int8 file. Sundararajan, Taly and Yan, "Axiomatic Attribution for Deep Networks", 2017. Needs the training extra.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from classifier.answers import Answer
from classifier.errors import TorchMissing
from classifier.ml.occlusion import MOST_WORDS, Contribution, Explained, WordSpan, words
from classifier.ml.runtime import Runtime

if TYPE_CHECKING:
    from torch import Tensor

STEPS = (16, 50)
MISS = 0.02  # of the difference; above it, more steps are worth their time
TASKS = ("category", "emergency", "priority", "needs")


class Gradients:
    """A served model as a torch network. `explain` is thread-safe."""

    def __init__(self, folder: Path, runtime: Runtime) -> None:
        """Rebuild the network of `folder`, which `runtime` serves. Raises TorchMissing."""
        try:
            import onnx  # noqa: F401
            import torch

            from classifier.ml.served_weights import network_of
        except ImportError as error:
            raise TorchMissing(
                "Integrated gradients need torch: install the training extra, pip install 'relief-responder[training]', "
                "or ask for occlusion."
            ) from error
        torch.set_num_threads(1)  # as in the serving runtime: more threads would only compete for the core
        self.runtime = runtime
        self._network: Any = network_of(folder).requires_grad_(False)
        self._lock = Lock()

    def explain(self, text: str, *, most: int = MOST_WORDS) -> Explained:
        """Like `occlusion.explain`, but with the model's own priority score, because rules have no gradient.

        Words beyond the model's maximum length contribute nothing; words after the first `most` are left out.
        """
        answer = self.runtime.predict([text])[0]
        encoding = self.runtime.encode(self.runtime.clean(text))
        with self._lock:
            figures = self._attributions(encoding.ids, encoding.special_tokens_mask, answer)
        found = words(text)
        contributions = []
        for word in found[:most]:
            start, end = _cleaned(text, word, self.runtime.clean)
            inside = [i for i, (a, b) in enumerate(encoding.offsets) if a < end and b > start]
            contributions.append(_contribution(word, figures[:, inside].sum(axis=1), answer))
        return Explained(answer, contributions, complete=len(contributions) == len(found))

    def _attributions(self, ids: list[int], special: list[int], answer: Answer) -> np.ndarray:
        """The contribution of each token to each figure, shape (3 + detected needs, tokens)."""
        added, miss = self._integrated(ids, special, answer, STEPS[0])
        return added if miss <= MISS else self._integrated(ids, special, answer, STEPS[1])[0]

    def _integrated(self, ids: list[int], special: list[int], answer: Answer, steps: int) -> tuple[np.ndarray, float]:
        """The contribution of each token, and the largest difference between a sum and its figure's total change."""
        import torch

        table = self._network.encoder.get_input_embeddings()
        given = table(torch.tensor(ids))
        empty = torch.where(torch.tensor(special).bool()[:, None], given, table.weight[table.padding_idx])
        nodes, weights = np.polynomial.legendre.leggauss(steps)
        way = torch.tensor([0, *(nodes + 1) / 2, 1], dtype=given.dtype)[:, None, None]
        share = torch.tensor([0, *weights / 2, 0], dtype=given.dtype)[:, None, None]
        points = (empty + way * (given - empty)).requires_grad_()
        rows, misses = [], []
        for figure in self._figures(points, answer):
            (slope,) = torch.autograd.grad(figure.sum(), points, retain_graph=True)
            rows.append(((slope * share).sum(0) * (given - empty)).sum(-1))
            misses.append(abs((figure[-1] - figure[0]).item() - rows[-1].sum().item()))
        return torch.stack(rows).numpy(), max(misses)

    def _figures(self, embedded: "Tensor", answer: Answer) -> Iterator["Tensor"]:
        """Yield calibrated category, emergency, priority and detected needs of embedded texts; shape (texts,) each."""
        import torch

        calibration, labels = self.runtime.calibration, self.runtime.config["labels"]
        heat = calibration.temperatures
        mask = torch.ones(embedded.shape[:2], dtype=torch.long)
        pooled = self._network.encoder(inputs_embeds=embedded, attention_mask=mask).last_hidden_state.mean(1)
        logits = {task: self._network.heads[task](pooled) / heat[task] for task in TASKS}
        yield logits["category"].softmax(-1)[:, labels["category"].index(answer.category)]
        yield logits["emergency"][:, 0].sigmoid()
        priorities = (logits["priority"] + torch.tensor(calibration.priority_offsets)).softmax(-1)
        worth = priorities @ torch.tensor(calibration.priority_worth)
        yield (torch.logit(worth, 1e-6) + calibration.priority_shift).sigmoid()
        for need in answer.needs_detected:
            yield logits["needs"][:, labels["needs"].index(need)].sigmoid()


def _cleaned(text: str, word: WordSpan, clean: Callable[[str], str]) -> tuple[int, int]:
    """The span of a word and its punctuation in the cleaned text: cleaning never crosses white space."""
    start, end = word.start, word.end
    while start and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return len(clean(text[:start])), len(clean(text[:end]))


def _contribution(word: WordSpan, figures: np.ndarray, answer: Answer) -> Contribution:
    category, emergency, priority, *needs = figures.tolist()
    return Contribution(word, category, emergency, priority, dict(zip(answer.needs_detected, needs, strict=True)))
