"""Texts of another event are told apart; copies do not help, and few texts claim nothing."""

import numpy as np
import pytest

from monitoring.stats.text_drift import TextDrift, _area, _auc, _folds, _null_99, normalised
from tests.monitoring.stats.words import posts


def test_another_event_is_red() -> None:
    signal = TextDrift.fit(posts("flood", 600, 1)).measure(posts("quake", 600, 2), permutations=5)
    assert signal.level == "red"
    assert signal.value is not None and signal.value > 0.9
    assert signal.null_99 is not None and 0.5 < signal.null_99 < 0.6
    assert (signal.n_reference, signal.n_window) == (600, 600)


def test_a_hundred_texts_claim_nothing() -> None:
    signal = TextDrift.fit(posts("flood", 600, 1)).measure(posts("quake", 100, 2))
    assert (signal.level, signal.value) == ("suppressed", None)
    assert signal.why == "not enough data: 100 of 500 needed"


def test_copies_count_once() -> None:
    window = posts("quake", 100, 2) * 10
    assert TextDrift.fit(posts("flood", 600, 1)).measure(window).n_window == 100
    assert normalised("RT @ana: Bridge is DOWN!! https://t.co/x1") == normalised("bridge is down") == "bridge is down"


def test_two_thousand_a_side_are_looked_at() -> None:
    assert len(TextDrift.fit(posts("flood", 2_300, 1)).texts) == 2_000


def test_both_copies_of_a_text_fall_into_one_fold() -> None:
    texts = posts("flood", 60, 1)
    folds = _folds([*texts, *texts], 0)
    assert all((fold.test[:60] == fold.test[60:]).all() for fold in folds)
    assert (sum(fold.test.astype(int) for fold in folds) == 1).all()


def test_the_same_seed_gives_the_same_signal() -> None:
    reference, window = posts("flood", 600, 1), posts("flood", 600, 2)
    first, again = (TextDrift.fit(reference, seed=3).measure(window, permutations=3) for _ in range(2))
    assert first == again


def test_the_area_is_that_of_scikit_learns_own_cross_validation() -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    texts = posts("flood", 200, 1) + posts("quake", 200, 2)[:100] + posts("flood", 100, 5)
    side = np.repeat([0, 1], [200, 200])
    folds = _folds(texts, 0)
    expected = [
        roc_auc_score(
            side[f.test], LogisticRegression().fit(f.train_rows, side[f.train]).decision_function(f.test_rows)
        )
        for f in folds
    ]
    assert _auc(folds, side) == pytest.approx(np.mean(expected), abs=0.005)
    scores = np.round(np.random.default_rng(0).random(400), 1)  # with ties
    assert _area(scores, side) == pytest.approx(roc_auc_score(side, scores))


def test_of_few_permutations_the_tail_is_not_underrated() -> None:
    aucs = np.random.default_rng(0).normal(0.5, 0.01, 50)
    assert _null_99(aucs) >= np.percentile(aucs, 99)
    assert _null_99(aucs) == pytest.approx(0.523, abs=0.006)
