"""Calibrated probabilities tell accuracy and F1 without labels; the band holds what unseen events have cost."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from monitoring.stats import cbpe
from monitoring.stats.cbpe import Cbpe

ERRORS = [(0.02, 0.03), (0.03, 0.05)]


def calibrated(n: int, seed: int, *, sharp: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of four classes, and truths drawn from them."""
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet(np.full(4, sharp), size=n)
    return probabilities, (probabilities.cumsum(1) < rng.random((n, 1))).sum(1)


def test_expected_counts_by_hand() -> None:
    probabilities = np.array([[0.8, 0.2], [0.6, 0.4], [0.1, 0.9]])
    answered = probabilities.argmax(1)
    assert cbpe.accuracy(probabilities, answered) == pytest.approx((0.8 + 0.6 + 0.9) / 3)
    # class 0: 1.4 expected hits, 0.6 false, 0.1 missed; class 1: 0.9, 0.1, 0.6
    assert cbpe.class_f1(probabilities, answered) == pytest.approx([2.8 / 3.5, 1.8 / 2.5])


def test_with_certain_probabilities_it_is_the_f1_of_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    truth, answered = rng.integers(0, 5, (2, 400))
    certain = np.eye(5)[truth]
    assert cbpe.class_f1(certain, answered) == pytest.approx(f1_score(truth, answered, average=None))
    assert cbpe.macro_f1(certain, answered) == pytest.approx(f1_score(truth, answered, average="macro"))
    two = f1_score(truth, answered, average="macro", labels=[1, 3])
    assert cbpe.macro_f1(certain, answered, np.array([1, 3])) == pytest.approx(two)


@pytest.mark.parametrize("exponent", [0.6, 1.0, 1.5])
def test_timid_or_bold_probabilities_are_corrected_by_the_references_labels(exponent: float) -> None:
    (known, truth), (seen, true) = calibrated(5_000, 1), calibrated(5_000, 2)
    monitor = Cbpe.fit(cbpe.sharpened(known, exponent), truth, ERRORS)
    assert monitor.sharpness == pytest.approx(1 / exponent, rel=0.1)
    found = monitor.measure(cbpe.sharpened(seen, exponent))[0].point
    assert found == pytest.approx((seen.argmax(1) == true).mean(), abs=0.02)


def test_errors_are_measured_event_by_event_without_the_event() -> None:
    probabilities, truth = calibrated(1_250, 1)
    events = np.repeat(["a", "b", "c"], [600, 600, 50])
    answered = probabilities.argmax(1)
    truth[600:1200] = np.where(np.arange(600) % 5 == 0, (answered[600:1200] + 1) % 4, truth[600:1200])  # b is harder
    errors = cbpe.errors_by_event(probabilities, truth, list(events))
    assert len(errors) == 2  # c is too small
    assert errors[0][0] < 0 < errors[1][0]


def test_a_class_that_the_window_hardly_expects_does_not_count() -> None:
    monitor = Cbpe.fit(*calibrated(3_000, 1), ERRORS)
    seen = calibrated(1_000, 2)[0]
    seen[:, 3] *= 1e-4
    seen /= seen.sum(1, keepdims=True)
    estimate = monitor.measure(seen)[1]
    answered = seen.argmax(1)
    assert estimate.point == pytest.approx(
        cbpe.macro_f1(cbpe.sharpened(seen, monitor.sharpness), answered, np.array([0, 1, 2]))
    )


def test_estimates_come_close_to_the_labels() -> None:
    monitor = Cbpe.fit(*calibrated(3_000, 1), ERRORS)
    probabilities, truth = calibrated(3_000, 2)
    accuracy, f1 = monitor.measure(probabilities)
    answered = probabilities.argmax(1)
    assert accuracy.point == pytest.approx((answered == truth).mean(), abs=0.02)
    assert f1.point == pytest.approx(f1_score(truth, answered, average="macro"), abs=0.02)
    for estimate in (accuracy, f1):
        assert estimate.signal.level == "ok"
        assert estimate.low < estimate.point < estimate.high


def test_the_band_holds_the_error_on_unseen_events() -> None:
    reference = calibrated(3_000, 1)
    narrow, wide = (Cbpe.fit(*reference, [(e, e)]).measure(calibrated(500, 2)[0])[0] for e in (0.0, 0.1))
    assert wide.high - wide.low == pytest.approx(narrow.high - narrow.low + 0.2)
    with pytest.raises(ValueError, match="unseen event"):
        Cbpe.fit(*reference, [])


def test_small_windows_have_wider_bands() -> None:
    monitor = Cbpe.fit(*calibrated(6_000, 1), ERRORS)
    small, large = (monitor.measure(calibrated(n, 2)[0])[0] for n in (100, 2_000))
    assert small.high - small.low > large.high - large.low


def test_a_model_that_is_less_sure_is_amber_and_never_red() -> None:
    for estimate in Cbpe.fit(*calibrated(3_000, 1), ERRORS).measure(calibrated(1_000, 2, sharp=5.0)[0]):
        assert estimate.signal.level == "amber"


def test_what_was_answered_may_differ_from_the_most_probable() -> None:
    probabilities, truth = calibrated(1_000, 1)
    second = np.argsort(-probabilities, axis=1)[:, 1]
    monitor = Cbpe.fit(probabilities, truth, ERRORS, answered=second)
    estimate = monitor.measure(probabilities, answered=second)[0]
    assert estimate.baseline == pytest.approx((second == truth).mean())
    assert estimate.point < 0.5


def test_ninety_nine_claim_nothing() -> None:
    for estimate in Cbpe.fit(*calibrated(1_000, 1), ERRORS).measure(calibrated(99, 2)[0]):
        assert (estimate.point, estimate.low, estimate.signal.level) == (None, None, "suppressed")
    for estimate in Cbpe.fit(*calibrated(1_000, 1), ERRORS).measure(np.zeros((0, 4))):
        assert estimate.signal.level == "suppressed"
