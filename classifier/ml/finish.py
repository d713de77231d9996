"""After training: int8 export, calibration on held-out texts, measurement, card and manifest."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from classifier.ml import artefact, calibration, card, datasets, evaluation, export, network
from classifier.ml.arguments import TrainingArguments
from classifier.ml.calibration import Calibration
from classifier.ml.datasets import Corpus, Example
from classifier.ml.runtime import Runtime

ABSTAIN_PRECISION = 1 / 3  # below it a suggestion misleads more often than it helps; "weak guess" stays above it
NEUTRAL = Calibration(
    temperatures={"category": 1.0, "emergency": 1.0, "priority": 1.0, "needs": 1.0},
    category_offsets=[0.0] * len(network.LABELS["category"]),
    abstain_below=0.0,
    emergency_threshold=0.5,
    needs_thresholds=[0.5] * len(network.LABELS["needs"]),
)


def finish(
    net: Any,
    tokenizer: Any,
    corpus: Corpus,
    arguments: TrainingArguments,
    *,
    minutes: float,
    report: Callable[[str], None],
) -> Path:
    """Write the model's folder from a trained network; see the module's docstring for what is in it.

    Arguments:
        minutes: wall time of training, for the card.
    """
    folder = arguments.output
    report("exporting to int8 …")
    export.export(net, folder / "model.int8.onnx")
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "name": arguments.name,
        "version": arguments.version,
        "max_tokens": arguments.max_tokens,
        "labels": network.LABELS,
        "base": arguments.base or "sentence-transformers/all-MiniLM-L6-v2",
        "arguments": arguments.to_json(),
        "sources": corpus.sources,
        "training_minutes": round(minutes, 1),
    }
    _write(folder / "config.json", config)
    _write(folder / "calibration.json", NEUTRAL.to_json())
    artefact.write_manifest(folder)
    report("calibrating on held-out texts …")
    fitted = calibrate(Runtime.load(folder), corpus.held_out)
    _write(folder / "calibration.json", fitted.to_json())
    artefact.write_manifest(folder)
    report("measuring …")
    metrics = evaluation.measure(Runtime.load(folder), _measured(corpus, arguments.corpus))
    _write(folder / "metrics.json", metrics)
    (folder / "README.md").write_text(card.render(config, metrics, fitted))
    artefact.write_manifest(folder)
    report(f"wrote {folder}")
    return folder


def calibrate(runtime: Runtime, held_out: dict[str, list[Example]]) -> Calibration:
    """Fit temperatures, offsets and thresholds on texts that training did not see."""
    heat = dict(NEUTRAL.temperatures)
    values: dict[str, Any] = {}
    for task in datasets.TASKS:
        if held_out[task]:
            logits = runtime.logits([example.text for example in held_out[task]])[task]
            targets = np.array([example.target for example in held_out[task]])
            heat[task], more = _FITS[task](logits, targets)
            values |= more
    return Calibration(**(NEUTRAL.to_json() | values | {"temperatures": heat}))


def _fit_category(logits: Any, labels: Any) -> tuple[float, dict[str, Any]]:
    heat = calibration.fit_softmax_temperature(logits, labels)
    probabilities = calibration.softmax(logits / heat)
    top = probabilities.argmax(1)
    return heat, {
        "category_offsets": calibration.fit_offsets(np.log(probabilities + 1e-12), labels),
        "abstain_below": calibration.fit_abstention(probabilities.max(1), top == labels, ABSTAIN_PRECISION),
    }


def _fit_emergency(logits: Any, labels: Any) -> tuple[float, dict[str, Any]]:
    # The threshold stays at one half: a post that is more likely an emergency than not is called one.
    return calibration.fit_sigmoid_temperature(logits[:, 0], labels), {}


def _fit_priority(logits: Any, labels: Any) -> tuple[float, dict[str, Any]]:
    heat = calibration.fit_softmax_temperature(logits, labels)
    # Training weighted the rare priorities up; the prior of unseen events brings the probabilities back.
    offsets = np.zeros(logits.shape[1])
    prior = np.bincount(labels, minlength=logits.shape[1]) / len(labels)
    for _ in range(50):
        mean = calibration.softmax(logits / heat + offsets).mean(0)
        offsets += 0.5 * np.log((prior + 1e-4) / (mean + 1e-4))
    return heat, {"priority_offsets": [float(v) for v in offsets - offsets.mean()]}


def _fit_needs(logits: Any, labels: Any) -> tuple[float, dict[str, Any]]:
    heat = calibration.fit_sigmoid_temperature(logits, labels)
    return heat, {"needs_thresholds": calibration.fit_thresholds(calibration.sigmoid(logits / heat), labels)}


_FITS: dict[str, Callable[[Any, Any], tuple[float, dict[str, Any]]]] = {
    "category": _fit_category,
    "emergency": _fit_emergency,
    "priority": _fit_priority,
    "needs": _fit_needs,
}


def _measured(corpus: Corpus, folder: Path) -> dict[str, list[Example]]:
    """What the metrics are taken on: the test file for categories where there is one, held-out texts otherwise."""
    path = folder / "humaid_humanitarian.test.csv.gz"
    if not path.exists():
        return corpus.held_out
    labels = network.LABELS["category"]
    tests = [Example(row["text"], labels.index(row["label"])) for row in datasets.read(path)]
    return corpus.held_out | {"category": tests}


def _write(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n")
