"""Fitting of a model's calibration on texts that training didn't use, and unbiased figures by cross-fitting.

The category's temperature is fitted on unseen events if the corpus has them: the model is less accurate on a new
disaster than on known ones, and its probabilities are needed there.
"""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from classifier.categories import CATEGORY_IDS, NEEDS
from classifier.ml import calibration, evaluation
from classifier.ml.calibration import Calibration
from classifier.ml.datasets import Example
from classifier.ml.runtime import Runtime
from classifier.ml.text import normalise

ABSTAIN_PRECISION = 1 / 3  # below it a suggestion misleads more often than it helps; "weak guess" stays above it
CRITICAL = ("requests_or_urgent_needs", "injured_or_dead_people", "missing_or_found_people")
RECALL_COST = 0.005  # macro-F1 that we give up for recall of the critical categories
NEEDS_COST = 0.015  # F1 of a need that we give up for precision: a post about people trapped showed six needs
LOCATION_OFFSETS = (-0.5, 0.0, 0.5, 1.0, 1.5)
FEWEST_UNSEEN = 500  # texts of other events needed to fit a temperature
NEUTRAL = Calibration(
    temperatures={"category": 1.0, "emergency": 1.0, "priority": 1.0, "needs": 1.0, "informative": 1.0},
    category_offsets=[0.0] * len(CATEGORY_IDS),
    abstain_below=0.0,
    emergency_threshold=0.5,
    needs_thresholds=[0.5] * len(NEEDS),
)


def calibrate(
    runtime: Runtime,
    held_out: dict[str, list[Example]],
    unseen: Sequence[Example] = (),
    *,
    start: Calibration = NEUTRAL,
) -> Calibration:
    """Fit temperatures, offsets and thresholds.

    Arguments:
        held_out: task → examples; a task without examples keeps the values of `start`.
        unseen: examples of the category from other events.
        start: the calibration of the model that the training continued.
    """
    heat = dict(start.temperatures)
    values: dict[str, Any] = {}
    for task, examples in held_out.items():
        if not examples or task == "location":
            continue
        logits, targets = _logits(runtime, task, examples)
        if task == "category" and len(unseen) >= FEWEST_UNSEEN:
            heat[task] = calibration.fit_softmax_temperature(*_logits(runtime, task, unseen))
            values |= _category_rules(logits / heat[task], targets)
        else:
            heat[task], more = _FITS[task](logits, targets)
            values |= more
    if held_out.get("location"):
        values["location_offset"] = fit_location_offset(runtime, held_out["location"])
    return Calibration(**(start.to_json() | values | {"temperatures": heat}))


def fit_location_offset(runtime: Runtime, examples: Sequence[Example]) -> float:
    """The offset with the best F1 of location spans: most are found whole and few are made up."""
    tags = runtime.tags([example.text for example in examples])

    def score(offset: float) -> float:
        shifted = runtime.calibrated(replace(runtime.calibration, location_offset=offset))
        found = [
            {(m.start, m.end) for m in shifted.mentions(example.text, tag)}
            for example, tag in zip(examples, tags, strict=True)
        ]
        return evaluation.span_f1(found, [set(example.target) for example in examples])["f1"]

    return float(max(LOCATION_OFFSETS, key=score))


def cross_fitted(
    runtime: Runtime,
    task: str,
    examples: Sequence[Example],
    ask: Callable[[Runtime, Sequence[str]], Sequence[Any]] = evaluation.answers,
) -> tuple[list[Any], list[Example]]:
    """Answers to each half of `examples` with a calibration fitted on the other, and the examples in that order.

    Arguments:
        ask: model and texts → one answer each.
    """
    halves: tuple[list[Example], list[Example]] = ([], [])
    for example in examples:
        halves[zlib.crc32(normalise(example.text).encode()) >> 8 & 1].append(example)
    given: list[Any] = []
    for asked, fitted_on in (halves, halves[::-1]):
        other = runtime.calibrated(calibrate(runtime, {task: fitted_on}))
        given += ask(other, [example.text for example in asked])
    return given, [*halves[0], *halves[1]]


