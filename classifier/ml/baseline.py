"""The bag-of-words baseline on the same texts: TF-IDF with a linear model. Needs scikit-learn."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from classifier.ml.datasets import Corpus
from classifier.ml.refit import SOURCES
from classifier.ml.sources import Example
from classifier.ml.text import clean


def measure(corpus: Corpus, tests: dict[str, list[Example]]) -> dict[str, dict[str, float]]:
    """Task → figures of the baseline, trained on the corpus's training part.

    Arguments:
        tests: the test sets `category` and `left_out` (both of categories), `emergency`, `informative` and `needs`.
    """
    learnt = corpus.train
    figures: dict[str, dict[str, float]] = {}
    categories = [name for name in ("category", "left_out") if tests.get(name)]
    if categories:
        model = _svm(learnt["category"])
        for name in categories:
            figures[name] = _f1(tests[name], model.predict(_texts(tests[name])))
    for task, sources in SOURCES.items():
        mine = [example for example in learnt["emergency"] if example.source in sources]
        if mine and tests.get(task):
            figures[task] = _f1(tests[task], _svm(mine).predict(_texts(tests[task])))
    if tests.get("needs") and learnt["needs"]:
        figures["needs"] = _needs(learnt["needs"], tests["needs"])
    return figures


def _svm(examples: Sequence[Example]) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    model = make_pipeline(_words(), LinearSVC(C=0.5))
    return model.fit(_texts(examples), [int(example.target) for example in examples])


def _needs(examples: Sequence[Example], tests: Sequence[Example]) -> dict[str, float]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import f1_score

    words = _words()
    learnt, asked = words.fit_transform(_texts(examples)), words.transform(_texts(tests))
    targets = np.array([example.target for example in examples], dtype=int)
    truth = np.array([example.target for example in tests], dtype=int)
    said = np.zeros_like(truth)
    for column in np.flatnonzero(
        targets.any(0) & ~targets.all(0)
    ):  # one-vs-rest; a need that never occurs is never predicted
        model = LogisticRegression(C=10, max_iter=300).fit(learnt, targets[:, column])
        said[:, column] = model.predict(asked)
    return {"macro_f1": float(f1_score(truth, said, average="macro", zero_division=0))}


def _words() -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)


def _f1(tests: Sequence[Example], said: Any) -> dict[str, float]:
    from sklearn.metrics import f1_score

    truth = np.array([int(example.target) for example in tests])
    present = np.unique(truth)
    figures = {
        "macro_f1": float(f1_score(truth, said, labels=present, average="macro", zero_division=0)),
        "weighted_f1": float(f1_score(truth, said, average="weighted", zero_division=0)),
    }
    if len(present) <= 2:
        figures["f1"] = float(f1_score(truth, said, pos_label=1, zero_division=0))
    return figures


def _texts(examples: Sequence[Example]) -> list[str]:
    return [clean(example.text) for example in examples]
