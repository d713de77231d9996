"""Trains a classifier on a table of one's own labels, and writes its folder."""

import json
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from classifier import languages
from classifier.ml import artefact, bases
from classifier.ml.calibration import fit_abstention, fit_softmax_temperature, softmax
from classifier.ml.custom import card, encoders, graph, heads, label_tables, learnt, plots, schema, splits
from classifier.ml.custom.arguments import FROZEN, CustomArguments
from classifier.ml.custom.encoders import PRODUCT, Base
from classifier.ml.custom.heads import Head, Vectors, targets_of
from classifier.ml.custom.label_tables import LabelTable, TrainingText
from classifier.ml.custom.progress import ProgressLine
from classifier.ml.custom.splits import Split
from classifier.ml.evaluation import one_of_many, present_macro_f1
from classifier.ml.fitting import ABSTAIN_PRECISION
from classifier.ml.model import CLASSES, Model

CHUNK = 64  # texts between two lines of progress
FEWEST_OF_LANGUAGE = 30  # held-out texts, for a language to count as measured
COMPARED = 200  # texts that the two written forms are compared on


@dataclass(frozen=True)
class Trained:
    """A finished training: the folder, its figures on the test part, and what to tell people."""

    folder: Path
    metrics: dict[str, Any]
    notes: list[str]


def train(arguments: CustomArguments, *, progress: ProgressLine | None = None) -> Trained:
    """Train, calibrate, measure and write a model.

    Raises:
        TrainingError: the table, the classes, the base or the arguments can't be used.
    """
    progress = progress or ProgressLine(None)
    started, cpu = time.monotonic(), time.process_time()
    base = encoders.find(arguments)
    _quiet()
    classes, merged = schema.read_schema(arguments.schema) if arguments.schema else (None, {})
    renamed = schema.read_label_map(arguments.label_map) if arguments.label_map else {}
    table = label_tables.read(
        arguments.data,
        classes=classes,
        label_map=_chained(renamed, merged),
        columns=arguments.columns,
        form=arguments.form,
    )
    split = splits.divide(table.rows, table.classes, seed=arguments.seed)
    for line in _about(table, split):
        progress.say(line)
    arguments = arguments.chosen_for(len(split.train))
    if base.max_tokens:
        arguments = replace(arguments, max_tokens=base.max_tokens)
    partial = _aside(arguments.output)
    try:
        notes, metrics = _write(_Job(partial, base, table, split, arguments, progress), (started, cpu))
        _install(partial, arguments.output)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return Trained(arguments.output, metrics, [*table.notes, *split.notes, *notes])