def _logits(runtime: Runtime, task: str, examples: Sequence[Example]) -> tuple[Any, Any]:
    logits = [
        runtime.logits([example.text for example in examples[start : start + evaluation.CHUNK]])[task]
        for start in range(0, len(examples), evaluation.CHUNK)
    ]
    return np.concatenate(logits), np.array([example.target for example in examples])


def _fit_category(logits: Any, labels: Any) -> tuple[float, dict[str, Any]]:
    heat = calibration.fit_softmax_temperature(logits, labels)
    return heat, _category_rules(logits / heat, labels)


def _category_rules(scaled: Any, labels: Any) -> dict[str, Any]:
    probabilities = calibration.softmax(scaled)
    logs = np.log(probabilities + 1e-12)
    critical = [CATEGORY_IDS.index(name) for name in CRITICAL]
    offsets = calibration.fit_offsets(logs, labels)
    right = probabilities.argmax(1) == labels
    return {
        "category_offsets": calibration.lift(offsets, logs, labels, classes=critical, cost=RECALL_COST),
        "abstain_below": calibration.fit_abstention(probabilities.max(1), right, ABSTAIN_PRECISION),
    }


def _fit_emergency(logits: Any, labels: Any) -> tuple[float, dict[str, Any]]:
    # Never above one half, and below it if that costs no F1 on the texts it is fitted on: a missed emergency costs
    # more than reading one in vain. On held-out halves F1 is nearly unchanged (.749; with one half .753).
    heat = calibration.fit_sigmoid_temperature(logits[:, 0], labels)
    probabilities = calibration.sigmoid(logits / heat)
    (threshold,) = calibration.fit_thresholds(probabilities, np.asarray(labels, dtype=float).reshape(-1, 1))
    return heat, {"emergency_threshold": min(0.5, threshold)}


def _fit_informative(logits: Any, labels: Any) -> tuple[float, dict[str, Any]]:
    return calibration.fit_sigmoid_temperature(logits[:, 0], labels), {}


def _fit_priority(logits: Any, labels: Any) -> tuple[float, dict[str, Any]]:
    # Training gave the rare priorities a higher weight, and the bias removes that from the probabilities. Calibrated
    # ones seldom call a post urgent, so the label is lifted by half the log of its rarity. This is a rule and not a
    # search: lifts fitted on the few urgent posts differed between one half of them and the other.
    heat, bias = calibration.fit_temperature_and_bias(logits, labels)
    share = np.bincount(labels, minlength=logits.shape[1]) / len(labels) + 1e-4
    lifts = 0.5 * np.log(share.max() / share)
    # Critical comes from the rules alone: lifting it found no more of the relevant posts and halved precision.
    lifts[0] = 0.0
    worth = calibration.softmax(logits / heat + bias) @ np.array(NEUTRAL.priority_worth)
    shift = calibration.log_odds(calibration.ALERT) - calibration.log_odds(_alert_from(worth, labels <= 1))
    return heat, {
        "priority_offsets": bias.tolist(), "priority_lifts": lifts.tolist(), "priority_shift": float(shift),
    }  # fmt: skip


def _alert_from(worth: Any, urgent: Any) -> float:
    """The score from which alerts are worth most, by TREC-IS's costs of a missed post and a false alert."""
    if urgent.all() or not urgent.any():
        return calibration.ALERT
    candidates = np.quantile(worth, np.linspace(0.05, 0.95, 19))
    return float(max(candidates, key=lambda start: evaluation.alert_worth(urgent, worth >= start)))


def _fit_needs(logits: Any, labels: Any) -> tuple[float, dict[str, Any]]:
    heat = calibration.fit_sigmoid_temperature(logits, labels)
    return heat, {
        "needs_thresholds": calibration.fit_thresholds(calibration.sigmoid(logits / heat), labels, cost=NEEDS_COST)
    }


_FITS: dict[str, Callable[[Any, Any], tuple[float, dict[str, Any]]]] = {
    "category": _fit_category,
    "emergency": _fit_emergency,
    "informative": _fit_informative,
    "priority": _fit_priority,
    "needs": _fit_needs,
}
