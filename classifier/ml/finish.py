"""After training: int8 export, calibration on held-out texts, measurement, card and manifest."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from classifier.categories import CATEGORY_IDS
from classifier.ml import artefact, card, datasets, evaluation, fitting
from classifier.ml.arguments import TrainingArguments
from classifier.ml.datasets import Corpus, Example
from classifier.ml.runtime import Runtime


def finish(
    net: Any,
    tokenizer: Any,
    corpus: Corpus,
    arguments: TrainingArguments,
    *,
    minutes: float,
    report: Callable[[str], None],
) -> Path:
    """Write the model's folder from a trained network; `artefact` says what is in it.

    Arguments:
        minutes: wall time of training, for the card.
    """
    from classifier.ml import export, network

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
        "training_minutes": round(minutes, 1),
    }
    return settle(folder, config, corpus, arguments.corpus, report=report)


def settle(
    folder: Path, config: dict[str, Any], corpus: Corpus, corpus_folder: Path, *, report: Callable[[str], None]
) -> Path:
    """Calibrate and measure the exported model in `folder`, and write everything beside its weights.

    Arguments:
        config: becomes config.json, with the sources of `corpus`.
        corpus_folder: may hold the test file of the categories.
    """
    config = config | {"sources": corpus.sources}
    _write(folder / "config.json", config)
    _write(folder / "calibration.json", fitting.NEUTRAL.to_json())
    artefact.write_manifest(folder)
    report("calibrating on held-out texts …")
    runtime = Runtime.load(folder)
    fitted = fitting.calibrate(runtime, corpus.held_out, corpus.unseen)
    _write(folder / "calibration.json", fitted.to_json())
    report("measuring …")
    metrics = measure(runtime.calibrated(fitted), corpus, corpus_folder)
    _write(folder / "metrics.json", metrics)
    (folder / "README.md").write_text(card.render(config, metrics, fitted))
    artefact.write_manifest(folder)
    return folder


def measure(runtime: Runtime, corpus: Corpus, corpus_folder: Path) -> dict[str, Any]:
    """Figures of every task: categories on the test file and on other events, where there are any.

    What the calibration was fitted on is answered with one fitted on its other half instead.
    """
    tests = {"category": _test_rows(corpus_folder), "unseen": corpus.unseen}
    metrics = evaluation.measure(runtime, tests)
    for task in datasets.TASKS:
        if task not in metrics and corpus.held_out[task]:
            metrics[task] = evaluation.score(task, runtime, *fitting.cross_fitted(runtime, task, corpus.held_out[task]))
    return metrics


def _test_rows(folder: Path) -> list[Example]:
    path = folder / "humaid_humanitarian.test.csv.gz"
    if not path.exists():
        return []
    return [Example(row["text"], CATEGORY_IDS.index(row["label"])) for row in datasets.read(path)]


def _write(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n")
