"""The model at run time: ONNX Runtime and the Rust tokenizer, without torch, transformers or scikit-learn.

Texts are sorted by length and run in small batches, which is worth a factor of two; answers come back in the
order of the texts. One thread per process: under load two threads of one process collapse (see docs/adr).
"""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Tokenizer

from classifier.errors import ArtefactError
from classifier.ml import artefact
from classifier.ml.calibration import Calibration, Floats, sigmoid, softmax
from classifier.ml.text import clean

BATCH = 16
TASKS = ("category", "emergency", "priority", "needs")


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model answered: its name, version, and the SHA-256 of its manifest."""

    name: str
    version: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model says about one text; probabilities are calibrated, 0 to 1."""

    categories: dict[str, float]
    category: str
    probability: float
    abstained: bool
    emergency: bool
    emergency_probability: float
    priorities: dict[str, float]
    priority: str
    priority_probability: float
    priority_score: float
    needs: dict[str, float]
    needs_detected: tuple[str, ...]


class Runtime:
    """A loaded model. `predict` may be called from any thread."""

    def __init__(
        self,
        *,
        info: ModelInfo,
        config: dict[str, Any],
        calibration: Calibration,
        tokenizer: Tokenizer,
        session: onnxruntime.InferenceSession,
    ) -> None:
        self.info = info
        self.config = config
        self.calibration = calibration
        self.tokenizer = tokenizer
        self._session = session
        self._lock = threading.Lock()  # one text after the other: a second thread would only fight for the core

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1) -> "Runtime":
        """Verify and load the model in `folder`, and run it once so that the first request is not slow.

        Raises:
            ArtefactError: the folder is incomplete, changed, or not a model that this code can run.
        """
        sha256 = artefact.verify(folder)
        try:
            config = json.loads((folder / "config.json").read_text())
            calibration = Calibration.from_json(json.loads((folder / "calibration.json").read_text()))
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            tokenizer.enable_truncation(config["max_tokens"])
            tokenizer.no_padding()
            session = onnxruntime.InferenceSession(
                str(folder / "model.int8.onnx"), _options(threads), providers=["CPUExecutionProvider"]
            )
            info = ModelInfo(name=config["name"], version=config["version"], sha256=sha256)
            runtime = cls(info=info, config=config, calibration=calibration, tokenizer=tokenizer, session=session)
            runtime.predict(["warm-up"])
        except Exception as error:  # onnxruntime and tokenizers raise bare Exceptions
            raise ArtefactError(f"{folder.name}: the model cannot be loaded ({error})") from error
        return runtime

    def calibrated(self, calibration: Calibration) -> "Runtime":
        """The same model with another calibration; nothing is loaded twice."""
        return Runtime(
            info=self.info, config=self.config, calibration=calibration, tokenizer=self.tokenizer, session=self._session
        )

    def predict(self, texts: Sequence[str]) -> list[Answer]:
        """Answer every text, in order. Any string is accepted; the first 96 tokens are read."""
        if not texts:
            return []
        logits = self.logits(texts)
        return _answers(logits, self.config["labels"], self.calibration)

    def logits(self, texts: Sequence[str]) -> dict[str, Floats]:
        """Raw outputs of every head and the pooled embedding: name → array of shape (len(texts), width)."""
        encodings = self.tokenizer.encode_batch_fast([clean(text) for text in texts])
        ids = [encoding.ids for encoding in encodings]
        order = sorted(range(len(ids)), key=lambda i: len(ids[i]))
        outputs: dict[str, Floats] = {}
        names = [output.name for output in self._session.get_outputs()]
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            with self._lock:
                results = self._session.run(None, _padded([ids[i] for i in rows]))
            for name, values in zip(names, results, strict=True):
                if name not in outputs:
                    outputs[name] = np.empty((len(ids), values.shape[1]), dtype=np.float32)
                outputs[name][rows] = values
        return outputs


def _options(threads: int) -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Spinning threads would burn the core that the web process needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def _padded(ids: list[list[int]]) -> dict[str, np.ndarray]:
    width = max(len(row) for row in ids)
    tokens = np.zeros((len(ids), width), dtype=np.int64)
    mask = np.zeros((len(ids), width), dtype=np.int64)
    for i, row in enumerate(ids):
        tokens[i, : len(row)] = row
        mask[i, : len(row)] = 1
    return {"input_ids": tokens, "attention_mask": mask}


def _answers(logits: dict[str, Floats], labels: dict[str, list[str]], calibration: Calibration) -> list[Answer]:
    heat = calibration.temperatures
    categories = softmax(logits["category"] / heat["category"])
    chosen = (np.log(categories + 1e-12) + np.array(calibration.category_offsets)).argmax(1)
    emergency = sigmoid(logits["emergency"][:, 0] / heat["emergency"])
    priorities = softmax(logits["priority"] / heat["priority"] + np.array(calibration.priority_offsets))
    picked = (np.log(priorities + 1e-12) + np.array(calibration.priority_lifts)).argmax(1)
    scores = priorities @ np.array(calibration.priority_worth)
    needs = sigmoid(logits["needs"] / heat["needs"])
    thresholds = np.array(calibration.needs_thresholds)
    return [
        Answer(
            categories=dict(zip(labels["category"], categories[i].tolist(), strict=True)),
            category=labels["category"][chosen[i]],
            probability=float(categories[i, chosen[i]]),
            abstained=bool(categories[i].max() < calibration.abstain_below),
            emergency=bool(emergency[i] >= calibration.emergency_threshold),
            emergency_probability=float(emergency[i]),
            priorities=dict(zip(labels["priority"], priorities[i].tolist(), strict=True)),
            priority=labels["priority"][picked[i]],
            priority_probability=float(priorities[i, picked[i]]),
            priority_score=float(scores[i]),
            needs=dict(zip(labels["needs"], needs[i].tolist(), strict=True)),
            needs_detected=tuple(n for n, hit in zip(labels["needs"], needs[i] >= thresholds, strict=True) if hit),
        )
        for i in range(len(chosen))
    ]