def _aside(output: Path) -> Path:
    """An empty folder to write the model to: beside `output`, or on the local disk if that is a mounted folder."""
    if os.path.ismount(output):
        return Path(tempfile.mkdtemp(prefix="responder-train-"))
    partial = output.with_name(f".{output.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    return partial


def _install(partial: Path, output: Path) -> None:
    """Put the finished folder in its place: moved at once, so that a folder that is there is whole.

    A mounted folder, as a job in Azure gets for its output, can't be replaced: its files are copied, the manifest last.
    """
    try:
        if output.is_dir():
            output.rmdir()
        partial.rename(output)
    except OSError:
        output.mkdir(parents=True, exist_ok=True)
        for path in sorted(partial.iterdir(), key=lambda path: (path.name == artefact.MANIFEST, path.name)):
            shutil.copyfile(path, output / path.name)


def _chained(renamed: Mapping[str, str], merged: Mapping[str, str]) -> dict[str, str]:
    """The label map, followed by what the schema merges."""
    return {**merged, **{label: merged.get(becomes, becomes) for label, becomes in renamed.items()}}


def _about(table: LabelTable, split: Split) -> list[str]:
    counts = ", ".join(f"{count:,} {part}" for part, count in split.counts().items())
    classes = Counter(row.target for row in table.rows)
    shown = ", ".join(f"{table.classes[at].name} {count:,}" for at, count in classes.most_common(10))
    return [
        f"{table.name}: {len(table.rows):,} texts in {len(table.classes)} classes ({shown})",
        *table.notes,
        f"Parts: {counts}.",
        *split.notes,
        *_unmeasured(table, split),
    ]


def _unmeasured(table: LabelTable, split: Split) -> list[str]:
    """A warning about each language of the table that won't count as measured: its posts get no class of the model."""
    measured, held = set(_languages(split)), Counter(row.lang for row in [*split.dev, *split.test])
    given = Counter(row.lang for row in table.rows if row.lang != "und")
    return [
        f"WARNING: {languages.name_of(code)}: {held[code]:,} of {count:,} texts are held out, and {FEWEST_OF_LANGUAGE} are "
        f"needed to measure a language. The product won't show this model's classes for posts in {languages.name_of(code)}."
        for code, count in given.most_common()
        if code not in measured and count >= FEWEST_OF_LANGUAGE
    ]


@dataclass(frozen=True)
class _Job:
    """What a training works with; `folder` is where the model is written."""

    folder: Path
    base: Base
    table: LabelTable
    split: Split
    arguments: CustomArguments
    progress: ProgressLine

    @property
    def served(self) -> Path:
        return self.folder / "model.int8.onnx"

    @property
    def classes(self) -> int:
        return len(self.table.classes)


def _write(job: _Job, since: tuple[float, float]) -> tuple[list[str], dict[str, Any]]:
    folder, split, arguments = job.folder, job.split, job.arguments
    head, curve, encoder = _fit(job)
    model = _calibrated(job)
    metrics = _measured(model, job) | {"curve": curve, "split": split.how, "parts": split.counts()}
    if arguments.mode == FROZEN:
        metrics["rerun"] = _rerun(model, job, head)
    job.progress.say(f"writing {arguments.output} …")
    config = _config(job) | _transformers(job, encoder, head, model.calibration.temperatures[CLASSES])
    spent = {"wall": (time.monotonic() - since[0]) / 60, "cpu": (time.process_time() - since[1]) / 60}
    config["training_minutes"] = {name: round(minutes, 2) for name, minutes in spent.items()}
    _json(folder / "config.json", config)
    metrics |= _forms_compared(folder, split)
    plots.write(folder, metrics, [one.name for one in job.table.classes], f"{arguments.name} {arguments.version}")
    _json(folder / "metrics.json", metrics)
    notes = _advice(metrics)
    text = card.render(config, metrics, split.notes + job.table.notes + notes)
    (folder / "README.md").write_text(text, encoding="utf-8")
    learnt.write(folder, [*split.train, *split.dev])
    for path in folder.iterdir():
        path.chmod(0o644)  # safetensors writes files that only their owner can read
    artefact.write_manifest(folder)
    return notes, metrics


def _fit(job: _Job) -> tuple[Head, dict[str, Any], Any]:
    """The classes' layer, added to a graph in the folder; the curve of its training; a new encoder if there is one."""
    base, split, arguments, progress = job.base, job.split, job.arguments, job.progress
    network, tokenizer, head = None, None, None
    points: list[dict[str, float]] = []
    if arguments.mode != FROZEN or base.kind == encoders.OTHER:
        _seed(arguments)
        network, tokenizer = encoders.network_of(base)
    if arguments.mode != FROZEN:
        from classifier.ml.custom import tuning

        head, points = tuning.tune(
            network, tokenizer, split, arguments, progress, classes=job.classes, split_hashtags=base.split_hashtags
        )
    encoders.write_encoder(base, network, tokenizer, job.folder)
    curve: dict[str, Any] = {"epochs" if head else "steps": points} if points else {}
    if head is None:
        _placeholder(job.served, job.classes)
        reader = _open(job)
        train = _vectors(reader, split.train, progress, "reading texts")
        dev = _vectors(reader, split.dev, progress, "reading dev texts")
        head = heads.fit(train, dev, job.classes)
        score = present_macro_f1(dev.targets, head.logits(dev.values).argmax(1), job.classes)
        progress.say(f"classes' layer fitted: dev macro-F1 {score:.3f}")
        curve["texts"] = heads.learning_curve(head, train, dev, seed=arguments.seed)
    graph.add_classes(job.served, job.served, head.weight, head.bias)
    return head, curve, network.encoder if network is not None else None


def _placeholder(served: Path, count: int) -> None:
    """Give a graph a layer of zeros, so that it can be opened before its layer is fitted."""
    import onnx

    outputs = {output.name: output for output in onnx.load(str(served), load_external_data=False).graph.output}
    shape = outputs[graph.EMBEDDING].type.tensor_type.shape.dim
    width = shape[1].dim_value
    graph.add_classes(served, served, np.zeros((count, width), dtype=np.float32), np.zeros(count, dtype=np.float32))


def _open(job: _Job) -> Model:
    calibration = job.base.calibration()
    config = {
        "classes": [one.to_json() for one in job.table.classes],
        "max_tokens": job.arguments.max_tokens,
        "split_hashtags": job.base.split_hashtags,
    }
    heat = calibration.temperatures | {CLASSES: 1.0}
    threads = max(1, job.arguments.threads)
    return Model.open(job.folder, config, replace(calibration, temperatures=heat), threads=threads)


def _vectors(model: Model, rows: Sequence[TrainingText], progress: ProgressLine, doing: str) -> Vectors:
    progress.start(doing, len(rows))
    found = []
    for start in range(0, len(rows), CHUNK):
        found.append(model.embed([row.text for row in rows[start : start + CHUNK]]))
        progress.step(min(start + CHUNK, len(rows)))
    progress.end()
    return Vectors(np.concatenate(found), targets_of(rows), np.array([row.weight for row in rows]))


def _calibrated(job: _Job) -> Model:
    """The model with a temperature fitted on dev, which is also written."""
    model, rows = _open(job), job.split.dev
    logits, targets = model.logits([row.text for row in rows]), targets_of(rows)
    temperature = fit_softmax_temperature(logits, targets)
    chances = softmax(logits / temperature)
    floor = fit_abstention(chances.max(1), chances.argmax(1) == targets, ABSTAIN_PRECISION)
    model.calibration = replace(
        model.calibration,
        temperatures=model.calibration.temperatures | {CLASSES: temperature},
        classes_abstain_below=min(floor, 1.0 / job.classes + 0.1),
    )
    _json(job.folder / "calibration.json", model.calibration.to_json())
    return model


def _measured(model: Model, job: _Job) -> dict[str, Any]:
    split, labels = job.split, [one.key for one in job.table.classes]
    chances = model.predict_proba([row.text for row in split.test])
    truth, predicted = targets_of(split.test), chances.argmax(1)
    unsure = (chances.max(1) < model.calibration.classes_abstain_below).tolist()
    metrics: dict[str, Any] = {CLASSES: one_of_many(truth, predicted, chances, labels, unsure)}
    before = softmax(model.logits([row.text for row in split.test]))
    metrics["before_calibration"] = {"ece": one_of_many(truth, predicted, before, labels, unsure)["ece"]}
    most = Counter(row.target for row in split.train).most_common(1)[0][0]
    always = one_of_many(truth, np.full(len(truth), most), chances, labels, unsure)
    metrics["most_frequent_class"] = {key: always[key] for key in ("macro_f1", "accuracy")}
    metrics["bag_of_words"] = _bag_of_words(split, len(labels))
    for part in ("lang", "event"):
        metrics[part] = _slices(split.test, truth == predicted, part)
    return metrics


def _bag_of_words(split: Split, classes: int) -> dict[str, float]:
    """A linear model on TF-IDF of words and pairs, learnt and measured on the same texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    plain = make_pipeline(
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LogisticRegression(C=10, max_iter=1_000)
    )
    try:
        plain.fit([row.text for row in split.train], targets_of(split.train))
    except ValueError:  # no word in any text
        return {}
    predicted, truth = plain.predict([row.text for row in split.test]), targets_of(split.test)
    return {"macro_f1": present_macro_f1(truth, predicted, classes), "accuracy": float((predicted == truth).mean())}


def _slices(rows: Sequence[TrainingText], right: np.ndarray, part: str) -> dict[str, Any]:
    from classifier.ml.intervals import wilson

    found: dict[str, list[bool]] = {}
    for row, correct in zip(rows, right.tolist(), strict=True):
        found.setdefault(getattr(row, part) or "unknown", []).append(correct)
    return {
        name: {
            "n": len(mine),
            "accuracy": sum(mine) / len(mine),
            "accuracy_interval": wilson(sum(mine) / len(mine), len(mine)),
        }
        for name, mine in sorted(found.items())
    }


def _rerun(model: Model, job: _Job, head: Head) -> dict[str, Any]:
    """The layer fitted again from the texts: whether a training with the same seed gives the same answers."""
    split, count, quiet = job.split, job.classes, ProgressLine(None)
    train, dev, test = (_vectors(model, rows, quiet, "") for rows in (split.train, split.dev, split.test))
    again = heads.fit(train, dev, count)
    truth = targets_of(split.test)
    first, second = (each.logits(test.values).argmax(1) for each in (head, again))
    scores = [present_macro_f1(truth, predicted, count) for predicted in (first, second)]
    return {"n": len(truth), "delta_macro_f1": abs(scores[0] - scores[1])}


def _config(job: _Job) -> dict[str, Any]:
    base, table, arguments = job.base, job.table, job.arguments
    alike = base.kind == PRODUCT and arguments.mode == FROZEN
    kept = ("labels", "encoder", "tested_spans", "refitted") if alike else ()
    return {name: base.config[name] for name in kept if name in base.config} | {
        "name": arguments.name,
        "version": arguments.version,
        "max_tokens": arguments.max_tokens,
        "split_hashtags": base.split_hashtags,
        "classes": [one.to_json() for one in table.classes],
        "base": bases.encoder_of(base.path),
        "continues": bases.describe(base.path) if base.config else "",
        "base_research": bool(base.kind == PRODUCT or base.config.get("base_research")),
        "arguments": arguments.to_json(),
        "data": {
            "file": table.name,
            "sha256": artefact.file_sha256(arguments.data) if arguments.data.is_file() else "",
            "texts": len(table.rows),
            "credit": arguments.credit,
            "terms": arguments.terms,
        },
        "tested_languages": _languages(job.split),
    }


def _languages(split: Split) -> list[str]:
    """The languages with enough held-out texts to say that the classes were measured in them; at least the commonest."""
    counts = Counter(row.lang for row in [*split.dev, *split.test] if row.lang != "und")
    if not counts:
        return []
    most = counts.most_common(1)[0][0]
    return sorted(code for code, count in counts.items() if count >= FEWEST_OF_LANGUAGE or code == most)


def _transformers(job: _Job, encoder: Any, head: Head, temperature: float) -> dict[str, Any]:
    from classifier.ml.custom import huggingface

    encoder = encoders.transformer_of(job.base) if encoder is None else encoder
    layers = encoder.config.num_hidden_layers
    state = encoder.config.to_diff_dict()
    written = huggingface.write(
        job.folder, encoder, head, job.table.classes, temperature=temperature, max_tokens=job.arguments.max_tokens
    )
    extra = {"classes_layer": layers} if huggingface.supports(encoder.config) else {}
    return written | extra | {"encoder": state}


def _forms_compared(folder: Path, split: Split) -> dict[str, Any]:
    """How the int8 file and the float one differ, on test texts."""
    from classifier.ml.calibration import Calibration
    from classifier.ml.custom import opened

    texts = [row.text for row in split.test[:COMPARED]]
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    calibration = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    model = Model.open(folder, config, Calibration.from_json(calibration))
    served, plain = model.predict_proba(texts), opened.with_transformers(folder, texts)
    return {
        "float_and_int8": {
            "n": len(texts),
            "same_class": float((served.argmax(1) == plain.argmax(1)).mean()),
            "mean_difference": float(np.abs(served - plain).mean()),
        }
    }


def _advice(metrics: dict[str, Any]) -> list[str]:
    found = metrics[CLASSES]
    notes = []
    if found["n"] < 100:
        low, high = found["macro_f1_interval"]
        notes.append(f"The test has {found['n']} texts: macro-F1 lies somewhere between {low:.2f} and {high:.2f}.")
    plain = metrics["bag_of_words"].get("macro_f1")
    if plain is not None and plain > found["macro_f1"]:
        notes.append(f"Counting words scores higher ({plain:.3f}). Try --mode full, or look at the labels.")
    weak = [label for label, row in found["per_class"].items() if row["n"] and row["f1"] < 0.5]
    if weak:
        notes.append(f"F1 is below 0.5 for: {', '.join(weak)}. More labels of them help most.")
    return notes


def _quiet() -> None:
    """Keep the libraries' own progress bars out of ours."""
    from huggingface_hub.utils import disable_progress_bars
    from transformers.utils import logging

    disable_progress_bars()
    logging.disable_progress_bar()
    logging.set_verbosity_error()


def _seed(arguments: CustomArguments) -> None:
    import torch

    torch.manual_seed(arguments.seed)
    np.random.seed(arguments.seed)
    torch.set_num_threads(arguments.threads or int(os.environ.get("OMP_NUM_THREADS", "0")) or os.cpu_count() or 1)


def _json(path: Path, values: dict[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
