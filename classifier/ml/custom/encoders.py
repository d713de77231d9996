"""What a training starts from, and how its encoder is read: the product's model, one that was trained here, or any other."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.errors import ArtefactError, TrainingError
from classifier.ml import artefact, bases
from classifier.ml.calibration import Calibration
from classifier.ml.custom import graph
from classifier.ml.custom.arguments import FROZEN, CustomArguments
from classifier.ml.fitting import NEUTRAL

PRODUCT, CUSTOM, OTHER = "product", "custom", "other"


@dataclass(frozen=True)
class Base:
    """A base.

    Arguments:
        kind: `product` answers urgency, needs and places too; `custom` was trained on one's own labels; `other` is a
            Hugging Face encoder.
        path: folder or name.
        config: its config.json, where it was trained here.
    """

    kind: str
    path: str
    config: dict[str, Any]

    @property
    def max_tokens(self) -> int:
        return int(self.config.get("max_tokens", 0))

    @property
    def split_hashtags(self) -> bool:
        return bool(self.config.get("split_hashtags", False))

    def calibration(self) -> Calibration:
        """That of the base's other answers."""
        return bases.calibration_of(Path(self.path)) if self.kind == PRODUCT else NEUTRAL


def find(arguments: CustomArguments) -> Base:
    """The base that the arguments name.

    Raises:
        TrainingError: it is no model, was changed, or can't be fine-tuned.
    """
    if not arguments.base:
        raise TrainingError("name a base: the folder of a model or an encoder")
    config = bases.served_config(Path(arguments.base))
    if not config:
        if Path(arguments.base).exists() and not (Path(arguments.base) / "config.json").is_file():
            raise TrainingError(
                f"{arguments.base} holds no config.json: a base is the folder of a trained model or of a Hugging Face encoder"
            )
        return Base(OTHER, arguments.base, {})
    try:
        artefact.verify(Path(arguments.base))
    except ArtefactError as error:
        raise TrainingError(f"the base can't be used: {error}") from error
    kind = PRODUCT if "labels" in config else CUSTOM
    if kind == CUSTOM and arguments.mode != FROZEN:
        raise TrainingError(
            f"{config['name']} {config['version']} was trained on labels of one's own and can only be a frozen base. "
            f"Fine-tune from what it started from instead: {config['base']}"
        )
    return Base(kind, arguments.base, config)


def network_of(base: Base, *, dropout: float = 0.1) -> tuple[Any, Any]:
    """The encoder as a `Network`, and its tokenizer, for fine-tuning and export. Needs torch."""
    from classifier.ml.network import Network
    from classifier.ml.served_weights import network_of as served
    from classifier.ml.training import tokenizer_of

    try:
        network = served(Path(base.path), dropout) if base.kind == PRODUCT else Network(base.path, dropout)
        return network, tokenizer_of(base.path)
    except (OSError, ValueError, KeyError) as error:
        raise TrainingError(f"the encoder {base.path} can't be loaded: {str(error).splitlines()[0]}") from error


def transformer_of(base: Base) -> Any:
    """The encoder alone, as `transformers` has it, without the layer that a custom model adds. Needs torch."""
    if base.kind != CUSTOM:
        return network_of(base)[0].encoder
    from transformers import AutoModel

    encoder = AutoModel.from_pretrained(base.path)
    if "classes_layer" in base.config:
        encoder.encoder.layer = encoder.encoder.layer[: base.config["classes_layer"]]
        encoder.config.num_hidden_layers = base.config["classes_layer"]
    return encoder


def write_encoder(base: Base, network: Any, tokenizer: Any, folder: Path) -> None:
    """Write graph and tokenizer of the encoder to `folder`: the base's own bytes where nothing was learnt.

    Arguments:
        network, tokenizer: of a fine-tuned encoder or of one that has no served file; None otherwise.
    """
    if network is None:
        for name in ("model.int8.onnx", "tokenizer.json"):
            shutil.copyfile(Path(base.path) / name, folder / name)
        return
    graph.export_encoder(network, folder / "model.int8.onnx")
    backend = tokenizer.backend_tokenizer
    backend.no_padding()
    backend.no_truncation()
    backend.save(str(folder / "tokenizer.json"))
