"""Explanations of predictions: the contribution of each word, and the most similar labelled texts.

The caller passes the labelled texts, because it knows which of them a person may read. Here they are embedded, once per
model.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from classifier.ml import occlusion
from classifier.ml.identity import text_key
from classifier.ml.occlusion import Contribution, Explained
from classifier.predict import DECIMALS, Message, describe, readings

if TYPE_CHECKING:
    from classifier.ml.calibration import Floats
    from classifier.ml.gradients import Gradients
    from classifier.ml.runtime import Runtime

OCCLUSION, GRADIENTS = "occlusion", "integrated_gradients"
METHODS = (OCCLUSION, GRADIENTS)
NOISE = occlusion.NOISE  # the noise level: figures change by as much without a word's influence
MOST_WORDS = occlusion.MOST_WORDS
MOST_LABELLED = 2_000  # embedding them takes some 5 s on one core, once per model, and 3 MB
NOTES = {
    OCCLUSION: "A contribution is how much higher a figure is with the word than without it; those below "
    f"{NOISE:.2f} may be rounding. Contributions do not add up.",
    GRADIENTS: "Contributions share out the difference between the text and an empty one. The priority's are the "
    "model's own, without the rules that may have raised it.",
}
LONG = f"Only the first {MOST_WORDS} words were analysed."
SUGGESTION = "Model output is a suggestion: people decide."


@dataclass(frozen=True, slots=True)
class Labelled:
    """A text with the category that people gave it; `source` is shown with it."""

    text: str
    label: str
    source: str


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled text and its similarity for the model, -1 to 1 (cosine of the embeddings)."""

    text: str
    label: str
    similarity: float
    source: str


def explain(
    message: Message, *, runtime: "Runtime", method: str = OCCLUSION, folder: Callable[[], Path] | None = None
) -> dict[str, Any]:
    """Model, prediction, words with contributions, method and note, as in the API.

    Arguments:
        message: one text; its first 60 words are explained.
        runtime: the model that answers.
        method: one of METHODS. Occlusion takes as long as classifying one text per word.
        folder: returns the folder of `runtime`'s model; only called for integrated gradients.

    Raises:
        TorchMissing: integrated gradients were requested without the training extra.
    """
    explained = _explained(message.text, runtime, method, folder)
    return {
        "model": runtime.info.as_dict(),
        "prediction": describe(message, readings([message])[0], explained.answer, runtime.info, None),
        "words": [_word(contribution) for contribution in explained.contributions],
        "method": method,
        "note": " ".join([NOTES[method], *([] if explained.complete else [LONG]), SUGGESTION]),
    }


def nearest(text: str, labelled: Sequence[Labelled], *, runtime: "Runtime", number: int) -> list[Example]:
    """The `number` labelled texts that are most similar to `text`, most similar first, without copies of it.

    The first call for a model takes seconds; later calls only embed new texts.

    Arguments:
        labelled: only the first 2,000 are used, and of copies only the first.
    """
    distinct = {text_key(one.text): one for one in reversed(list(islice(labelled, MOST_LABELLED)))}
    if not distinct or not number:
        return []
    vectors = _library.vectors({key: one.text for key, one in distinct.items()}, runtime)
    distinct_keys = [key for key in distinct if key != text_key(text)]
    if not distinct_keys:
        return []
    import numpy as np

    likeness = np.stack([vectors[key] for key in distinct_keys]) @ _embedded([text], runtime)[0]
    best = np.argsort(-likeness, kind="stable")[:number]
    return [_example(distinct[distinct_keys[i]], likeness[i]) for i in best]


class Library:
    """Embeddings of texts for one model at a time, cached for repeated requests."""

    def __init__(self) -> None:
        self._lock = threading.Lock()  # two concurrent first calls must embed the texts only once
        self._model = ""
        self._vectors: dict[str, Floats] = {}

    def vectors(self, texts: dict[str, str], runtime: "Runtime") -> "dict[str, Floats]":
        """Return the unit vector of each text, by key; other keys may be included. Caches the texts of two callers."""
        with self._lock:
            known = self._vectors if self._model == runtime.info.sha256 else {}
            new = [key for key in texts if key not in known]
            if new:
                known = known | dict(zip(new, _embedded([texts[key] for key in new], runtime), strict=True))
            if len(known) > 2 * MOST_LABELLED:
                known = {key: known[key] for key in texts}
            self._model, self._vectors = runtime.info.sha256, known
            return known


class _Networks:
    """The torch network of the model that was explained last, cached because building one takes seconds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._built: Gradients | None = None

    def current(self, runtime: "Runtime", folder: Callable[[], Path]) -> "Gradients":
        with self._lock:
            from classifier.ml.gradients import Gradients

            if self._built is None or self._built.runtime.info != runtime.info:
                self._built = Gradients(folder(), runtime)
            return self._built


_library = Library()
_networks = _Networks()


def _explained(text: str, runtime: "Runtime", method: str, folder: Callable[[], Path] | None) -> Explained:
    if method == GRADIENTS:
        assert folder is not None, "integrated gradients read the model's folder"
        return _networks.current(runtime, folder).explain(text)
    return occlusion.explain(text, runtime)


def _word(contribution: Contribution) -> dict[str, Any]:
    return asdict(contribution.word) | {
        "contributions": {
            "category": round(contribution.category, DECIMALS),
            "emergency": round(contribution.emergency, DECIMALS),
            "priority": round(contribution.priority, DECIMALS),
            "needs": {need: round(value, DECIMALS) for need, value in contribution.needs.items()},
        }
    }


def _embedded(texts: list[str], runtime: "Runtime") -> "Floats":
    """Unit vectors, shape (texts, width)."""
    import numpy as np

    raw = runtime.logits(texts)["embedding"]
    return raw / (np.linalg.norm(raw, axis=1, keepdims=True) + 1e-12)


def _example(labelled: Labelled, likeness: float) -> Example:
    return Example(labelled.text, labelled.label, round(float(likeness), DECIMALS), labelled.source)
