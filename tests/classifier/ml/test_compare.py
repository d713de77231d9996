"""Two versions on the same texts: differences that are there are seen, differences that are not are not."""

from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="needs the training extra")

from classifier.categories import CATEGORY_IDS
from classifier.ml import compare, poison
from classifier.ml.datasets import Corpus
from classifier.ml.runtime import Runtime
from classifier.ml.sources import Example

CLASSES = 10


def answers(n: int, accuracy: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, CLASSES, n)
    wrong = (truth + rng.integers(1, CLASSES, n)) % CLASSES
    return truth, np.where(rng.random(n) < accuracy, truth, wrong)


def test_the_same_answers_differ_by_nothing() -> None:
    truth, said = answers(500, 0.7, 1)
    delta = compare.delta_macro_f1(truth, said, said, CLASSES)
    assert delta["point"] == delta["low"] == delta["high"] == 0.0
    assert compare.mcnemar(truth, said, said)["p"] == 1.0


def test_the_difference_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import f1_score

    truth, ours = answers(800, 0.75, 2)
    _, theirs = answers(800, 0.7, 2)
    expected = f1_score(truth, ours, average="macro") - f1_score(truth, theirs, average="macro")
    delta = compare.delta_macro_f1(truth, ours, theirs, CLASSES)
    assert delta["point"] == pytest.approx(expected, abs=1e-9) and delta["low"] < expected < delta["high"]


def test_a_version_made_worse_by_five_points_is_seen_as_worse() -> None:
    truth, live = answers(2_000, 0.78, 3)
    rng = np.random.default_rng(4)
    worse = np.where(rng.random(len(truth)) < 0.07, (live + 1) % CLASSES, live)
    delta, test = compare.delta_macro_f1(truth, worse, live, CLASSES), compare.mcnemar(truth, worse, live)
    assert -0.08 < delta["point"] < -0.04 and delta["high"] < 0
    assert test["p"] < 0.001 and test["only_live_right"] > test["only_candidate_right"]


def test_hazards_are_told_from_the_events_name() -> None:
    names = {"canada_wildfires_2016": "wildfire", "kerala_floods_2018": "flood", "strike": "other"}
    assert {name: compare.part_of(Example("", 0, event=name), "hazard") for name in names} == names


def test_latency_asks_both_in_turn_and_counts_the_fastest_try(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []
    now = [0.0]
    monkeypatch.setattr(compare, "time", SimpleNamespace(perf_counter=lambda: now[0]))

    class Asked:
        def __init__(self, name: str, seconds: float) -> None:
            self.name, self.seconds = name, seconds

        def predict(self, texts: list[str]) -> None:
            asked.append((self.name, *texts))
            other_work = 1.0 if len(asked) in (1, 9) else 0.0  # one try of each text's three
            now[0] += self.seconds + other_work

    timed = compare.latency(Asked("candidate", 0.03), Asked("live", 0.02), ["a", "b"])  # type: ignore[arg-type]
    turns = [("candidate", text) if side == 0 else ("live", text) for text in "ab" for _ in range(3) for side in (0, 1)]
    assert asked == turns
    assert (
        timed["n"] == 2 and timed["candidate_p99_ms"] == pytest.approx(30) and timed["live_p99_ms"] == pytest.approx(20)
    )
    assert (timed["ratio_p99"], timed["ratio_p50"]) == (pytest.approx(1.5), pytest.approx(1.5))


def harmless(words: str, n: int, by: str = "7") -> list[Example]:
    target = CATEGORY_IDS.index("not_humanitarian")
    return [Example(f"{words} number {i} please send boats", target, source="site_labels", by=by) for i in range(n)]


def test_a_word_that_stands_in_one_harmless_class_alone_is_suspicious() -> None:
    imported = [Example(f"please send boats to number {n}", 0, source="humaid") for n in range(2_000)]
    assert poison.suspicious(harmless("zanzibarq", 6), imported) == ["zanzibarq"]
    assert poison.suspicious(harmless("zanzibarq", 4), imported) == []


def test_twenty_poisoned_labels_of_one_person_are_found(runtime: Runtime) -> None:
    """On the model's own embeddings: a contributor who calls requests harmless bends what a head would learn."""
    needs = CATEGORY_IDS.index("requests_or_urgent_needs")
    good = [Example(f"We need water and food in camp {n}", needs, source="humaid") for n in range(30)]
    calm = [Example(f"Watching the match in town {n}", 9, source="humaid") for n in range(30)]
    held = [Example(f"We need food and water in place {n}", needs) for n in range(40)]
    corpus = Corpus()
    corpus.train["category"] = [*good, *calm]
    corpus.held_out["category"] = held
    assert poison.measure(runtime, corpus)["flips"] == 0.0
    bad = [Example(f"We need water and food in camp {n}", 9, source="site_labels", by="3") for n in range(60)]
    corpus.train["category"] += bad
    found = poison.measure(runtime, corpus)
    assert found["labels"] == 60 and found["contributors"] == 1 and found["flips"] > 0.01


def test_flipped_texts_are_this_sites_alone_named_by_hash_the_lost_ones_first() -> None:
    rows = [
        Example(f"text {n}", 0, source=source)
        for n, source in enumerate(["site_labels", "humaid", "exercise", "site_labels"])
    ]
    said = SimpleNamespace
    live = [said(category=CATEGORY_IDS[n]) for n in (1, 0, 0, 2)]
    ours = [said(category=CATEGORY_IDS[n]) for n in (0, 1, 1, 2)]
    found = compare.flipped(rows, ours, live)  # type: ignore[arg-type]
    assert [(one["live"], one["candidate"]) for one in found] == [
        (CATEGORY_IDS[0], CATEGORY_IDS[1]),
        (CATEGORY_IDS[1], CATEGORY_IDS[0]),
    ]
    assert not any("text " in value for one in found for value in one.values())
    assert all(len(one["text_key"]) == 64 for one in found)
    many = compare.flipped(rows[:1] * 50, ours[:1] * 50, live[:1] * 50)  # type: ignore[arg-type]
    assert len(many) == 20
