"""A domain classifier that tests whether a window's texts differ from the reference's, with a permuted null.

Texts are de-duplicated first: with copies of a text in two folds, the classifier could memorise instead of generalise.
The signal fires at every new disaster, so it leads to a request for labels and never to a training by itself.
Source: Rabanser et al., "Failing Loudly", 2019; López-Paz and Oquab, "Revisiting Classifier Two-Sample Tests", 2017.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from monitoring.stats.result import Level, Signal, too_few

NAME = "text_drift"
NEEDED = 500
MOST = 2_000
RED = 0.60
FOLDS = 3
FEATURES = 20_000
Z_99 = 2.326348
_NOISE = re.compile(r"https?://\S+|www\.\S+|@\w+|\brt\b|[^\w\s]|[\d_]", re.IGNORECASE)


@dataclass(frozen=True)
class TextDrift:
    """A reference's texts, prepared for comparison.

    Arguments:
        texts: distinct, normalised, `MOST` at most.
        seed: seed of the sample, the folds and the permutations.
    """

    texts: tuple[str, ...]
    seed: int = 0

    @classmethod
    def fit(cls, reference: Sequence[str], *, seed: int = 0) -> "TextDrift":
        """Store a sample of the distinct texts of `reference`."""
        return cls(_sample(reference, seed), seed)

    def measure(self, window: Sequence[str], *, permutations: int = 50) -> Signal:
        """Cross-validated area under the ROC curve of "which side is this text from".

        Arguments:
            window: texts as posted.
            permutations: how often the sides are shuffled to estimate the null distribution.
        """
        texts = _sample(window, self.seed + 1)
        n, m = len(self.texts), len(texts)
        if min(n, m) < NEEDED:
            return too_few(NAME, n_reference=n, n_window=m, needed=NEEDED)
        folds = _folds([*self.texts, *texts], self.seed)
        side = np.repeat([0, 1], [n, m])
        rng = np.random.default_rng(self.seed)
        auc = _auc(folds, side)
        null = _null_99(np.array([_auc(folds, rng.permutation(side)) for _ in range(permutations)]))
        level = _level(auc, null)
        why = (
            f"a classifier tells the window's texts from the reference's with AUC {auc:.3f}; chance reaches {null:.3f}"
        )
        return Signal(NAME, auc, null, null, level, n, m, why)


def normalised(text: str) -> str:
    """`text` without the parts that differ between copies: case, links, names, numbers, punctuation."""
    return " ".join(_NOISE.sub(" ", unicodedata.normalize("NFKC", text).lower()).split())


@dataclass(frozen=True, slots=True)
class Fold:
    """The texts that one classifier is trained and tested on: masks of shape (n + m,), and their rows."""

    train: NDArray[np.bool_]
    test: NDArray[np.bool_]
    train_rows: Any
    test_rows: Any


def _sample(texts: Sequence[str], seed: int) -> tuple[str, ...]:
    distinct = list(dict.fromkeys(filter(None, map(normalised, texts))))
    chosen = np.random.default_rng(seed).permutation(len(distinct))[:MOST]
    return tuple(distinct[i] for i in sorted(chosen))


def _folds(texts: Sequence[str], seed: int) -> list[Fold]:
    """The folds, with TF-IDF rows. Both copies of a text that is on both sides are in one fold."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectoriser = TfidfVectorizer(ngram_range=(1, 2), min_df=2, max_features=FEATURES, sublinear_tf=True)
    rows = vectoriser.fit_transform(texts)
    _, member = np.unique(np.array(texts), return_inverse=True)
    fold = (np.random.default_rng(seed).permutation(member.max() + 1) % FOLDS)[member]
    return [Fold(fold != f, fold == f, rows[fold != f], rows[fold == f]) for f in range(FOLDS)]


def _auc(folds: Sequence[Fold], side: NDArray[Any]) -> float:
    """Mean area over the folds; `side` is 0 for the reference's texts and 1 for the window's, shape (n + m,)."""
    from sklearn.linear_model import LogisticRegression

    areas = []
    for fold in folds:
        model = LogisticRegression(solver="liblinear", dual=True, tol=1e-2, max_iter=1_000, random_state=0)
        model.fit(fold.train_rows, side[fold.train])
        areas.append(_area(model.decision_function(fold.test_rows), side[fold.test]))
    return float(np.mean(areas))


def _area(scores: NDArray[Any], side: NDArray[Any]) -> float:
    """Area under the ROC curve by mean ranks (Mann and Whitney, 1947)."""
    from scipy.stats import rankdata

    ones = int(side.sum())
    return float((rankdata(scores)[side == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(side) - ones)))


def _null_99(aucs: NDArray[np.float64]) -> float:
    """The 99th percentile. With few permutations, at least that of a normal distribution with their spread."""
    return float(max(np.percentile(aucs, 99), aucs.mean() + Z_99 * aucs.std(ddof=1)))


def _level(auc: float, null: float) -> Level:
    if auc <= null:
        return "ok"
    return "red" if auc >= RED else "amber"
