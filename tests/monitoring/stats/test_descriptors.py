"""Descriptors of any kind are on one scale, and must move more than chance does."""

import numpy as np
import pytest
from scipy.stats import wasserstein_distance

from monitoring.stats.descriptors import Descriptors, wasserstein


def columns(n: int, seed: int, *, longer: float = 0.0, links: float = 0.3, spanish: float = 0.1) -> dict:
    rng = np.random.default_rng(seed)
    return {
        "length": rng.normal(100 + longer, 20, n),
        "language": rng.choice(["en", "es"], n, p=[1 - spanish, spanish]),
        "url": rng.random(n) < links,
    }


@pytest.mark.parametrize("seed", range(10))
def test_the_distance_agrees_with_scipy_for_sides_of_any_size(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.normal(0, 1, 70).round(1), rng.gamma(2, 1, 110).round(1)
    weights = np.repeat([1 / 70, -1 / 110], [70, 110])[None]
    assert wasserstein(np.concatenate([a, b]), weights)[0] == pytest.approx(wasserstein_distance(a, b))


def test_for_a_mark_it_is_the_difference_of_shares_over_sigma() -> None:
    reference, window = np.repeat([True, False], [300, 700]), np.repeat([True, False], [400, 600])
    (signal,) = Descriptors.fit({"url": reference}).measure({"url": window})
    assert signal.value == pytest.approx(0.1 / np.sqrt(0.3 * 0.7))
    assert signal.level == "amber"


@pytest.mark.parametrize(
    ("moved", "name"), [({"longer": 8}, "length"), ({"links": 0.5}, "url"), ({"spanish": 0.3}, "language")]
)
def test_what_moved_is_named(moved: dict, name: str) -> None:
    signals = Descriptors.fit(columns(2_000, 1)).measure(columns(2_000, 2, **moved))
    assert [signal.name for signal in signals if signal.fired] == [name]


def test_a_language_that_hardly_occurs_gives_no_alarm() -> None:
    known, seen = columns(2_000, 1), columns(2_000, 2)
    seen["language"][:4] = "pt"
    assert not any(signal.fired for signal in Descriptors.fit(known).measure(seen))


def test_what_never_varied_gives_a_finite_figure() -> None:
    (same, more) = Descriptors.fit({"a": np.zeros(600), "b": np.zeros(600)}).measure(
        {"a": np.zeros(600), "b": np.full(600, 0.05)}
    )
    assert (same.value, more.value) == (0.0, pytest.approx(5.0))
    assert (same.level, more.level) == ("ok", "amber")


def test_a_hundred_claim_nothing() -> None:
    for signal in Descriptors.fit(columns(600, 1)).measure(columns(100, 2, longer=50)):
        assert (signal.level, signal.value) == ("suppressed", None)


def test_descriptors_of_other_texts_are_refused() -> None:
    with pytest.raises(ValueError, match="one value per text"):
        Descriptors.fit({"length": np.zeros(3), "url": np.zeros(4, dtype=bool)})
    with pytest.raises(KeyError):
        Descriptors.fit(columns(600, 1)).measure({"length": np.zeros(600)})
