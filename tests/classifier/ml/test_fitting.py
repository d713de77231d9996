"""Fitting a model's calibration: on other events, for recall where it matters, measured on the other half."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from classifier.categories import CATEGORY_IDS, PRIORITIES
from classifier.ml import calibration, evaluation, fitting
from classifier.ml.calibration import Calibration
from classifier.ml.datasets import Example


class Prepared:
    """Stands for a runtime: each text is the number of a row of prepared logits."""

    def __init__(self, task: str, logits: np.ndarray) -> None:
        self.task, self.rows = task, logits
        self.asked: list[tuple[Calibration | None, str]] = []
        self.calibration: Calibration | None = None

    def logits(self, texts: list[str]) -> dict[str, np.ndarray]:
        return {self.task: np.array([self.rows[int(text)] for text in texts])}

    def calibrated(self, fitted: Calibration) -> "Prepared":
        other = Prepared(self.task, self.rows)
        other.asked, other.calibration = self.asked, fitted
        return other

    def predict(self, texts: list[str]) -> list[Any]:
        self.asked += [(self.calibration, text) for text in texts]
        return list(texts)


def prepared(task: str, classes: int, n: int = 3_000) -> tuple[Any, list[Example]]:
    rng = np.random.default_rng(11)
    logits = rng.normal(0, 2, (n, classes))
    labels = [int(rng.choice(classes, p=row)) for row in calibration.softmax(logits)]
    return Prepared(task, logits), [Example(str(i), label) for i, label in enumerate(labels)]


def test_a_task_without_examples_keeps_the_neutral_values() -> None:
    assert fitting.calibrate(Prepared("category", np.zeros((1, 10))), {"category": []}) == fitting.NEUTRAL  # type: ignore[arg-type]


def test_a_continued_model_keeps_its_calibration_of_a_task_without_examples() -> None:
    runtime, examples = prepared("needs", len(fitting.NEEDS), 50)
    start = replace(
        fitting.NEUTRAL, emergency_threshold=0.325, temperatures=fitting.NEUTRAL.temperatures | {"needs": 9.0}
    )
    targets = [replace(example, target=[0.0, 1.0] * 6) for example in examples]
    fitted = fitting.calibrate(runtime, {"category": [], "needs": targets}, start=start)
    assert fitted.emergency_threshold == 0.325 and fitted.temperatures["needs"] != 9.0


def test_the_temperature_of_the_category_comes_from_other_events_where_there_are_enough() -> None:
    runtime, examples = prepared("category", len(CATEGORY_IDS))
    known, other = examples[:1_000], examples[1_000:]
    runtime.rows[1_000:] *= 2.0  # over-confident on other events
    few = fitting.calibrate(runtime, {"category": known}, other[:100])
    many = fitting.calibrate(runtime, {"category": known}, other)
    assert few.temperatures["category"] == pytest.approx(1.0, rel=0.15)
    assert many.temperatures["category"] == pytest.approx(2.0, rel=0.15)


def test_critical_categories_are_never_held_back() -> None:
    runtime, examples = prepared("category", len(CATEGORY_IDS))
    offsets = fitting.calibrate(runtime, {"category": examples}).category_offsets
    assert min(offsets[CATEGORY_IDS.index(name)] for name in fitting.CRITICAL) >= 0


def test_priorities_are_as_rare_as_they_are_and_rare_ones_are_lifted_but_for_critical() -> None:
    runtime, examples = prepared("priority", len(PRIORITIES))
    runtime.rows[:, 0] += 1.5  # as a head that was trained with the rare class weighted up
    rare = [e for i, e in enumerate(examples) if e.target or i % 8 == 0]
    fitted = fitting.calibrate(runtime, {"priority": rare})
    logits = np.array([runtime.rows[int(e.text)] for e in rare])
    probabilities = calibration.softmax(logits / fitted.temperatures["priority"] + np.array(fitted.priority_offsets))
    truth = np.bincount([e.target for e in rare]) / len(rare)
    assert probabilities.mean(0) == pytest.approx(truth, abs=0.01)
    lifts, frequencies = fitted.priority_lifts, truth.tolist()
    assert lifts[0] == 0  # the rules name what is critical
    assert sorted(range(1, 4), key=lambda i: -lifts[i]) == sorted(range(1, 4), key=lambda i: frequencies[i])


def test_alerts_begin_where_they_are_worth_most_and_the_score_keeps_its_order() -> None:
    runtime, examples = prepared("priority", len(PRIORITIES))
    fitted = fitting.calibrate(runtime, {"priority": examples})
    probabilities = calibration.softmax(
        runtime.rows / fitted.temperatures["priority"] + np.array(fitted.priority_offsets)
    )
    scores, worth = fitted.score(probabilities), probabilities @ np.array(fitted.priority_worth)
    assert (np.argsort(scores, kind="stable") == np.argsort(worth, kind="stable")).all()
    urgent = np.array([example.target <= 1 for example in examples])
    there = evaluation.alert_worth(urgent, scores >= calibration.ALERT)
    assert all(there >= evaluation.alert_worth(urgent, scores >= other) for other in (0.0, 0.5, 0.9, 1.1))


def test_no_text_is_measured_with_a_calibration_that_was_fitted_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    runtime, examples = prepared("priority", len(PRIORITIES), n=200)
    fitted_on: dict[int, set[str]] = {}

    def remember(_: Any, held_out: dict[str, list[Example]]) -> Calibration:
        fitted = Calibration({}, [], float(len(fitted_on)), 0.5, [])
        fitted_on[len(fitted_on)] = {e.text for e in held_out["priority"]}
        return fitted

    monkeypatch.setattr(fitting, "calibrate", remember)
    given, rows = fitting.cross_fitted(runtime, "priority", examples)
    assert [row.text for row in rows] == given and sorted(map(int, given)) == list(range(200))
    assert all(text not in fitted_on[int(fitted.abstain_below)] for fitted, text in runtime.asked)
    assert all(len(part) > 50 for part in fitted_on.values())
