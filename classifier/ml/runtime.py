"""The model at run time: ONNX Runtime and the Rust tokenizer, without torch, transformers or scikit-learn.

How texts are answered:
1. Copies of a text that was answered lately get its answer (`answer_cache`).
2. The others are sorted by length and run in small batches, together with those of other threads (`shared_batches`).
3. Logits become probabilities and labels (`calibration`), tags of tokens become locations (`tagging`).

One thread per process: under load two threads of one process collapse (see docs/adr).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from tokenizers import Encoding, Tokenizer

from classifier import languages
from classifier.answers import Answer, Mention
from classifier.errors import ArtefactError
from classifier.languages import TESTED
from classifier.ml import answer_cache, artefact, own_classes, panics, tagging
from classifier.ml.answer_cache import AnswerCache, Remembered
from classifier.ml.calibration import Calibration, Floats, sigmoid, softmax
from classifier.ml.model import OWN_PART, Model
from classifier.ml.sessions import padded, session_options
from classifier.ml.shared_batches import SharedBatches
from classifier.ml.text import Cleaned, align, clean

TASKS = ("category", "emergency", "priority", "needs", "informative")
ENCODED_AT_ONCE = 32  # texts: an encoding holds all of a text, also the tokens beyond those that the model reads
EMBEDDING, LOCATION, CLASSES = "embedding", "location", "classes"
UNREADABLE = "the tokenizer broke on a text"
Row = dict[str, Floats]


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model answered: its name, version, the SHA-256 of its manifest, and the languages it was measured in.

    Arguments:
        languages: in which its category counts as a judgement.
        span_languages: in which its spans are trusted to name places; elsewhere the gazetteer's own matches count.
    """

    name: str
    version: str
    sha256: str
    languages: frozenset[str] = TESTED
    span_languages: frozenset[str] = TESTED

    def as_dict(self) -> dict[str, str]:
        """Name, version and SHA-256, as answers name the model."""
        return {"name": self.name, "version": self.version, "sha256": self.sha256}


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
        remember: bool = True,
        own: Model | None = None,
    ) -> None:
        self.info = info
        self.config = config
        self.calibration = calibration
        self.tokenizer = tokenizer
        self.tags_locations = LOCATION in {output.name for output in session.get_outputs()}
        self._session, self._own = session, own
        self.classes: list[dict[str, str]] = config.get("classes") or []
        self._tasks = (*TASKS, CLASSES) if self.classes else TASKS
        self._cache = AnswerCache() if remember else None
        self._batches: SharedBatches[Row] = SharedBatches(partial(_run, session))

    @classmethod
    def load(cls, folder: Path, *, threads: int = 1, remember: bool = True) -> "Runtime":
        """Verify and load the model in `folder`, and run it once so that the first request is not slow.

        Arguments:
            threads: of one batch.
            remember: answer copies of a text as it was answered; measurements of single texts go without.

        Raises:
            ArtefactError: the folder is incomplete, changed, or not a model that this code can run.
        """
        sha256 = artefact.verify(folder)
        try:
            config = json.loads((folder / "config.json").read_text())
            if "labels" not in config:
                raise ArtefactError("it answers classes of its own only; open it with Model, or register it to serve")
            calibration = Calibration.from_json(json.loads((folder / "calibration.json").read_text()))
            with panics.as_artefact_errors("the tokenizer cannot be read"):
                tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            tokenizer.enable_truncation(config["max_tokens"])
            tokenizer.no_padding()
            session = onnxruntime.InferenceSession(
                str(folder / "model.int8.onnx"), session_options(threads), providers=["CPUExecutionProvider"]
            )
            info = ModelInfo(
                name=config["name"],
                version=config["version"],
                sha256=sha256,
                languages=languages.measured_by(config),
                span_languages=languages.measured_by(config, "tested_spans"),
            )
            runtime = cls(
                info=info,
                config=config,
                calibration=calibration,
                tokenizer=tokenizer,
                session=session,
                remember=remember,
                own=_own_encoder(folder, config, calibration, threads),
            )
            runtime.predict(["warm-up"])
        except Exception as error:  # onnxruntime and tokenizers raise bare Exceptions
            raise ArtefactError(f"{folder.name}: the model cannot be loaded ({error})") from error
        return runtime

    def calibrated(self, calibration: Calibration) -> "Runtime":
        """The same model with another calibration; nothing is loaded twice, nothing remembered."""
        return Runtime(
            info=self.info,
            config=self.config,
            calibration=calibration,
            tokenizer=self.tokenizer,
            session=self._session,
            remember=False,
            own=self._own,
        )

    def predict(self, texts: Sequence[str]) -> list[Answer]:
        """Answer every text, in order. Any string is accepted; the first 96 tokens are read.

        Raises:
            Overloaded: too many texts wait already.
            ArtefactError: the tokenizer broke on a text.
        """
        if not texts:
            return []
        remembered = self._remember(texts)
        places = [answer_cache.found_again(t, a.places) for t, a in zip(texts, remembered, strict=True)]
        logits = np.stack([answer.logits for answer in remembered])
        answers = _answers(logits, self.config["labels"], self.calibration)
        if self.classes:
            own = logits[:, logits.shape[1] - len(self.classes) :]
            answers = own_classes.answers(answers, own, self.classes, self.calibration)
        if not self.tags_locations:
            return answers
        return [replace(answer, mentions=tuple(found)) for answer, found in zip(answers, places, strict=True)]

    def embed(self, texts: Sequence[str]) -> Floats:
        """What the texts mean, as the encoder's pooled output: shape (len(texts), width).

        Texts that were answered lately are not run again.
        """
        if not texts:
            return np.zeros((0, 0), dtype=np.float32)
        kept = [answer.embedding for answer in self._remember(texts)]
        return np.stack([vector for vector in kept if vector is not None]).astype(np.float32)

    def _remember(self, texts: Sequence[str]) -> list[Remembered]:
        """What the model says of each text: as it was said lately of a copy, or by running it."""
        keys = [answer_cache.key_of(text) for text in texts] if self._cache else []
        known = [self._cache.get(key) for key in keys] if self._cache else [None] * len(texts)
        # A copy within the same call is run once too.
        first: dict[Any, int] = {}
        for i, found in enumerate(known):
            if found is None:
                first.setdefault(keys[i] if keys else i, i)
        rows = list(first.values())
        outputs = dict(zip(first, self._run_texts([texts[i] for i in rows]), strict=True))
        fresh = {key: self._remembered(texts[first[key]], row) for key, row in outputs.items()}
        if self._cache:
            for key, answer in fresh.items():
                self._cache.put(key, answer)
        return [found or fresh[keys[i] if keys else i] for i, found in enumerate(known)]

    def logits(self, texts: Sequence[str]) -> dict[str, Floats]:
        """Raw outputs of every head and the pooled embedding: name → array of shape (len(texts), width)."""
        rows = self._run_texts(texts)
        return {name: np.stack([row[name] for row in rows]) for name in (*self._tasks, EMBEDDING)}

    @property
    def _splits_hashtags(self) -> bool:
        return bool(self.config.get("split_hashtags", False))  # models of before this choice were trained without

    def clean(self, text: str) -> str:
        """The text as this model reads it."""
        return clean(text, split_hashtags=self._splits_hashtags)

    def align(self, text: str) -> Cleaned:
        """The text as this model reads it, with the way back to the one that was sent."""
        return align(text, split_hashtags=self._splits_hashtags)

    def encode(self, cleaned: str) -> Encoding:
        """The tokens of one text that was cleaned.

        Raises:
            ArtefactError: the tokenizer broke on it.
        """
        with panics.as_artefact_errors(UNREADABLE):
            return self.tokenizer.encode(cleaned)

    def _run_texts(self, texts: Sequence[str]) -> list[Row]:
        if not texts:
            return []
        ids: list[list[int]] = []
        with panics.as_artefact_errors(UNREADABLE):
            for start in range(0, len(texts), ENCODED_AT_ONCE):
                some = [self.clean(text) for text in texts[start : start + ENCODED_AT_ONCE]]
                ids += [encoding.ids for encoding in self.tokenizer.encode_batch_fast(some)]
        rows = self._batches(ids)
        if self._own:
            for row, values in zip(rows, self._own.logits(texts), strict=True):
                row[CLASSES] = values
        return rows

    def mentions(self, text: str, tags: Floats) -> list[Mention]:
        """The locations that `text` names, from its tokens' tags."""
        offset = self.calibration.location_offset
        if not tagging.named(tags, offset):
            return []
        cleaned = self.align(text)
        encoding = self.encode(cleaned.text)
        return tagging.mentions(tags, encoding.offsets, cleaned, sent=text, offset=offset)

    def tags(self, texts: Sequence[str]) -> list[Floats]:
        """Tag logits of every text's tokens; shapes (tokens, 3)."""
        return [row[LOCATION] for row in self._run_texts(texts)]

    def _remembered(self, text: str, row: Row) -> Remembered:
        found = self.mentions(text, row[LOCATION]) if self.tags_locations else []
        return Remembered(
            logits=np.concatenate([row[task] for task in self._tasks]),
            places=tuple((text[m.start : m.end], m.start, m.score) for m in found),
            embedding=row[EMBEDDING].astype(np.float16),
        )


