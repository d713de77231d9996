"""Evaluation of a model: figures per task, measured with the serving runtime. numpy only."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from classifier.answers import Answer
from classifier.ml import intervals
from classifier.ml.calibration import ALERT, expected_calibration_error
from classifier.ml.runtime import Runtime
from classifier.ml.sources import Example

CHUNK = 2_000
COVERAGES = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
WORKLOAD = 0.2  # share of posts that people can read first


def measure(runtime: Runtime, examples: dict[str, list[Example]]) -> dict[str, Any]:
    """Task → figures. A task without examples is left out."""
    return {
        task: score(task, runtime, answers(runtime, [e.text for e in rows]), rows)
        for task, rows in examples.items()
        if rows
    }


def score(task: str, runtime: Runtime, given: Sequence[Answer], rows: Sequence[Example]) -> dict[str, Any]:
    """Figures of one task from answers and labelled examples. `unseen` and `left_out`: the category on other events."""
    labels = runtime.config["labels"]
    return _MEASURES[task](given, rows, labels.get(task, labels["category"]))


def answers(runtime: Runtime, texts: Sequence[str]) -> list[Answer]:
    """Answers to any number of texts, in order, with bounded memory."""
    return [answer for start in range(0, len(texts), CHUNK) for answer in runtime.predict(texts[start : start + CHUNK])]


def per_class(truth: np.ndarray, predicted: np.ndarray, labels: Sequence[str]) -> dict[str, dict[str, float]]:
    """Precision, recall, F1 and count of each class; arrays of class indices, shape (n,)."""
    table = {}
    for index, label in enumerate(labels):
        hits = int(((truth == index) & (predicted == index)).sum())
        said, there = int((predicted == index).sum()), int((truth == index).sum())
        table[label] = {
            "precision": hits / said if said else 0.0,
            "recall": hits / there if there else 0.0,
            "f1": 2 * hits / (said + there) if said + there else 0.0,
            "n": there,
        }
    return table


def unseen(given: Sequence[Answer], rows: Sequence[Example], labels: Sequence[str]) -> dict[str, Any]:
    """The category's figures on other events, with the number of classes that occur there."""
    figures = category(given, rows, labels)
    return figures | {"classes": len(labels) - len(figures["absent"])}


def category(given: Sequence[Answer], rows: Sequence[Example], labels: Sequence[str]) -> dict[str, Any]:
    """Macro and weighted F1, accuracy, calibration error, accuracy of the most confident, per class."""
    truth = np.array([row.target for row in rows])
    predicted = np.array([labels.index(answer.category) for answer in given])
    chances = np.array([[answer.categories[label] for label in labels] for answer in given])
    return one_of_many(truth, predicted, chances, labels, [answer.abstained for answer in given])


def one_of_many(
    truth: np.ndarray, predicted: np.ndarray, chances: np.ndarray, labels: Sequence[str], abstained: Sequence[bool]
) -> dict[str, Any]:
    """Figures of a choice of one class out of any number, over the classes that occur in `truth`.

    Arguments:
        truth, predicted: class positions, shape (n,).
        chances: probability of each class, shape (n, classes).
        abstained: whether each answer was "can't judge".
    """
    top, top_right = chances.max(1), chances.argmax(1) == truth
    table = per_class(truth, predicted, labels)
    order = np.argsort(-top)
    accuracy = float((predicted == truth).mean())
    return {
        "n": len(truth),
        "macro_f1": present_macro_f1(truth, predicted, len(labels)),
        "weighted_f1": float(np.average([r["f1"] for r in table.values()], weights=[r["n"] for r in table.values()])),
        "accuracy": accuracy,
        "ece": expected_calibration_error(top, top_right),
        "abstained": float(np.mean(abstained)),
        "macro_f1_interval": intervals.macro_f1(truth, predicted, len(labels)),
        "accuracy_interval": intervals.wilson(accuracy, len(truth)),
        "absent": [label for label, row in table.items() if not row["n"]],
        "confusion": _confusion(truth, predicted, len(labels)),
        "reliability": intervals.reliability(top, top_right),
        "accuracy_at_coverage": {
            str(c): float(top_right[order[: max(1, round(c * len(order)))]].mean()) for c in COVERAGES
        },
        "per_class": table,
    }


def present_macro_f1(truth: np.ndarray, predicted: np.ndarray, classes: int) -> float:
    """Mean F1 of the classes that occur in `truth`; a class without a text says nothing about the model."""
    table = per_class(truth, predicted, [str(number) for number in range(classes)])
    return float(np.mean([row["f1"] for row in table.values() if row["n"]]))


def emergency(given: Sequence[Answer], rows: Sequence[Example], labels: Sequence[str]) -> dict[str, Any]:
    """F1 of "yes", accuracy, calibration error."""
    truth = np.array([row.target for row in rows]) == 1
    said = np.array([answer.emergency for answer in given])
    probability = np.array([answer.emergency_probability for answer in given])
    return {
        "n": len(rows),
        "f1": per_class(truth.astype(int), said.astype(int), ["no", "yes"])["yes"]["f1"],
        "macro_f1": float(
            np.mean([row["f1"] for row in per_class(truth.astype(int), said.astype(int), ["no", "yes"]).values()])
        ),
        "accuracy": float((truth == said).mean()),
        "ece": expected_calibration_error(np.maximum(probability, 1 - probability), (probability >= 0.5) == truth),
    }


