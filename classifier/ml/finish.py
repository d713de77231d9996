"""After training: int8 export, calibration on held-out texts, measurement, card and manifest."""

import json
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from classifier import priority
from classifier.answers import Answer
from classifier.ml import artefact, baseline, card, datasets, diagrams, evaluation, fitting, parallel, refit, sources
from classifier.ml.arguments import TrainingArguments
from classifier.ml.datasets import Corpus
from classifier.ml.runtime import Runtime
from classifier.ml.sources import Example

Report = Callable[[str], None]


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
        net,
        tokenizer,
        corpus,
        max_tokens=arguments.max_tokens,
        batch_size=arguments.batch_size,
        split_hashtags=arguments.split_hashtags,
    )
    report("exporting to int8 …")
    export.export(net, folder / "model.int8.onnx")
    tokenizer.backend_tokenizer.save(str(folder / "tokenizer.json"))
    config = {
        "name": arguments.name,
        "version": arguments.version,
        "max_tokens": arguments.max_tokens,
        "split_hashtags": arguments.split_hashtags,
        "labels": network.LABELS,
        "encoder": net.encoder.config.to_diff_dict(),
        "base": arguments.base or "sentence-transformers/all-MiniLM-L6-v2",
        "arguments": arguments.to_json(),
        "training_minutes": spent,
        "refitted": refitted,
        "tested_languages": [parallel.ENGLISH],  # until the others are measured
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
    calibrated = runtime.calibrated(fitted)
    metrics = measure(calibrated, corpus, corpus_folder)
    metrics["parallel"] = measure_languages(calibrated)
    _write(folder / "metrics.json", metrics)
    # In other languages the category is "can't judge".
    config = config | {"tested_languages": parallel.believed(metrics["parallel"])}
    _write(folder / "config.json", config)
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


def measure_languages(runtime: Runtime) -> dict[str, dict[str, float]]:
    """Language → figures of `parallel` on the same situations, the rules of priority included; places are not asked."""
    rows = parallel.read()
    answers = runtime.predict([row["text"] for row in rows])
    measured = {row["lang"] for row in rows}  # so that the rules ask the model, as they do where it is believed
    return parallel.measure(
        rows, [_prediction(row, answer, measured) for row, answer in zip(rows, answers, strict=True)]
    )


def _prediction(row: dict[str, Any], answer: Answer, measured: Collection[str]) -> dict[str, Any]:
    """The parts of the contract's "One prediction" that are measured in each language."""
    return {
        "category": {"label": answer.category, "abstained": answer.abstained},
        "emergency": {"label": answer.emergency},
        "priority": {"label": priority.judge(row["text"], answer, row["lang"], measured=measured).label},
    }


def test_rows(folder: Path) -> list[Example]:
    """The test file of the categories, if `folder` holds it."""
    name = "humaid_humanitarian.test"
    source = sources.SOURCES["humaid_humanitarian.train"]
    path = source.find(folder, name)
    return [row.example for row in source.read(path)] if path else []


def _write(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n")