def _own_encoder(folder: Path, config: dict[str, Any], calibration: Calibration, threads: int) -> Model | None:
    """The encoder of the model's own classes, where it is not that of the product's answers."""
    if not config.get("classes_encoder"):
        return None
    return Model.open(folder, config, calibration, part=OWN_PART, threads=threads)


def _run(session: onnxruntime.InferenceSession, ids: list[list[int]]) -> list[Row]:
    names = [output.name for output in session.get_outputs()]
    results = dict(zip(names, session.run(None, padded(ids)), strict=True))
    rows = [{name: values[i] for name, values in results.items()} for i in range(len(ids))]
    if LOCATION in results:
        for row, tokens in zip(rows, ids, strict=True):
            row[LOCATION] = row[LOCATION][: len(tokens)]
    return rows


def _answers(logits: Floats, labels: dict[str, list[str]], calibration: Calibration) -> list[Answer]:
    """Answers from rows of logits, every head's one after the other."""
    ends = np.cumsum([len(labels[task]) for task in TASKS])
    category, emergency, priority, need, informs, _ = np.split(logits, ends, axis=1)  # the last: classes of its own
    heat = calibration.temperatures
    categories = softmax(category / heat["category"])
    chosen = (np.log(categories + 1e-12) + np.array(calibration.category_offsets)).argmax(1)
    urgent = sigmoid(emergency[:, 0] / heat["emergency"])
    priorities = softmax(priority / heat["priority"] + np.array(calibration.priority_offsets))
    picked = (np.log(priorities + 1e-12) + np.array(calibration.priority_lifts)).argmax(1)
    scores = calibration.score(priorities)
    needs = sigmoid(need / heat["needs"])
    informative = sigmoid(informs[:, 0] / heat["informative"])
    thresholds = np.array(calibration.needs_thresholds)
    return [
        Answer(
            categories=dict(zip(labels["category"], categories[i].tolist(), strict=True)),
            category=labels["category"][chosen[i]],
            probability=float(categories[i, chosen[i]]),
            abstained=bool(categories[i].max() < calibration.abstain_below),
            emergency=bool(urgent[i] >= calibration.emergency_threshold),
            emergency_probability=float(urgent[i]),
            priorities=dict(zip(labels["priority"], priorities[i].tolist(), strict=True)),
            priority=labels["priority"][picked[i]],
            priority_probability=float(priorities[i, picked[i]]),
            priority_score=float(scores[i]),
            needs=dict(zip(labels["needs"], needs[i].tolist(), strict=True)),
            needs_detected=tuple(n for n, hit in zip(labels["needs"], needs[i] >= thresholds, strict=True) if hit),
            informative_probability=float(informative[i]),
        )
        for i in range(len(chosen))
    ]
