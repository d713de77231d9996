"""Calibration: the maths on data whose answer is known."""

import json

import numpy as np
import pytest

from classifier.ml import calibration
from classifier.ml.calibration import Calibration


def sampled(n: int = 4_000, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Logits, and labels drawn from the probabilities that they state."""
    rng = np.random.default_rng(3)
    logits = rng.normal(0, 2, (n, classes))
    probabilities = calibration.softmax(logits)
    labels = np.array([rng.choice(classes, p=row) for row in probabilities])
    return logits, labels


def test_softmax_and_sigmoid_survive_huge_values() -> None:
    assert calibration.softmax(np.array([[1e4, 0.0, -1e4]]))[0] == pytest.approx([1, 0, 0])
    with np.errstate(over="ignore"):
        assert calibration.sigmoid(np.array([-1e4, 0.0, 1e4])) == pytest.approx([0, 0.5, 1])


@pytest.mark.parametrize("heat", [0.5, 1.0, 2.5])
def test_the_temperature_that_spoilt_the_logits_is_found_again(heat: float) -> None:
    logits, labels = sampled()
    assert calibration.fit_softmax_temperature(logits * heat, labels) == pytest.approx(heat, rel=0.1)


@pytest.mark.parametrize("heat", [0.5, 2.0])
def test_yes_no_answers_have_a_temperature_too(heat: float) -> None:
    rng = np.random.default_rng(5)
    logits = rng.normal(0, 2, 4_000)
    labels = (rng.random(4_000) < calibration.sigmoid(logits)).astype(float)
    assert calibration.fit_sigmoid_temperature(logits * heat, labels) == pytest.approx(heat, rel=0.15)


def test_the_right_temperature_lowers_the_calibration_error() -> None:
    logits, labels = sampled()

    def error(heat: float) -> float:
        probabilities = calibration.softmax(logits * 3 / heat)
        return calibration.expected_calibration_error(probabilities.max(1), probabilities.argmax(1) == labels)

    assert error(1.0) > 0.1
    assert error(calibration.fit_softmax_temperature(logits * 3, labels)) < 0.03


def test_calibration_error_is_the_gap_between_saying_and_being_right() -> None:
    assert calibration.expected_calibration_error([0.9] * 10, [True] * 9 + [False]) == pytest.approx(0)
    assert calibration.expected_calibration_error([0.9] * 10, [False] * 10) == pytest.approx(0.9)
    assert calibration.expected_calibration_error([1.0, 1.0], [True, True]) == pytest.approx(0)


def test_offsets_recall_a_class_that_the_model_is_too_shy_to_say() -> None:
    logits, labels = sampled()
    shy = logits - np.array([1.0, 0, 0, 0])
    log_probabilities = np.log(calibration.softmax(shy))
    offsets = calibration.fit_offsets(log_probabilities, labels)
    before, after = (log_probabilities.argmax(1), (log_probabilities + offsets).argmax(1))
    assert offsets[0] > max(offsets[1:])
    assert calibration.macro_f1(labels, after, 4) > calibration.macro_f1(labels, before, 4)


def test_each_column_gets_the_threshold_that_serves_it() -> None:
    probabilities = np.array([[0.2, 0.8], [0.2, 0.8], [0.05, 0.6], [0.05, 0.6]])
    labels = np.array([[1, 1], [1, 1], [0, 0], [0, 0]])
    low, high = calibration.fit_thresholds(probabilities, labels)
    assert 0.05 < low <= 0.2 and 0.6 < high <= 0.8


def test_precision_may_cost_a_little_of_the_best_f1() -> None:
    rng = np.random.default_rng(7)
    labels = (rng.random((4_000, 1)) < 0.2).astype(float)
    probabilities = np.clip(0.35 * labels + rng.normal(0.4, 0.2, labels.shape), 0, 1)
    (plain,), (precise,) = (calibration.fit_thresholds(probabilities, labels, cost=cost) for cost in (0.0, 0.02))
    (best, within) = (calibration._f1(labels[:, 0] == 1, probabilities[:, 0] >= t) for t in (plain, precise))
    assert precise > plain and best - 0.02 <= within <= best
    assert calibration.fit_thresholds(probabilities, np.zeros_like(labels), cost=0.02) == [0.9]


def test_abstention_begins_where_answers_are_right_too_seldom() -> None:
    stated = np.repeat([0.25, 0.45, 0.65], 100)
    right = np.concatenate([np.arange(100) < 20, np.arange(100) < 45, np.arange(100) < 65])
    assert calibration.fit_abstention(stated + 0.01, right, 0.4) == pytest.approx(0.45)


def test_macro_f1_counts_every_class_alike() -> None:
    assert calibration.macro_f1(np.array([0, 0, 0, 1]), np.array([0, 0, 0, 0]), 2) == pytest.approx((6 / 7 + 0) / 2)


def test_a_calibration_survives_its_file() -> None:
    fitted = Calibration({"category": 1.1}, [0.1, 0.2], 0.35, 0.5, [0.3])
    assert Calibration.from_json(json.loads(json.dumps(fitted.to_json()))) == fitted


def test_a_bias_that_training_put_in_is_taken_out_again() -> None:
    logits, labels = sampled()
    spoilt = (logits + np.array([1.5, 0.0, 0.0, -1.5])) * 2.0
    heat, bias = calibration.fit_temperature_and_bias(spoilt, labels)
    assert heat == pytest.approx(2.0, rel=0.15)
    assert bias == pytest.approx([-1.5, 0.0, 0.0, 1.5], abs=0.2)


def test_recall_is_bought_for_the_named_classes_and_not_above_its_price() -> None:
    logits, labels = sampled()
    logs = np.log(calibration.softmax(logits))
    start = [-0.4, 0.0, 0.0, 0.0]
    lifted = calibration.lift(start, logs, labels, classes=[0], cost=0.01)
    plain, dear = ((logs + np.array(offsets)).argmax(1) for offsets in ([0.0] * 4, lifted))
    assert lifted[0] > 0 and lifted[1:] == start[1:]
    assert calibration.macro_f1(labels, dear, 4) >= calibration.macro_f1(labels, plain, 4) - 0.01
    assert (dear[labels == 0] == 0).mean() > (plain[labels == 0] == 0).mean()
