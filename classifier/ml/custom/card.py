"""The card of a model that was trained on one's own labels: what was given, what was measured, how to use it."""

import json
from collections.abc import Sequence
from typing import Any

from classifier import languages

MORE = 60  # rows of a table by event or language


def render(config: dict[str, Any], metrics: dict[str, Any], notes: Sequence[str]) -> str:
    """The card as Markdown with Hugging Face front matter.

    Arguments:
        config: the folder's config.json.
        metrics: the folder's metrics.json.
        notes: what was left out or decided about the data.
    """
    parts = [
        _front(config), _head(config), _use(config), _data(config, metrics, notes), _measured(config, metrics),
        _calibrated(metrics), _training(config), _limits(config, metrics),
    ]  # fmt: skip
    return "\n".join(parts)


def _front(config: dict[str, Any]) -> str:
    tested, terms = config["tested_languages"], config["data"]["terms"] or "not stated"
    if config["base_research"]:
        terms += "; the encoder's terms hold too, some of which don't allow commercial use"
    given = [
        f"language: {json.dumps(tested)}",
        "license: other",
        f"license_name: {json.dumps(terms, ensure_ascii=False)}",
        "library_name: transformers",
        "pipeline_tag: text-classification",
    ]
    return "---\n" + "\n".join(given) + "\n---\n"


def _head(config: dict[str, Any]) -> str:
    rows = "".join(
        f"| {_cell(one['key'])} | {_cell(one['name'])} | {one['maps_to'] or '–'} |\n" for one in config["classes"]
    )
    return (
        f"# {config['name']} {config['version']}\n\nSorts short texts into {len(config['classes'])} classes.\n\n"
        f"| Class | Name | Category in Responder |\n|---|---|---|\n{rows}\n"
        "An answer is a suggestion that a person decides on.\n"
    )


def _use(config: dict[str, Any]) -> str:
    text = "## Use\n\nWith `transformers` (float32):\n\n```python\n"
    if "classes_layer" in config:
        text += (
            "from transformers import pipeline\n\n"
            'classify = pipeline("text-classification", model="PATH/TO/THIS/FOLDER", top_k=None)\n'
            'print(classify("text", truncation=True))\n'
        )
    else:
        text += (
            "import torch\nfrom safetensors.torch import load_file\nfrom transformers import AutoModel, AutoTokenizer\n\n"
            'folder = "PATH/TO/THIS/FOLDER"\n'
            "tokenizer, encoder = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder)\n"
            'head = load_file(f"{folder}/classes.safetensors")\n'
            'given = tokenizer(["text"], truncation=True, padding=True, return_tensors="pt")\n'
            'mask = given["attention_mask"].unsqueeze(-1)\n'
            "mean = (encoder(**given).last_hidden_state * mask).sum(1) / mask.sum(1)\n"
            "vectors = torch.nn.functional.layer_norm(mean, mean.shape[-1:], eps=1e-12)\n"
            'print((vectors @ head["weight"].T + head["bias"]).softmax(-1))\n'
        )
    return text + (
        "```\n\nWith `onnxruntime` and `tokenizers` alone (int8, a quarter of the size):\n\n```python\n"
        "import json\n\nimport numpy as np\nimport onnxruntime\nfrom tokenizers import Tokenizer\n\n"
        'folder = "PATH/TO/THIS/FOLDER"\n'
        'config, calibration = (json.load(open(f"{folder}/{name}.json")) for name in ("config", "calibration"))\n'
        'tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")\n'
        'tokenizer.enable_truncation(config["max_tokens"])\n'
        'session = onnxruntime.InferenceSession(f"{folder}/model.int8.onnx")\n'
        'ids = np.array([tokenizer.encode("text").ids])\n'
        '(logits,) = session.run(["classes"], {"input_ids": ids, "attention_mask": np.ones_like(ids)})\n'
        'scores = np.exp(logits[0] / calibration["temperatures"]["classes"])\n'
        'print(dict(zip([one["key"] for one in config["classes"]], scores / scores.sum())))\n'
        "```\n\nWith the client of Responder, without a server (`pip install 'relief-responder-client[model]'`):\n\n```python\n"
        "from relief_responder_client import Model\n\n"
        'model = Model.load("PATH/TO/THIS/FOLDER")\n'
        'print(model.predict(["text"]), model.predict_proba(["text"]), model.classes_)\n```\n\n'
        "The client also reads links as `http`, decodes HTML entities"
        + (" and splits hashtags into words" if config["split_hashtags"] else "")
        + ", as in training. With the other two, do so first.\n"
    )


