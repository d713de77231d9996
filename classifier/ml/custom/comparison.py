"""Measures and compares models on a table of labels: each is asked for what it can answer.

Where both models have the table's labels, their classes are compared. Otherwise the labels are read as the product's
categories, by the candidate's own mapping, and rows whose label maps to none are left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from classifier.categories import CATEGORY_IDS
from classifier.errors import TrainingError
from classifier.ml import compare
from classifier.ml.calibration import Floats
from classifier.ml.custom import label_tables, learnt, schema
from classifier.ml.custom.label_tables import LabelTable, TrainingText
from classifier.ml.evaluation import one_of_many
from classifier.ml.intervals import wilson
from classifier.ml.model import Model
from classifier.ml.runtime import Runtime

FLIPPED = 20
NOTHING_TO_REPORT = {"labels": 0, "contributors": 0, "flips": 0.0, "triggers": 0, "lift": 0.0}  # as `poison.measure`
SLICES = ("lang", "event")


@dataclass(frozen=True)
class Predictions:
    """Texts with what a model should answer, and what it answers.

    Arguments:
        labels: what can be answered.
        truth, predicted: positions among them, shape (n,).
        chances: probability of each label, shape (n, labels).
    """

    rows: list[TrainingText]
    labels: list[str]
    truth: np.ndarray
    predicted: np.ndarray
    chances: Floats

    def figures(self) -> dict[str, Any]:
        return one_of_many(self.truth, self.predicted, self.chances, self.labels, [False] * len(self.truth))


def read(
    path: Path, *folders: Path, label_map: Path | None = None, columns: dict[str, str] | None = None
) -> tuple[LabelTable, list[str]]:
    """The table without the texts that a model in one of the folders has seen, and notes about it.

    Raises:
        TrainingError: the table can't be read, or no text is left.
    """
    table = label_tables.read(
        path, label_map=schema.read_label_map(label_map) if label_map else None, columns=columns, fewest_classes=1
    )
    rows = learnt.unlearnt(table.rows, *folders)
    notes, seen = list(table.notes), len(table.rows) - len(rows)
    if seen:
        notes.append(
            f"{seen:,} of {len(table.rows):,} texts were left out: the model was trained or calibrated on them."
        )
    if not rows:
        raise TrainingError(
            f"{path.name}: every text was used in training. Measure on texts that the model has not seen"
        )
    table.rows = rows
    return table, notes


def predict_table(
    model: "Model | _AsCategories", table: LabelTable, *, mapping: dict[str, str] | None = None
) -> Predictions:
    """Ask a model for the table's labels.

    Arguments:
        mapping: label of the table → category, to ask for categories instead; rows of other labels are left out.

    Raises:
        TrainingError: the model can't answer the table's labels.
    """
    names = [table.classes[row.target].key for row in table.rows]
    rows, label_names = list(table.rows), names
    if mapping is not None:
        kept = [at for at, name in enumerate(names) if name in mapping]
        rows, label_names = [table.rows[at] for at in kept], [mapping[names[at]] for at in kept]
    labels = list(model.classes_)
    known = schema.keys_by_label(labels, getattr(model, "names", labels))
    label_names = [known.get(name) or known.get(name.casefold(), name) for name in label_names]
    unknown = sorted(set(label_names) - set(labels))
    if unknown:
        raise TrainingError(
            f"{table.name} has labels that the model doesn't answer: {', '.join(unknown[:8])}. It answers: "
            f"{', '.join(labels[:12])}. Rename labels with --label-map"
        )
    chances = model.predict_proba([row.text for row in rows])
    predicted = [labels.index(answer) for answer in _chosen(model, chances)]
    truth = np.array([labels.index(name) for name in label_names], dtype=int)
    return Predictions(rows, labels, truth, np.array(predicted, dtype=int), chances)


def measure(model: Model, table: LabelTable) -> dict[str, Any]:
    """Figures of one model on a table, in all and for each event and language."""
    predictions = predict_table(model, table)
    right = predictions.truth == predictions.predicted
    return {"classes": predictions.figures()} | {
        f"by_{part}": _slices(predictions.rows, right, part) for part in SLICES
    }


def pair(first: Model, second: Model, table: LabelTable) -> tuple[Predictions, Predictions, bool]:
    """Both models' answers to the same rows and labels, and whether these are the product's categories."""
    names = {table.classes[row.target].key for row in table.rows}
    if names <= set(first.classes_) and names <= set(second.classes_):
        both = [label for label in first.classes_ if label in second.classes_]
        return _within(predict_table(first, table), both), _within(predict_table(second, table), both), False
    mapping = category_mapping(first, second, names)
    sides = [predict_table(_AsCategories(model), table, mapping=mapping) for model in (first, second)]
    if not sides[0].rows:
        raise TrainingError(
            f"The models have no labels of {table.name} in common, and none of its labels maps to a category. Give the "
            "classes a category in the schema (maps_to) and train again"
        )
    return sides[0], sides[1], True


def category_mapping(first: Model, second: Model, names: set[str]) -> dict[str, str]:
    """Label → category, as the labels are called or as one of the models maps them."""
    mapping = {name: name for name in names if name in CATEGORY_IDS}
    for model in (second, first):
        mapping |= {
            one["key"]: one["maps_to"]
            for one in model.config.get("classes") or []
            if one["key"] in names and one.get("maps_to")
        }
    return mapping


def compared(first: Model, second: Model, table: LabelTable) -> dict[str, Any]:
    """Figures of both, their difference with interval and tests, and texts whose answer differs."""
    ours, theirs, categories = pair(first, second, table)
    flipped = [
        {
            "text": row.text,
            "label": ours.labels[ours.truth[at]],
            "first": ours.labels[ours.predicted[at]],
            "second": theirs.labels[theirs.predicted[at]],
        }
        for at, row in enumerate(ours.rows)
        if ours.predicted[at] != theirs.predicted[at]
    ]
    flipped.sort(key=lambda one: (one["second"] != one["label"], one["first"] != one["label"]))
    return {
        "n": len(ours.rows),
        "left_out": len(table.rows) - len(ours.rows),
        "compared": "categories" if categories else "classes",
        "first": ours.figures(),
        "second": theirs.figures(),
        "delta_macro_f1": compare.delta_macro_f1(ours.truth, ours.predicted, theirs.predicted, len(ours.labels)),
        "mcnemar": compare.mcnemar(ours.truth, ours.predicted, theirs.predicted),
        "answers_that_differ": len(flipped),
        "flipped": flipped[:FLIPPED],
    }


def for_gates(
    candidate: Runtime, live: Runtime, models: tuple[Model, Model], table: LabelTable, trained: dict[str, Any]
) -> dict[str, Any]:
    """The comparison that the gates judge, as `classifier.ml.compare` writes it for a weekly run.

    Arguments:
        models: the same two, asked for their classes alone.
        trained: the candidate's metrics.json, which says whether its training gave the same twice.
    """
    own = predict_table(models[0], table)
    try:
        ours, theirs, _ = pair(*models, table)
    except TrainingError:  # nothing to compare with: the gates that compare say that they had no texts
        ours = theirs = None  # type: ignore[assignment]
    judged = ours or own
    parts = {part: _slices(judged.rows, judged.truth == judged.predicted, part) for part in SLICES}
    metrics: dict[str, Any] = {"candidate": {"category": judged.figures(), "classes": own.figures()}, "live": {}}
    metrics["candidate"]["slices"] = {"lang": parts["lang"], "source": {}, "hazard": parts["event"]}
    comparison: dict[str, Any] = {
        "delta_macro_f1": {"n": 0},
        "mcnemar": {"only_candidate_right": 0, "only_live_right": 0, "p": 1.0},
        "latency": compare.latency(candidate, live, [row.text for row in table.rows[: compare.TIMED]]),
        "flipped": [],  # only texts of this site are shown, and these are a file's
        "languages": {
            name: sorted(side.info.languages) for name, side in (("candidate", candidate), ("live", live))
        },
        "poison": NOTHING_TO_REPORT,
    }  # fmt: skip
    if ours and theirs:
        metrics["live"]["category"] = theirs.figures()
        comparison["delta_macro_f1"] = compare.delta_macro_f1(
            ours.truth, ours.predicted, theirs.predicted, len(ours.labels)
        )
        comparison["mcnemar"] = compare.mcnemar(ours.truth, ours.predicted, theirs.predicted)
    if isinstance(trained.get("rerun"), dict):
        comparison["rerun"] = trained["rerun"]
    return {"n": len(judged.rows), "metrics": metrics, "comparison": comparison}


class _AsCategories:
    """A model of one's own classes, asked for the categories that these map to; others answer categories anyway."""

    def __init__(self, model: Model) -> None:
        self.model, self.classes_, self.config = model, list(CATEGORY_IDS), model.config
        self.own = model.config.get("classes") or []

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        chances = self.model.predict_proba(texts)
        if not self.own:
            return chances
        found = np.full((len(texts), len(CATEGORY_IDS)), 1e-9)
        for column, one in enumerate(self.own):
            if one.get("maps_to"):
                found[:, CATEGORY_IDS.index(one["maps_to"])] += chances[:, column]
        return found / found.sum(1, keepdims=True)

    @property
    def calibration(self) -> Any:
        return self.model.calibration


