"""All signals together: halves of one event stay quiet, another event speaks, a hundred posts say nothing."""

from dataclasses import dataclass

import numpy as np
import pytest

from monitoring.stats.cbpe import Cbpe
from monitoring.stats.confidence_shift import ConfidenceShift
from monitoring.stats.descriptors import Descriptors
from monitoring.stats.prediction_drift import PredictionDrift
from monitoring.stats.result import Signal, fired
from monitoring.stats.text_drift import TextDrift
from monitoring.stats.verdict import decide
from tests.monitoring.stats.words import posts

HEADS = 5


@dataclass
class Batch:
    texts: np.ndarray
    probabilities: np.ndarray
    urls: np.ndarray

    def __getitem__(self, rows: np.ndarray) -> "Batch":
        return Batch(self.texts[rows], self.probabilities[rows], self.urls[rows])

    def columns(self) -> dict[str, np.ndarray]:
        lengths = np.array([len(text) for text in self.texts], dtype=float)
        return {"length": lengths, "url": self.urls, "language": np.full(len(lengths), "en")}


def event(name: str, n: int, seed: int) -> Batch:
    rng = np.random.default_rng(seed)
    probabilities = rng.dirichlet([3, 2, 1, 1] if name == "flood" else [1, 1, 2, 3], size=n)
    return Batch(np.array(posts(name, n, seed)), probabilities, rng.random(n) < 0.3)


def report(reference: Batch, window: Batch, *, seed: int = 0, permutations: int = 10) -> list[Signal]:
    p, q = reference.probabilities, window.probabilities
    truth = (p.cumsum(1) < np.random.default_rng(seed).random((len(p), 1))).sum(1)
    return [
        TextDrift.fit(reference.texts, seed=seed).measure(window.texts, permutations=permutations),
        *PredictionDrift.fit(p.argmax(1), classes=4, seed=seed).measure(q.argmax(1)),
        ConfidenceShift.fit(p.max(1)).measure(q.max(1), tests=HEADS),
        *Descriptors.fit(reference.columns(), seed=seed).measure(window.columns()),
        *(estimate.signal for estimate in Cbpe.fit(p, truth, [(0.02, 0.03)], seed=seed).measure(q)),
    ]


def test_thirty_halves_of_one_event_give_no_alarm() -> None:
    """By its definition a signal may be wrong once in a hundred; 30 reports of the default size hold none."""
    both = event("flood", 1_200, 0)
    alarms = []
    for seed in range(30):
        rows = np.random.default_rng(seed).permutation(1_200)
        alarms += fired(report(both[rows[:600]], both[rows[600:]], seed=seed, permutations=50))
    assert alarms == []


def test_another_event_fires_and_asks_for_labels() -> None:
    signals = report(event("flood", 700, 1), event("quake", 700, 2))
    assert {"text_drift", "prediction_js"} <= set(fired(signals))
    verdict = decide(signals, unseen_event_share=1.0, audited_alarm=False)
    assert (verdict.word, verdict.action) == ("new event", "open a labelling burst")


@pytest.mark.parametrize("seed", range(5))
def test_a_hundred_posts_of_the_same_event_claim_nothing(seed: int) -> None:
    signals = report(event("flood", 700, 1), event("flood", 100, seed + 10))
    assert fired(signals) == []
    assert decide(signals, unseen_event_share=0.0, audited_alarm=False).word == "too few to say"


def test_a_few_posts_of_another_event_claim_nothing_either() -> None:
    signals = report(event("flood", 700, 1), event("quake", 49, 2))
    assert {signal.level for signal in signals} == {"suppressed"}
