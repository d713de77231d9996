"""Integrated gradients on the shipped model: they add up, and words carry what their tokens do."""

import builtins
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from classifier.ml.gradients import Gradients, TorchMissing
from classifier.ml.runtime import Runtime
from classifier.ml.text import clean

torch = pytest.importorskip("torch", reason="needs the training extra")
pytest.importorskip("transformers", reason="needs the training extra")
pytest.importorskip("onnx", reason="needs the training extra")

TEXTS = ["We have no drinking water in the village", "The &lt;bridge&gt; has collapsed, and the road is gone"]


@pytest.fixture(scope="module")
def gradients(shipped: Path, runtime: Runtime) -> Gradients:
    return Gradients(shipped, runtime)


def figures_at(gradients: Gradients, text: str, *, empty: bool) -> np.ndarray:
    """What the torch network says about `text`, or about as much padding."""
    encoding = gradients.runtime.tokenizer.encode(clean(text))
    pairs = zip(encoding.ids, encoding.special_tokens_mask, strict=True)
    table = gradients._network.encoder.get_input_embeddings()
    ids = [table.padding_idx if empty and not special else i for i, special in pairs]
    embedded = table(torch.tensor([ids]))
    answer = gradients.runtime.predict([text])[0]
    return np.array([figure.item() for figure in gradients._figures(embedded, answer)])


@pytest.mark.parametrize("text", TEXTS)
def test_the_rebuilt_network_says_what_the_served_one_says(gradients: Gradients, text: str) -> None:
    answer = gradients.runtime.predict([text])[0]
    served = [answer.probability, answer.emergency_probability, answer.priority_score]
    served += [answer.needs[need] for need in answer.needs_detected]
    assert figures_at(gradients, text, empty=False) == pytest.approx(np.array(served), abs=0.1)


@pytest.mark.parametrize("text", TEXTS)
def test_what_the_words_add_is_the_difference_to_an_empty_text(gradients: Gradients, text: str) -> None:
    explained = gradients.explain(text)
    assert explained.complete
    total = np.array(
        [
            [c.category, c.emergency, c.priority, *(c.needs[n] for n in explained.answer.needs_detected)]
            for c in explained.contributions
        ]
    ).sum(0)
    difference = figures_at(gradients, text, empty=False) - figures_at(gradients, text, empty=True)
    assert total == pytest.approx(difference, abs=0.03)


def test_words_are_those_of_the_text_as_sent(gradients: Gradients) -> None:
    text = "Look &lt;here&gt; https://t.co/a1b2 \u200bno water, no food!"
    found = [(c.word.text, text[c.word.start : c.word.end]) for c in gradients.explain(text).contributions]
    assert all(word == there for word, there in found)
    strongest = max(gradients.explain(text).contributions, key=lambda c: c.category)
    assert strongest.word.text in {"no", "water", "food"}


@pytest.mark.parametrize("text", ["", " ", "🌊", "word " * 300, "\x00", "नमस्ते मरहबा"])
def test_strange_texts_are_explained(gradients: Gradients, text: str) -> None:
    explained = gradients.explain(text)
    assert len(explained.contributions) <= 60
    assert explained.complete == (len(text.split()) <= 60)


def test_without_torch_the_error_names_the_extra(
    shipped: Path, runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def missing(name: str, *rest: Any, **more: Any) -> Any:
        if name == "torch":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(TorchMissing, match=r"training extra.*\[training\]"):
        Gradients(shipped, runtime)