def _chosen(model: Any, chances: Floats) -> list[str]:
    """The answer to each text: the most likely one, with the offsets of the product's categories where those are predictions."""
    logs = np.log(chances + 1e-12)
    if not (model.config.get("classes") or []):
        logs = logs + np.array(model.calibration.category_offsets)
    return [model.classes_[at] for at in logs.argmax(1)]


def _within(predictions: Predictions, labels: list[str]) -> Predictions:
    """The same answers by the positions of other labels, which hold the truth; an answer beyond them counts as wrong."""
    extra = [label for label in predictions.labels if label not in labels]
    order = [*labels, *extra]
    place = [order.index(label) for label in predictions.labels]
    chances = np.zeros_like(predictions.chances)
    chances[:, place] = predictions.chances
    truth, predicted = (
        np.array([place[at] for at in values], dtype=int) for values in (predictions.truth, predictions.predicted)
    )
    return Predictions(predictions.rows, order, truth, predicted, chances)


def _slices(rows: Sequence[TrainingText], right: np.ndarray, part: str) -> dict[str, Any]:
    found: dict[str, list[bool]] = {}
    for row, correct in zip(rows, right.tolist(), strict=True):
        found.setdefault(getattr(row, part) or "unknown", []).append(correct)
    return {
        name: {"n": len(mine), "accuracy": sum(mine) / len(mine), "interval": wilson(sum(mine) / len(mine), len(mine))}
        for name, mine in sorted(found.items())
    }
