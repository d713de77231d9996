"""After training: int8 export, calibration on held-out texts, measurement, card and manifest."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from classifier.ml import artefact, baseline, card, datasets, diagrams, evaluation, fitting, refit, sources
from classifier.ml.arguments import TrainingArguments
from classifier.ml.datasets import Corpus
from classifier.ml.runtime import Runtime
from classifier.ml.sources import Example

Report = Callable[[str], None]
# Languages whose quality was measured and found good enough; in others the category is "can't judge".
TESTED_LANGUAGES = ["en"]


def finish(
    net: Any,
    tokenizer: Any,
    corpus: Corpus,
    arguments: TrainingArguments,
    *,
    spent: dict[str, float],
    report: Report,
) -> Path:
    """Write the model's folder from a trained network; `artefact` says what is in it.

    Arguments:
        spent: minutes of training, `wall` and `cpu`, for the card.
    """
    from classifier.ml import export, network

    folder = arguments.output
    report("fitting the yes-or-no heads …")
    refitted = refit.refit(
        net, tokenizer, corpus, max_tokens=arguments.max_tokens, batch_size=arguments.batch_size,
        split_hashtags=arguments.split_hashtags,
    )  # fmt: skip
    report("exporting to int8 …")
    export.export(net, folder / "model.int8.onnx")
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "name": arguments.name,
        "version": arguments.version,
        "max_tokens": arguments.max_tokens,
        "split_hashtags": arguments.split_hashtags,
        "labels": network.LABELS,
        "base": arguments.base or "sentence-transformers/all-MiniLM-L6-v2",
        "arguments": arguments.to_json(),
        "training_minutes": spent,
        "refitted": refitted,
        "tested_languages": TESTED_LANGUAGES,
    }
    return settle(folder, config, corpus, arguments.corpus, report=report)


def settle(folder: Path, config: dict[str, Any], corpus: Corpus, corpus_folder: Path, *, report: Report) -> Path:
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
    runtime = Runtime.load(folder, remember=False)
    fitted = fitting.calibrate(runtime, corpus.held_out, corpus.unseen)
    _write(folder / "calibration.json", fitted.to_json())
    report("measuring …")
    metrics = measure(runtime.calibrated(fitted), corpus, corpus_folder)
    _write(folder / "metrics.json", metrics)
    if "category" in metrics:
        diagrams.reliability(metrics["category"], folder / "reliability.png", f"{config['name']} {config['version']}")
    (folder / "README.md").write_text(card.render(config, metrics, fitted))
    artefact.write_manifest(folder)
    return folder


def measure(runtime: Runtime, corpus: Corpus, corpus_folder: Path) -> dict[str, Any]:
    """Figures of every task, and of the baseline on the same texts.

    Categories are measured on the test file, on other events and on those left out, where there are any. What the
    calibration was fitted on is answered with one fitted on its other half instead.
    """
    tests = {"category": test_rows(corpus_folder), "unseen": corpus.unseen, "left_out": corpus.left_out}
    metrics = evaluation.measure(runtime, tests)
    for task in datasets.TASKS:
        if task not in metrics and corpus.held_out[task]:
            given, rows = fitting.cross_fitted(runtime, task, corpus.held_out[task])
            metrics[task] = evaluation.score(task, runtime, given, rows)
    metrics["languages"] = {
        language: evaluation.score("unseen", runtime, evaluation.answers(runtime, [e.text for e in rows]), rows)
        for language, rows in corpus.languages.items()
    }
    parts = {task: corpus.held_out[task] for task in ("emergency", "informative", "needs")}
    metrics["baseline"] = baseline.measure(corpus, tests | parts)
    return metrics


def test_rows(folder: Path) -> list[Example]:
    """The test file of the categories, if `folder` holds it."""
    name = "humaid_humanitarian.test"
    source = sources.SOURCES["humaid_humanitarian.train"]
    path = source.find(folder, name)
    return [row.example for row in source.read(path)] if path else []


def _write(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n")
