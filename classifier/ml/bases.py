"""What a training starts from: an encoder, or a model that was trained here and is served. Needs no torch."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifier.ml import artefact

if TYPE_CHECKING:
    from classifier.ml.calibration import Calibration

VERSION = "version:"  # before the SHA-256 of a registered version, where a run says what it starts from
PACKAGED = "sentence-transformers/all-MiniLM-L6-v2"
# A third of the usual rates: a trained model has less to learn, and more to lose (docs/adr/0024).
RATES = {"learning_rate": 5e-5, "head_learning_rate": 3e-4}
AS_SERVED = {"max_tokens": int, "split_hashtags": bool}
AS_TRAINED = {"frozen_words": bool, "frozen_layers": int, "situations": bool}


def is_served(base: str) -> bool:
    """Whether `base` is the folder of a model that was trained here, rather than an encoder."""
    return bool(base) and bool(served_config(Path(base)))


def served_config(folder: Path) -> dict[str, Any]:
    """The config.json of the served model in `folder`; empty if there is no such model."""
    if not (folder / "model.int8.onnx").is_file():
        return {}
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return config if isinstance(config, dict) else {}


def arguments_for(base: str) -> dict[str, Any]:
    """Return the training arguments for continuing the served model in `base`; empty if it is not a served model.

    The texts are read as the model reads them, and what was kept frozen in its own training stays frozen.
    """
    config = served_config(Path(base)) if base else {}
    if not config:
        return {}
    trained = config.get("arguments", {})
    found = {name: (config.get(name), kind) for name, kind in AS_SERVED.items()}
    found |= {name: (trained.get(name), kind) for name, kind in AS_TRAINED.items()}
    return RATES | {name: value for name, (value, kind) in found.items() if type(value) is kind}


def calibration_of(folder: Path) -> "Calibration":
    """The calibration of the served model in `folder`."""
    from classifier.ml.calibration import Calibration  # needs numpy; pages that show runs import this module too

    return Calibration.from_json(json.loads((folder / "calibration.json").read_text(encoding="utf-8")))


def describe(base: str) -> str:
    """`base` without folders of this machine: a served model's name, version and SHA-256, or the encoder's name."""
    if not base:
        return PACKAGED
    if config := served_config(Path(base)):
        return f"{config['name']} {config['version']} {artefact.file_sha256(Path(base) / artefact.MANIFEST)}"
    return Path(base).name if Path(base).is_dir() else base


def encoder_of(base: str) -> str:
    """The name of the encoder that `base` is, or that its model was first trained from."""
    if base and (config := served_config(Path(base))):
        return str(config["base"])
    return describe(base)
