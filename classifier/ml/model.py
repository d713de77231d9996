"""A model's classes alone: texts in, one class each out, as scikit-learn's classifiers answer.

It opens any folder that was trained here, with onnxruntime and the Rust tokenizer, and answers what `classes_` names:
the classes of one's own, or the product's categories where a model has none. Urgency, needs and places are for
`runtime`.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from classifier.errors import ArtefactError
from classifier.ml import artefact, panics
from classifier.ml.calibration import Calibration, Floats, softmax
from classifier.ml.sessions import padded, session_options
from classifier.ml.text import clean

BATCH = 16
OWN_PART = "classes."  # before the files of a second encoder, in a folder that holds two
CLASSES, EMBEDDING, CATEGORY = "classes", "embedding", "category"


class Model:
    """A loaded model. It may be used from any thread.

    Attributes:
        classes_: keys of the classes, in the order of `predict_proba`.
        names: what people call them, in the same order.
        config: the folder's config.json.
    """

    def __init__(self, *, config: dict[str, Any], calibration: Calibration, tokenizer: Tokenizer, session: Any) -> None:
        own = config.get("classes") or []
        self.config, self.calibration = config, calibration
        self.classes_ = [one["key"] for one in own] or list(config["labels"][CATEGORY])
        self.names = [one["name"] for one in own] or list(self.classes_)
        self._output = CLASSES if own else CATEGORY
        self._tokenizer, self._session = tokenizer, session

    @classmethod
    def load(cls, folder: str | os.PathLike[str], *, threads: int = 1) -> "Model":
        """Verify and load the model in `folder`.

        Raises:
            ArtefactError: the folder is incomplete, changed, or holds no model that this code can run.
        """
        folder = Path(folder)
        if not folder.is_dir():
            raise ArtefactError(f"{folder} is not a folder. Name the folder of a trained model.")
        artefact.verify(folder)
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            calibration = Calibration.from_json(json.loads((folder / "calibration.json").read_text(encoding="utf-8")))
            part = OWN_PART if config.get("classes_encoder") else ""
            return cls.open(folder, config, calibration, part=part, threads=threads)
        except Exception as error:  # onnxruntime and tokenizers raise bare Exceptions
            raise ArtefactError(f"{folder.name}: the model cannot be loaded ({error})") from error

    @classmethod
    def open(
        cls, folder: Path, config: dict[str, Any], calibration: Calibration, *, part: str = "", threads: int = 1
    ) -> "Model":
        """Load files that were verified.

        Arguments:
            part: before the names of the files, where the folder holds two encoders.
        """
        reading = config | (config.get("classes_encoder") or {}) if part else config
        with panics.as_artefact_errors("the tokenizer cannot be read"):
            tokenizer = Tokenizer.from_file(str(folder / f"{part}tokenizer.json"))
        tokenizer.enable_truncation(reading["max_tokens"])
        tokenizer.no_padding()
        session = onnxruntime.InferenceSession(
            str(folder / f"{part}model.int8.onnx"), session_options(threads), providers=["CPUExecutionProvider"]
        )
        model = cls(config=reading, calibration=calibration, tokenizer=tokenizer, session=session)
        if model.logits(["warm-up"]).shape != (1, len(model.classes_)):
            raise ArtefactError(f"{folder.name}: the network answers other classes than config.json names")
        return model

    def predict(self, texts: str | Sequence[str]) -> list[str]:
        """The most likely class of each text."""
        chances = np.log(self.predict_proba(texts) + 1e-12)
        if self._output == CATEGORY:
            chances = chances + np.array(self.calibration.category_offsets)
        return [self.classes_[position] for position in chances.argmax(1)]

    def predict_proba(self, texts: str | Sequence[str]) -> Floats:
        """Calibrated probabilities of the classes; shape (number of texts, number of classes)."""
        return softmax(self.logits(texts) / self.calibration.temperatures[self._output])

    def logits(self, texts: str | Sequence[str]) -> Floats:
        """What the network says before calibration; shape as `predict_proba`."""
        return self._run(texts, self._output, len(self.classes_))

    def embed(self, texts: str | Sequence[str]) -> Floats:
        """What the texts mean, as the encoder's mean token vector; shape (number of texts, width)."""
        return self._run(texts, EMBEDDING, 0)

    def _run(self, texts: str | Sequence[str], output: str, width: int) -> Floats:
        given = [texts] if isinstance(texts, str) else list(texts)
        if not all(isinstance(text, str) for text in given):
            raise TypeError("every text must be a str")
        if not given:
            return np.zeros((0, width), dtype=np.float32)
        split = bool(self.config.get("split_hashtags", False))
        with panics.as_artefact_errors("the tokenizer broke on a text"):
            cleaned = [clean(text, split_hashtags=split) for text in given]
            ids = [encoding.ids for encoding in self._tokenizer.encode_batch_fast(cleaned)]
        order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
        rows: list[Any] = [None] * len(ids)
        for start in range(0, len(order), BATCH):
            batch = order[start : start + BATCH]
            (values,) = self._session.run([output], padded([ids[at] for at in batch]))
            for at, row in zip(batch, values, strict=True):
                rows[at] = row
        return np.stack(rows)
