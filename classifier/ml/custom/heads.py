"""The linear layer of the classes, fitted on normalised embeddings. Needs scikit-learn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from classifier.ml.calibration import fit_softmax_temperature, softmax
from classifier.ml.custom.graph import Floats, normalised

STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)  # inverse regularisation, for vectors of length 1
CURVE = (0.1, 0.2, 0.4, 0.7, 1.0)  # shares of the texts of the learning curve


@dataclass(frozen=True)
class Head:
    """Weights of shape (classes, width), biases of shape (classes,), and the regularisation that dev preferred."""

    weight: Floats
    bias: Floats
    strength: float = 0.0

    def logits(self, embeddings: Floats) -> Floats:
        """Logits of the classes from embeddings as the encoder gives them."""
        return np.asarray(normalised(embeddings) @ self.weight.T + self.bias)


@dataclass(frozen=True)
class Vectors:
    """Embeddings of one part, shape (n, width), the texts' class positions and weights, shape (n,)."""

    values: Floats
    targets: np.ndarray
    weights: np.ndarray

    def some(self, rows: np.ndarray) -> "Vectors":
        """Those of some texts."""
        return Vectors(self.values[rows], self.targets[rows], self.weights[rows])


def fit(train: Vectors, dev: Vectors, classes: int) -> Head:
    """The layer whose regularisation gives the lowest loss on dev."""
    heads = [_fitted(train, classes, strength) for strength in STRENGTHS]
    losses = [_loss(head.logits(dev.values), dev.targets) for head in heads]
    return heads[int(np.argmin(losses))]


def learning_curve(head: Head, train: Vectors, dev: Vectors, *, seed: int) -> list[dict[str, float]]:
    """Macro-F1 on dev after learning from a growing part of the texts, with the regularisation of `head`."""
    from classifier.ml.evaluation import present_macro_f1

    classes, order = len(head.bias), np.random.default_rng(seed).permutation(len(train.targets))
    points = []
    for share in CURVE:
        some = train.some(order[: max(2, round(share * len(order)))])
        if len(set(some.targets.tolist())) > 1:
            predicted = _fitted(some, classes, head.strength).logits(dev.values).argmax(1)
            points.append({"texts": len(some.targets), "macro_f1": present_macro_f1(dev.targets, predicted, classes)})
    return points


def _fitted(train: Vectors, classes: int, strength: float) -> Head:
    from sklearn.linear_model import LogisticRegression

    width = train.values.shape[1]
    length = np.sqrt(width)  # of a normalised embedding
    model = LogisticRegression(C=strength, max_iter=1_000)
    model.fit(normalised(train.values) / length, train.targets, sample_weight=np.maximum(train.weights, 1e-6))
    coefficients, intercepts = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # one row stands for both classes
        coefficients = np.concatenate([-coefficients / 2, coefficients / 2])
        intercepts = np.concatenate([-intercepts / 2, intercepts / 2])
    weight, bias = np.zeros((classes, width), dtype=np.float32), np.full(classes, -20.0, dtype=np.float32)
    weight[model.classes_], bias[model.classes_] = coefficients / length, intercepts
    return Head(weight, bias, strength)


def _loss(logits: Floats, targets: np.ndarray) -> float:
    """Cross-entropy at the temperature that suits these logits best."""
    heat = fit_softmax_temperature(logits, targets)
    return float(-np.log(softmax(logits / heat)[np.arange(len(targets)), targets] + 1e-12).mean())


def targets_of(rows: Sequence[Any]) -> np.ndarray:
    """Class positions of labelled texts."""
    return np.array([row.target for row in rows], dtype=int)
