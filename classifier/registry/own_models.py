"""Registers a folder that `responder train` wrote, so that it can be proposed, approved and served.

A model with an encoder of its own answers its classes and nothing else. The files of the version in production join it
then: they answer urgency, needs and places, and every text passes through both encoders.
"""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings

from classifier import serving
from classifier.errors import ArtefactError
from classifier.ml import artefact
from classifier.models import ModelVersion
from classifier.registry import open_registry, transfer
from classifier.registry.errors import Integrity

ENCODER_FILES = ("model.int8.onnx", "tokenizer.json")
REST_FILES = (*ENCODER_FILES, "calibration.json")
ORIGIN = "registered from a folder"
READING = ("max_tokens", "split_hashtags")
# Of the trained folder; the weights for `transformers` stay behind, as nothing that serves reads them.
BESIDE = ("metrics.json", "README.md", "learnt.json", "learning-curve.png", "reliability.png", "confusion.png")


def register(folder: Path, *, by: str) -> tuple[ModelVersion, bool]:
    """Register a trained folder under the name and version of its config.json. Idempotent.

    Arguments:
        by: the audit log's actor.

    Returns the row and whether it is new. Raises a RegistryError, without writing a row.
    """
    from classifier.ml.model import Model  # it loads numpy and onnxruntime, which few processes need

    transfer.keep_the_shipped_first()
    try:
        model = Model.load(folder)
    except ArtefactError as error:
        raise Integrity(f"This folder cannot be registered. {error}") from error
    name, version = model.config["name"], model.config["version"]
    known = ModelVersion.objects.filter(name=name, version=version).first()
    if known and _was_made_from(known, folder):
        return known, False
    with tempfile.TemporaryDirectory(dir=_scratch()) as scratch:
        made = Path(scratch) / "model"
        made.mkdir()
        _lay_out(folder, made, model.config)
        registry = open_registry()
        registry.register(made, name=name, version=version, properties={"origin": ORIGIN})
    return transfer.pull(registry, name, version, by=by, origin=ORIGIN)


def _lay_out(folder: Path, made: Path, config: dict[str, Any]) -> None:
    """Write what serves: the trained graph where it answers everything, or both encoders."""
    for name in BESIDE:
        if (folder / name).is_file():
            shutil.copyfile(folder / name, made / name)
    config = config | {"trained": artefact.file_sha256(folder / artefact.MANIFEST)}
    if "labels" in config:
        for name in REST_FILES:
            shutil.copyfile(folder / name, made / name)
    else:
        config = _with_the_rest(folder, made, config)
    (made / "config.json").write_text(json.dumps(config, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    artefact.write_manifest(made)


def _with_the_rest(folder: Path, made: Path, config: dict[str, Any]) -> dict[str, Any]:
    """Put the files of the version in production under their usual names, and the trained ones beside them."""
    from classifier.ml.model import OWN_PART

    live = serving.current_folder()
    rest = json.loads((live / "config.json").read_text(encoding="utf-8"))
    for name in REST_FILES:
        shutil.copyfile(live / name, made / name)
    for name in ENCODER_FILES:
        shutil.copyfile(folder / name, made / f"{OWN_PART}{name}")
    calibration, own = (json.loads((each / "calibration.json").read_text()) for each in (live, folder))
    calibration["temperatures"]["classes"] = own["temperatures"]["classes"]
    calibration["classes_abstain_below"] = own["classes_abstain_below"]
    (made / "calibration.json").write_text(json.dumps(calibration, indent=1) + "\n", encoding="utf-8")
    kept = {
        name: config[name]
        for name in ("name", "version", "classes", "data", "tested_languages", "trained", "training_minutes")
    }
    return (
        rest
        | kept
        | {
            "classes_encoder": {name: config[name] for name in READING},
            "classes_base": config["base"],
            "rest": f"{rest['name']} {rest['version']} {artefact.file_sha256(live / artefact.MANIFEST)}",
        }
    )


def _was_made_from(row: ModelVersion, folder: Path) -> bool:
    """Whether a registered version was made from exactly this folder."""
    try:
        config = json.loads((serving.folder_of(row) / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(config.get("trained") == artefact.file_sha256(folder / artefact.MANIFEST))


def _scratch() -> Path:
    """A folder on the disk of the models, so that a large file is not written to memory."""
    folder = Path(settings.DATA_DIR) / "models"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
