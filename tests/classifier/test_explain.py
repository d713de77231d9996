"""Explanations on the shipped model: the answer that they explain, what they say of themselves, and likeness."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import classifier
from classifier import explain
from classifier.explain import Labelled, Message
from classifier.ml.runtime import Runtime
from classifier.predict import classify

SHIPPED = max((Path(classifier.__file__).parent / "shipped").glob("*/manifest.json")).parent
ROOF = "Family trapped on a roof in Beira, please send boats"
LABELLED = [
    Labelled("Our neighbours are stuck on their roof, send a boat please", "requests_or_urgent_needs", "site"),
    Labelled("Thoughts and prayers with everybody tonight", "sympathy_and_support", "exercise"),
    Labelled("The bridge has collapsed", "infrastructure_and_utility_damage", "exercise"),
    Labelled("What a match, three goals in ten minutes", "not_humanitarian", "exercise"),
]


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    return Runtime.load(SHIPPED)


@pytest.fixture(autouse=True)
def library(monkeypatch: pytest.MonkeyPatch) -> Iterator[explain.Library]:
    fresh = explain.Library()
    monkeypatch.setattr(explain, "_library", fresh)
    yield fresh


def test_an_explanation_holds_the_prediction_that_it_explains(runtime: Runtime) -> None:
    explanation = explain.explain(Message("7", ROOF), runtime=runtime)
    assert set(explanation) == {"model", "prediction", "words", "method", "note"}
    prediction = classify([Message("7", ROOF)], runtime=runtime)[0]
    assert set(explanation["prediction"]) == set(prediction) and explanation["prediction"]["id"] == "7"
    assert explanation["prediction"]["category"]["label"] == prediction["category"]["label"]
    assert explanation["prediction"]["places"] == prediction["places"]
    assert explanation["model"] == prediction["model"]
    assert [ROOF[w["start"] : w["end"]] for w in explanation["words"]] == [w["text"] for w in explanation["words"]]
    assert " ".join(w["text"] for w in explanation["words"]) == ROOF.replace(",", "")
    for word in explanation["words"]:
        assert set(word["contributions"]) == {"category", "emergency", "priority", "needs"}
        assert set(word["contributions"]["needs"]) == set(explanation["prediction"]["needs_detected"])


def test_the_note_says_that_people_decide_and_what_was_left_out(runtime: Runtime) -> None:
    short, long = (explain.explain(Message("0", text), runtime=runtime) for text in (ROOF, "flood " * 61))
    assert explain.SUGGESTION in short["note"] and explain.SUGGESTION in long["note"]
    assert explain.LONG not in short["note"] and explain.LONG in long["note"]
    assert len(long["words"]) == explain.MOST_WORDS == 60


def test_integrated_gradients_explain_the_same_words(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason="needs the training extra")
    monkeypatch.setattr(explain, "_networks", explain._Networks())
    asked: list[Path] = []

    def folder() -> Path:
        asked.append(SHIPPED)
        return SHIPPED

    message = Message("0", ROOF)
    explanation = [
        explain.explain(message, runtime=runtime, method="integrated_gradients", folder=folder) for _ in range(2)
    ]
    assert len(asked) == 1  # the network is built once
    assert explanation[0] == explanation[1] and explanation[0]["method"] == "integrated_gradients"
    by_occlusion = explain.explain(Message("0", ROOF), runtime=runtime)
    assert [w["text"] for w in explanation[0]["words"]] == [w["text"] for w in by_occlusion["words"]]
    assert explanation[0]["note"] != by_occlusion["note"]


def test_the_most_alike_come_first_with_their_label_and_source(runtime: Runtime) -> None:
    found = explain.nearest(ROOF, LABELLED, runtime=runtime, number=3)
    assert (found[0].text, found[0].label, found[0].source) == (LABELLED[0].text, LABELLED[0].label, "site")
    assert len(found) == 3 and 1 >= found[0].similarity > found[1].similarity >= found[2].similarity >= -1


def test_copies_of_the_text_and_of_each_other_are_no_examples(runtime: Runtime) -> None:
    copies = [Labelled(f"RT @x: {ROOF}!", "requests_or_urgent_needs", "site")]
    again = [Labelled(LABELLED[2].text.upper(), "caution_and_advice", "exercise")]
    found = explain.nearest(ROOF, [*copies, *LABELLED, *again], runtime=runtime, number=10)
    assert sorted(one.text for one in found) == sorted(one.text for one in LABELLED)


@pytest.mark.parametrize(("labelled", "number"), [([], 3), (LABELLED, 0), ([Labelled(ROOF, "x", "site")], 3)])
def test_nothing_to_show_is_no_error(runtime: Runtime, labelled: list[Labelled], number: int) -> None:
    assert explain.nearest(ROOF, labelled, runtime=runtime, number=number) == []


def test_texts_are_read_once_for_a_model(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    logits = Runtime.logits

    def counted(self: Runtime, texts: Any) -> Any:
        read.append(len(texts))
        return logits(self, texts)

    monkeypatch.setattr(Runtime, "logits", counted)
    new = Labelled("Water is needed at the school", "requests_or_urgent_needs", "site")
    for labelled in (LABELLED, LABELLED, [new, *LABELLED], LABELLED[:2]):
        explain.nearest(ROOF, labelled, runtime=runtime, number=1)
    assert sorted(read) == [1, 1, 1, 1, 1, len(LABELLED)]


def test_the_library_is_bounded_and_belongs_to_one_model(
    runtime: Runtime, library: explain.Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explain, "MOST_LABELLED", 3)
    many = [Labelled(f"The road to village {n} is closed", "caution_and_advice", "site") for n in range(20)]
    for start in range(0, 18, 3):
        explain.nearest(ROOF, many[start:], runtime=runtime, number=3)
        assert len(library._vectors) <= 6
    library._model = "another"
    explain.nearest(ROOF, many, runtime=runtime, number=3)
    assert len(library._vectors) == 3 and library._model == runtime.info.sha256
