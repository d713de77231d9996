"""After training: int8 export, calibration on held-out texts, measurement, card and manifest."""

import json
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from classifier.ml import (
    artefact,
    as_served,
    baseline,
    bases,
    card,
    datasets,
    diagrams,
    evaluation,
    fitting,
    parallel,
    refit,
    sources,
)
from classifier.ml.arguments import TrainingArguments
from classifier.ml.calibration import Calibration
from classifier.ml.datasets import Corpus
from classifier.ml.runtime import Runtime
from classifier.ml.sources import Example

FEWEST_SPANS, LEAST_SPAN_F1 = 200, 0.7
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
    continued = bases.is_served(arguments.base)
    report("fitting the yes-or-no heads …")
    refitted = refit.refit(
        net,
        tokenizer,
        corpus,
        max_tokens=arguments.max_tokens,
        batch_size=arguments.batch_size,
        split_hashtags=arguments.split_hashtags,
        continued=continued,
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
        "base": bases.encoder_of(arguments.base),
        "continues": bases.describe(arguments.base) if continued else "",
        "arguments": arguments.to_json() | ({"base": bases.describe(arguments.base)} if arguments.base else {}),
        "training_minutes": spent,
        "refitted": refitted,
        "tested_languages": [parallel.ENGLISH],  # until the others are measured
    }
    start = bases.calibration_of(Path(arguments.base)) if continued else fitting.NEUTRAL
    return settle(folder, config, corpus, arguments.corpus, start=start, report=report)


def settle(
    folder: Path,
    config: dict[str, Any],
    corpus: Corpus,
    corpus_folder: Path,
    *,
    start: Calibration = fitting.NEUTRAL,
    report: Report,
) -> Path:
    """Calibrate and measure the exported model in `folder`, and write everything beside its weights.

    Arguments:
        config: becomes config.json, with the sources of `corpus`.
        corpus_folder: may hold the test file of the categories.
        start: the calibration that tasks without held-out texts keep.
    """
    config = config | {"sources": corpus.sources}
    _write(folder / "config.json", config)
    _write(folder / "calibration.json", start.to_json())
    artefact.write_manifest(folder)
    report("calibrating on held-out texts …")
    runtime = Runtime.load(folder, remember=False)
    fitted = fitting.calibrate(runtime, corpus.held_out, corpus.unseen, start=start)
    _write(folder / "calibration.json", fitted.to_json())
    report("measuring …")
    by_language = measure_languages(runtime.calibrated(fitted))
    config = config | {"tested_languages": parallel.believed(by_language)}  # elsewhere the category is "can't judge"
    _write(folder / "config.json", config)
    calibrated = measured_in(runtime.calibrated(fitted), config["tested_languages"])
    metrics = measure(calibrated, corpus, corpus_folder) | {"parallel": by_language}
    _write(folder / "metrics.json", metrics)
    config = config | {"tested_spans": languages_of_spans(metrics)}
    _write(folder / "config.json", config)
    if "category" in metrics:
        diagrams.reliability(metrics["category"], folder / "reliability.png", f"{config['name']} {config['version']}")
    (folder / "README.md").write_text(card.render(config, metrics, fitted))
    artefact.write_manifest(folder)
    return folder


def measure(runtime: Runtime, corpus: Corpus, corpus_folder: Path) -> dict[str, Any]:
    """Figures of every task, and of the baseline on the same texts.

    Categories are measured on the test file, on other events and on those left out, where there are any. What the
    calibration was fitted on is answered with one fitted on its other half instead. Spans and places are those that the
    product answers.
    """
    tests = {"category": test_rows(corpus_folder), "unseen": corpus.unseen, "left_out": corpus.left_out}
    metrics = evaluation.measure(runtime, tests)
    for task in datasets.TASKS:
        if task not in metrics and corpus.held_out[task]:
            metrics[task] = _cross_fitted(runtime, task, corpus.held_out[task])
    metrics["spans"] = _spans_by_language(runtime, corpus.held_out["location"])
    metrics["places"] = as_served.score_files(runtime, corpus_folder, events=events_unseen(corpus))
    metrics["languages"] = {
        language: evaluation.score("unseen", runtime, evaluation.answers(runtime, [e.text for e in rows]), rows)
        for language, rows in corpus.languages.items()
    }
    parts = {task: corpus.held_out[task] for task in ("emergency", "informative", "needs")}
    metrics["baseline"] = baseline.measure(corpus, tests | parts)
    return metrics


def _cross_fitted(runtime: Runtime, task: str, examples: list[Example]) -> dict[str, Any]:
    if task == "location":
        found, rows = fitting.cross_fitted(runtime, task, examples, ask=as_served.spans)
        return as_served.score_spans(found, rows)
    given, rows = fitting.cross_fitted(runtime, task, examples)
    return evaluation.score(task, runtime, given, rows)


def _spans_by_language(runtime: Runtime, examples: list[Example]) -> dict[str, Any]:
    """Language → figures of the spans that the product answers where the model's are trusted; situations left out."""
    parts: dict[str, list[Example]] = {}
    for example in examples:
        if example.source != "situations":
            parts.setdefault(example.lang, []).append(example)
    trusting = runtime.calibrated(runtime.calibration)
    trusting.info = replace(runtime.info, languages=frozenset(parts), span_languages=frozenset(parts))
    return {
        language: as_served.score_spans(as_served.spans(trusting, [row.text for row in rows]), rows)
        for language, rows in sorted(parts.items())
    }


def languages_of_spans(metrics: dict[str, Any]) -> list[str]:
    """The languages in which the model's spans are trusted: measured on real posts, and mostly right."""
    return [
        language
        for language, row in metrics.get("spans", {}).items()
        if row["spans"] >= FEWEST_SPANS and row["f1"] >= LEAST_SPAN_F1
    ]


def events_unseen(corpus: Corpus) -> dict[str, frozenset[str]]:
    """File of coordinates → the events whose spans were not learnt; the files of spans have its name but for the "d"."""
    events = {
        name: frozenset(e.event for e in corpus.held_out["location"] if e.source == name.replace("lmd", "lmr").split(".")[0])
        for name in as_served.PLACES
    }  # fmt: skip
    return {name: held for name, held in events.items() if held}


def measured_in(runtime: Runtime, codes: Collection[str]) -> Runtime:
    """The same model, as measured in these languages."""
    other = runtime.calibrated(runtime.calibration)
    other.info = replace(runtime.info, languages=frozenset(codes))
    return other


def measure_languages(runtime: Runtime) -> dict[str, dict[str, float]]:
    """Language → figures of `parallel` on the same situations, as the product answers where a language is believed."""
    rows = parallel.read()
    everywhere = measured_in(runtime, {row["lang"] for row in rows})
    return parallel.measure(rows, as_served.predictions(everywhere, [row["text"] for row in rows]))


def test_rows(folder: Path) -> list[Example]:
    """The test file of the categories, if `folder` holds it."""
    name = "humaid_humanitarian.test"
    source = sources.SOURCES["humaid_humanitarian.train"]
    path = source.find(folder, name)
    return [row.example for row in source.read(path)] if path else []


def _write(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n")