def informative(given: Sequence[Answer], rows: Sequence[Example], labels: Sequence[str]) -> dict[str, Any]:
    """The same figures for whether a post is informative about its event."""
    asked = [
        replace(
            answer,
            emergency=answer.informative_probability >= 0.5,
            emergency_probability=answer.informative_probability,
        )
        for answer in given
    ]
    return emergency(asked, rows, labels)


def priority(given: Sequence[Answer], rows: Sequence[Example], labels: Sequence[str]) -> dict[str, Any]:
    """Macro-F1 and, for High and Critical, the recall among the posts that are read first."""
    truth = np.array([row.target for row in rows])
    predicted = np.array([labels.index(answer.priority) for answer in given])
    top = np.array([list(answer.priorities.values()) for answer in given])
    urgent = truth <= 1
    first = np.argsort([-answer.priority_score for answer in given], kind="stable")[: round(WORKLOAD * len(rows))]
    alerted = np.array([answer.priority_score >= ALERT for answer in given])
    table = per_class(truth, predicted, labels)
    return {
        "n": len(rows),
        "macro_f1": float(np.mean([row["f1"] for row in table.values()])),
        "ece": expected_calibration_error(top.max(1), top.argmax(1) == truth),
        "urgent_recall_at_20_percent": float(urgent[first].sum() / max(1, urgent.sum())),
        "alerted": float(alerted.mean()),
        "alerted_of_urgent": float(alerted[urgent].mean()) if urgent.any() else 0.0,
        "alert_worth": alert_worth(urgent, alerted),
        "alert_worth_of_everything": alert_worth(urgent, np.ones_like(urgent)),
        "alert_worth_of_nothing": alert_worth(urgent, np.zeros_like(urgent)),
        "per_class": table,
    }


def needs(given: Sequence[Answer], rows: Sequence[Example], labels: Sequence[str]) -> dict[str, Any]:
    """Macro-F1 over the needs, and the figures of each need."""
    truth = np.array([row.target for row in rows]) == 1
    said = np.array([[label in answer.needs_detected for label in labels] for answer in given])
    table = {
        label: per_class(truth[:, i].astype(int), said[:, i].astype(int), ["no", "yes"])["yes"]
        for i, label in enumerate(labels)
    }
    return {
        "n": len(rows),
        "macro_f1": float(np.mean([row["f1"] for row in table.values()])),
        "per_class": table,
    }


def location(given: Sequence[Answer], rows: Sequence[Example], labels: Sequence[str] = ()) -> dict[str, Any]:
    """Precision, recall and F1 of whole spans: both start and end must be right."""
    found = [{(mention.start, mention.end) for mention in answer.mentions or ()} for answer in given]
    return {"n": len(rows)} | span_f1(found, [set(row.target) for row in rows])


def span_f1(found: Sequence[set[tuple[int, int]]], true: Sequence[set[tuple[int, int]]]) -> dict[str, float]:
    """Precision, recall and F1 over the spans of all texts, and the number of spans."""
    hits = sum(len(a & b) for a, b in zip(found, true, strict=True))
    said, there = sum(map(len, found)), sum(map(len, true))
    return {
        "precision": hits / said if said else 0.0,
        "recall": hits / there if there else 0.0,
        "f1": 2 * hits / (said + there) if said + there else 0.0,
        "spans": there,
    }


def alert_worth(urgent: np.ndarray, alerted: np.ndarray) -> float:
    """Accumulated Alert Worth of TREC-IS (McCreadie et al., 2019), for priorities only: −1 to 1, higher is better.

    An urgent post is worth 1 if it was alerted and −1 otherwise. A false alert costs more, the more of them there
    were since the last true one: −log10(δ/2 + 1), at worst −1.

    Arguments:
        urgent, alerted: truth and answer of each post in the order of arrival, shape (n,).
    """
    worth, false = np.zeros(len(urgent)), 0
    for i, (true, said) in enumerate(zip(urgent, alerted, strict=True)):
        if true:
            worth[i] = 1.0 if said else -1.0
            false = 0 if said else false
        elif said:
            false += 1
            worth[i] = max(-float(np.log10(false / 2 + 1)), -1.0)
    return float(0.5 * worth[urgent].mean() + 0.5 * worth[~urgent].mean())


def _confusion(truth: np.ndarray, predicted: np.ndarray, classes: int) -> list[list[int]]:
    """How often each class (row) was classified as each class (column)."""
    table = np.zeros((classes, classes), dtype=int)
    np.add.at(table, (truth, predicted), 1)
    return table.tolist()


def slices(given: Sequence[Answer], rows: Sequence[Example], labels: Sequence[str], part: str) -> dict[str, Any]:
    """Category accuracy and calibration error of each event, language or source.

    Arguments:
        part: `event`, `lang` or `source`.
    """
    groups: dict[str, list[int]] = {}
    for i, row in enumerate(rows):
        groups.setdefault(getattr(row, part) or "unknown", []).append(i)
    table = {}
    for name, members in sorted(groups.items()):
        figures = category([given[i] for i in members], [rows[i] for i in members], labels)
        interval = intervals.wilson(figures["accuracy"], len(members))
        table[name] = {"n": len(members), "accuracy": figures["accuracy"], "interval": interval, "ece": figures["ece"]}
    return table


_MEASURES = {
    "category": category, "emergency": emergency, "priority": priority, "needs": needs, "unseen": unseen,
    "left_out": unseen, "location": location, "informative": informative,
}  # fmt: skip
