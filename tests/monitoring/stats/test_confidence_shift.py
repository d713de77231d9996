"""Confidence is tested once per head, and only the second alarm in a row is red."""

import numpy as np
import pytest
from scipy.stats import ks_2samp

from monitoring.stats.confidence_shift import ConfidenceShift


def confidences(a: float, b: float, n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).beta(a, b, n)


@pytest.mark.parametrize("seed", range(20))
def test_the_threshold_stands_for_scipys_p_value(seed: int) -> None:
    reference, window = confidences(5, 2, 400, seed), confidences(5, 2.6, 300, seed + 100)
    signal = ConfidenceShift.fit(reference).measure(window)
    expected = ks_2samp(reference, window, method="asymp")
    assert signal.value == pytest.approx(expected.statistic)
    assert signal.fired == (expected.pvalue < 0.01)
    assert signal.threshold == signal.null_99


def test_more_tests_ask_for_more() -> None:
    monitor = ConfidenceShift.fit(confidences(5, 2, 400, 0))
    one, five = (monitor.measure(confidences(5, 2.2, 300, 1), tests=tests) for tests in (1, 5))
    assert five.threshold is not None and one.threshold is not None and five.threshold > one.threshold


def test_once_is_amber_and_twice_is_red() -> None:
    monitor = ConfidenceShift.fit(confidences(5, 2, 400, 0))
    less_sure, alike = confidences(2, 2, 300, 1), confidences(5, 2, 300, 2)
    assert monitor.measure(less_sure).level == "amber"
    assert monitor.measure(less_sure, fired_before=True).level == "red"
    assert monitor.measure(alike, fired_before=True).level == "ok"


def test_ninety_nine_claim_nothing() -> None:
    signal = ConfidenceShift.fit(confidences(5, 2, 400, 0)).measure(confidences(2, 5, 99, 1))
    assert (signal.level, signal.value, signal.why) == ("suppressed", None, "not enough data: 99 of 100 needed")
