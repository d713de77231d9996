"""Distances of class shares are those of the books, and few posts are judged by what chance gives."""

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.stats import entropy

from monitoring.stats.prediction_drift import PredictionDrift, js, psi


def answers(shares: list[float], n: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).choice(len(shares), size=n, p=shares)


@pytest.mark.parametrize("seed", range(20))
def test_both_distances_agree_with_scipy(seed: int) -> None:
    p, q = np.random.default_rng(seed).dirichlet(np.full(10, 2.0), size=2)
    assert js(p, q) == pytest.approx(jensenshannon(p, q, base=2), abs=1e-12)
    assert psi(p, q) == pytest.approx(entropy(p, q) + entropy(q, p), abs=1e-12)


def test_classes_that_do_not_occur_leave_both_finite() -> None:
    p, q = np.array([0.5, 0.5, 0.0]), np.array([0.5, 0.0, 0.5])
    assert js(p, q) == pytest.approx(jensenshannon(p, q, base=2))
    assert 0 < psi(p, q) < 10
    assert js(p, p) == psi(p, p) == 0


@pytest.mark.parametrize(
    ("window", "levels"),
    [
        ([0.5, 0.3, 0.2], ("ok", "ok")),
        ([0.34, 0.34, 0.32], ("amber", "amber")),
        ([0.1, 0.3, 0.6], ("red", "red")),
    ],
)
def test_fixed_thresholds_decide_from_five_hundred_on(window: list[float], levels: tuple[str, str]) -> None:
    reference = np.repeat([0, 1, 2], [500, 300, 200])
    seen = np.repeat([0, 1, 2], np.round(np.array(window) * 1_000).astype(int))
    signals = PredictionDrift.fit(reference, classes=3).measure(seen)
    assert [signal.name for signal in signals] == ["prediction_js", "prediction_psi"]
    assert tuple(signal.level for signal in signals) == levels
    assert [signal.threshold for signal in signals] == [0.1, 0.1]


def test_below_five_hundred_chance_decides_where_the_fixed_threshold_would_cry_wolf() -> None:
    shares = [0.1] * 10
    monitor = PredictionDrift.fit(answers(shares, 2_000), classes=10)
    found = [monitor.measure(answers(shares, 60, seed))[0] for seed in range(1, 101)]
    assert sum(signal.value > 0.1 for signal in found if signal.value is not None) > 50
    assert sum(signal.fired for signal in found) <= 4
    assert monitor.measure(answers([0.5] + [0.5 / 9] * 9, 60))[0].level == "amber"


def test_fewer_than_fifty_claim_nothing() -> None:
    monitor = PredictionDrift.fit(answers([0.5, 0.5], 1_000), classes=2)
    for signal in monitor.measure(np.ones(49, dtype=int)):
        assert (signal.level, signal.value, signal.why) == (
            "suppressed", None, "not enough data: 49 of 50 needed",
        )  # fmt: skip