def _data(config: dict[str, Any], metrics: dict[str, Any], notes: Sequence[str]) -> str:
    data, parts = config["data"], metrics["parts"]
    sha256 = f", SHA-256 `{data['sha256'][:16]}…`" if data["sha256"] else ""
    text = (
        f"## Training data\n\n`{data['file']}`: {data['texts']:,} texts{sha256}. "
        f"Credit: {data['credit'] or 'none was given'}. Terms: {data['terms'] or 'none were given'}.\n\n"
        f"{parts['train']:,} texts to learn from, {parts['dev']:,} to calibrate on, {parts['test']:,} to test on.\n"
    )
    text += "".join(f"- {note}\n" for note in notes)
    text += f"\nThe encoder is {config['continues'] or config['base']}."
    if config["base_research"]:
        text += (
            " It was trained on research data, some of it under terms that don't allow commercial use: see the card of "
            "that model. They hold for this one too."
        )
    return text + "\n\nNo training text is contained in the model's files.\n"


def _measured(config: dict[str, Any], metrics: dict[str, Any]) -> str:
    found = metrics["classes"]
    plain, always = metrics["bag_of_words"], metrics["most_frequent_class"]
    text = (
        "## Measured\n\nThrough the int8 file, on the test part, once. Bag of words: TF-IDF with a linear model, learnt "
        "and measured on the same texts.\n\n"
        "| Figure | Value | 95 % interval | Bag of words | Always the most frequent class |\n|---|---|---|---|---|\n"
    )
    for key in ("macro_f1", "accuracy"):
        low, high = found[f"{key}_interval"]
        other = f"{plain[key]:.3f}" if key in plain else "–"
        text += f"| {key.replace('_', ' ')} | {found[key]:.3f} | {low:.3f}–{high:.3f} | {other} | {always[key]:.3f} |\n"
    text += f"| weighted F1 | {found['weighted_f1']:.3f} | – | – | – |\n| ece | {found['ece']:.3f} | – | – | – |\n"
    if found["absent"]:
        text += (
            f"\nThe test has no text of {', '.join(map(_cell, found['absent']))}: not measured, and in no average.\n"
        )
    text += "\n| Class | Test texts | Precision | Recall | F1 |\n|---|---|---|---|---|\n"
    for label, row in found["per_class"].items():
        shown = [f"{row[key]:.2f}" for key in ("precision", "recall", "f1")] if row["n"] else ["–", "–", "–"]
        text += f"| {_cell(label)} | {row['n']:,} | {' | '.join(shown)} |\n"
    text += "\nAccuracy of the most confident part: "
    text += (
        ", ".join(f"{float(share):.0%} → {value:.3f}" for share, value in found["accuracy_at_coverage"].items()) + ".\n"
    )
    for part, title in (("lang", "Language"), ("event", "Event")):
        rows = metrics[part]
        if len(rows) > 1 or "unknown" not in rows:
            text += f"\n| {title} | Test texts | Accuracy | 95 % interval |\n|---|---|---|---|\n"
            for name, row in list(rows.items())[:MORE]:
                shown_name = languages.name_of(name) if part == "lang" and name != "unknown" else name
                low, high = row["accuracy_interval"]
                text += f"| {_cell(shown_name)} | {row['n']:,} | {row['accuracy']:.3f} | {low:.3f}–{high:.3f} |\n"
    return text + (
        "\n![Learning curve](learning-curve.png)\n![Stated probability against the share that is right](reliability.png)\n"
        "![Test texts by label and answer](confusion.png)\n"
    )


def _calibrated(metrics: dict[str, Any]) -> str:
    forms = metrics["float_and_int8"]
    return (
        "## Calibration\n\nOne temperature, fitted on dev. Calibration error on the test part: "
        f"{metrics['before_calibration']['ece']:.3f} before, {metrics['classes']['ece']:.3f} after. "
        f"The float and the int8 form name the same class in {forms['same_class']:.1%} of {forms['n']:,} test texts; their "
        f"probabilities differ by {forms['mean_difference']:.3f} on average.\n"
    )


def _training(config: dict[str, Any]) -> str:
    spent = config["training_minutes"]
    knobs = ", ".join(f"{key} {value}" for key, value in config["arguments"].items() if key not in ("name", "version"))
    return f"## Training\n\n{spent['wall']:.1f} minutes, {spent['cpu']:.1f} processor minutes. {knobs}.\n"


def _limits(config: dict[str, Any], metrics: dict[str, Any]) -> str:
    spoken = ", ".join(map(languages.name_of, config["tested_languages"])) or "no language"
    held = (
        "whole events that training did not see" if metrics["split"] == "events" else "texts that training did not see"
    )
    text = f"## Limits\n\n- Measured in {spoken}, on {held}."
    text += "" if metrics["split"] == "events" else " On a new event, expect less."
    return text + (
        f"\n- The first {config['max_tokens']} tokens are read.\n"
        "- Every text gets one of the classes, also one that is about something else.\n"
        "- It can't tell whether a claim is true.\n"
    )


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")
