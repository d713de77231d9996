"""Intervals hold what they should and shrink with more texts."""

import numpy as np
import pytest

from classifier.ml import intervals
from classifier.ml.evaluation import present_macro_f1


def test_wilson_agrees_with_the_published_example() -> None:
    assert intervals.wilson(0.9, 10) == pytest.approx((0.596, 0.982), abs=0.001)
    assert intervals.wilson(0.5, 0) == (0.0, 1.0)


def test_the_interval_of_macro_f1_holds_it_and_shrinks() -> None:
    rng = np.random.default_rng(1)
    widths = []
    for n in (200, 5_000):
        truth = rng.integers(0, 4, n)
        said = np.where(rng.random(n) < 0.8, truth, rng.integers(0, 4, n))
        low, high = intervals.macro_f1(truth, said, 4)
        assert low < 0.85 < high
        widths.append(high - low)
    assert widths[1] < widths[0] / 2


def test_bins_tell_stated_and_observed() -> None:
    bins = intervals.reliability(np.array([0.9, 0.9, 0.1]), np.array([True, False, False]))
    assert [(round(b["stated"], 1), b["observed"], b["n"]) for b in bins] == [(0.1, 0.0, 1), (0.9, 0.5, 2)]


@pytest.mark.parametrize("n", [3, 12, 60, 400])
def test_every_interval_contains_its_estimate_also_with_few_texts_and_absent_classes(n: int) -> None:
    rng = np.random.default_rng(n)
    for trial in range(60):
        classes = int(rng.integers(2, 12))
        truth = rng.integers(0, max(1, classes - 2), n)
        said = np.where(rng.random(n) < rng.random(), truth, rng.integers(0, classes, n))
        low, high = intervals.macro_f1(truth, said, classes, seed=trial)
        assert low <= present_macro_f1(truth, said, classes) <= high
        share = float((truth == said).mean())
        low, high = intervals.wilson(share, n)
        assert low <= share <= high


def test_a_perfect_score_on_few_texts_has_room_below() -> None:
    truth = np.array([0, 1, 2] * 12)
    low, high = intervals.macro_f1(truth, truth, 10)
    assert high == 1.0 and low == pytest.approx(intervals.wilson(1.0, 12)[0])
    assert present_macro_f1(truth, truth, 10) == 1.0  # seven classes that don't occur lower nothing
