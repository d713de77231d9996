"""Intervals hold what they should and shrink with more texts."""

import numpy as np
import pytest

from classifier.ml import intervals


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
