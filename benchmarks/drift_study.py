"""How the monitors of `monitoring.stats` behave on real events with the shipped model.

    python benchmarks/drift_study.py CORPUS_DIR --output docs/figures/drift.json

Halves of one event should be quiet, another event should be heard, and accuracy estimated without labels should be
near what labels say. CORPUS_DIR holds `humaid_humanitarian.train` and `.test`. Some three minutes on one core.
"""

import argparse
import json
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from classifier.ml.evaluation import answers
from classifier.ml.runtime import Runtime
from classifier.ml.sources import SOURCES, Example
from monitoring.stats import text_drift
from monitoring.stats.cbpe import Cbpe, error, errors_by_event, sharpened
from monitoring.stats.confidence_shift import ConfidenceShift
from monitoring.stats.descriptors import Descriptors
from monitoring.stats.prediction_drift import PredictionDrift
from monitoring.stats.result import Signal, fired
from monitoring.stats.text_drift import TextDrift
from monitoring.stats.verdict import decide

MODEL = max((Path(__file__).parents[1] / "classifier" / "shipped").glob("*/manifest.json")).parent
FILE = "humaid_humanitarian"
MOST, HALVES, PERMUTATIONS = 1_500, 30, 50
EVENT = "hurricane_irma_2017"
OTHERS = ("hurricane_maria_2017", "kerala_floods_2018", "kaikoura_earthquake_2016")
HEADS = ("category", "emergency", "priority")


@dataclass
class Batch:
    """Posts of one event and what the model says; arrays of one row per post."""

    texts: np.ndarray
    truth: np.ndarray
    probabilities: np.ndarray
    answered: np.ndarray
    confidences: np.ndarray
    unknown: np.ndarray

    def __getitem__(self, rows: np.ndarray) -> "Batch":
        return Batch(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    def descriptors(self) -> dict[str, np.ndarray]:
        seen: set[str] = set()
        words = [text_drift.normalised(text) for text in self.texts]
        again = [word in seen or bool(seen.add(word)) for word in words]  # type: ignore[func-returns-value]
        return {
            "length": np.array([float(len(text)) for text in self.texts]),
            "url": np.array(["http" in text for text in self.texts]),
            "duplicate": np.array(again),
            "unknown_tokens": self.unknown,
        }


def examples(folder: Path, kind: str, split: str) -> dict[str, list[Example]]:
    """Event → at most `MOST` of its rows of one official split."""
    source = SOURCES[f"{FILE}.train"]
    path = source.find(folder, f"{FILE}.{kind}")
    if path is None:
        raise SystemExit(f"{folder} has no {FILE}.{kind}")
    events: dict[str, list[Example]] = {}
    for row in source.read(path):
        if row.split == split:
            events.setdefault(row.event, []).append(row.example)
    return {name: _some(rows) for name, rows in sorted(events.items())}


def _some(rows: list[Example]) -> list[Example]:
    chosen = np.random.default_rng(0).permutation(len(rows))[:MOST]
    return [rows[i] for i in chosen]


def answer(runtime: Runtime, rows: list[Example]) -> Batch:
    """Ask the model about `rows`."""
    labels = runtime.config["labels"]["category"]
    given = answers(runtime, [row.text for row in rows])
    encoded = runtime.tokenizer.encode_batch_fast([row.text for row in rows])
    unknown = runtime.tokenizer.token_to_id("[UNK]")
    return Batch(
        texts=np.array([row.text for row in rows]),
        truth=np.array([row.target for row in rows]),
        probabilities=np.array([[a.categories[label] for label in labels] for a in given]),
        answered=np.array([labels.index(a.category) for a in given]),
        confidences=np.array(
            [(a.probability, max(a.emergency_probability, 1 - a.emergency_probability), a.priority_probability)
             for a in given]
        ),
        unknown=np.array([np.mean(np.array(e.ids) == unknown) for e in encoded]),
    )  # fmt: skip


def report(reference: Batch, window: Batch, errors: list[tuple[float, float]], *, seed: int) -> list[Signal]:
    """Every signal of `window` against `reference`."""
    classes = reference.probabilities.shape[1]
    cbpe = Cbpe.fit(reference.probabilities, reference.truth, errors, answered=reference.answered, seed=seed)
    return [
        TextDrift.fit(reference.texts.tolist(), seed=seed).measure(window.texts.tolist(), permutations=PERMUTATIONS),
        *PredictionDrift.fit(reference.answered, classes=classes, seed=seed).measure(window.answered),
        *(
            ConfidenceShift.fit(reference.confidences[:, i]).measure(
                window.confidences[:, i], tests=len(HEADS), name=f"confidence_shift_{head}"
            )
            for i, head in enumerate(HEADS)
        ),
        *Descriptors.fit(reference.descriptors(), seed=seed).measure(window.descriptors()),
        *(e.signal for e in cbpe.measure(window.probabilities, answered=window.answered)),
    ]


def halves(batch: Batch, errors: list[tuple[float, float]]) -> dict[str, Any]:
    """Alarms of each signal over random halves of one event."""
    alarms: Counter[str] = Counter()
    aucs, n = [], len(batch.texts) // 2
    for seed in range(HALVES):
        rows = np.random.default_rng(seed).permutation(2 * n)
        signals = report(batch[rows[:n]], batch[rows[n:]], errors, seed=seed)
        alarms.update({signal.name: signal.fired for signal in signals})
        aucs.append(signals[0].value or 0.0)
    return {"event": EVENT, "n_a_side": n, "halves": HALVES, "alarms": dict(alarms), "worst_auc": round(max(aucs), 4)}


def against(reference: Batch, window: Batch, name: str, errors: list[tuple[float, float]]) -> dict[str, Any]:
    """One event against another: all signals and the verdict."""
    signals = report(reference, window, errors, seed=0)
    verdict = decide(signals, unseen_event_share=1.0, audited_alarm=False)
    return {
        "reference": EVENT,
        "window": name,
        "fired": fired(signals),
        "signals": [signal.to_json() for signal in signals],
        "verdict": verdict.to_json(),
    }


def together(batches: dict[str, Batch]) -> Batch:
    """All events' posts in one batch."""
    return Batch(*(np.concatenate([getattr(b, name) for b in batches.values()]) for name in Batch.__annotations__))


def errors_of(batches: dict[str, Batch]) -> list[tuple[float, float]]:
    """What estimates missed by on each event, with the other events as the reference."""
    all_ = together(batches)
    events = [name for name, batch in batches.items() for _ in batch.truth]
    return errors_by_event(all_.probabilities, all_.truth, events, answered=all_.answered)


def estimated(developed: dict[str, Batch], tested: dict[str, Batch]) -> dict[str, Any]:
    """CBPE's error on the test file's events, and whether its interval holds the truth.

    The reference is the development rows, of the same events; the band holds the errors on each without itself.
    """
    known = together(developed)
    monitor = Cbpe.fit(known.probabilities, known.truth, errors_of(developed), answered=known.answered)
    table = {name: estimated_event(monitor, batch) for name, batch in tested.items()}
    figures = {
        f"{metric}_error_{kind}": float(of([abs(row[f"{metric}_error"]) for row in table.values()]))
        for metric in ("accuracy", "macro_f1", "uncorrected_accuracy")
        for kind, of in (("mean", np.mean), ("worst", np.max))
    }
    held = [row["accuracy_low"] <= row["accuracy_true"] <= row["accuracy_high"] for row in table.values()]
    return figures | {
        "events": len(table),
        "n_reference": len(known.truth),
        "intervals_that_hold_the_true_accuracy": int(sum(held)),
        "accuracy_alarms": int(sum(row["accuracy_alarm"] for row in table.values())),
        "macro_f1_alarms": int(sum(row["macro_f1_alarm"] for row in table.values())),
        "sharpness": monitor.sharpness,
        "band_unseen_error": monitor.unseen_error,
        "per_event": table,
    }


def estimated_event(monitor: Cbpe, batch: Batch) -> dict[str, Any]:
    """One event's estimates beside what its labels say."""
    said, f1 = monitor.measure(batch.probabilities, answered=batch.answered)
    off = error(sharpened(batch.probabilities, monitor.sharpness), batch.truth, batch.answered)
    return {
        "n": len(batch.truth),
        "accuracy_true": float((batch.answered == batch.truth).mean()),
        "accuracy_estimated": said.point,
        "accuracy_low": said.low,
        "accuracy_high": said.high,
        "accuracy_error": off[0],
        "macro_f1_estimated": f1.point,
        "macro_f1_error": off[1],
        "uncorrected_accuracy_error": error(batch.probabilities, batch.truth, batch.answered)[0],
        "accuracy_alarm": said.signal.fired,
        "macro_f1_alarm": f1.signal.fired,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--model", type=Path, default=MODEL)
    arguments = parser.parse_args()
    started = time.monotonic()
    runtime = Runtime.load(arguments.model)
    train = examples(arguments.corpus, "train", "train")
    developed = {n: answer(runtime, rows) for n, rows in examples(arguments.corpus, "train", "dev").items()}
    tested = {n: answer(runtime, rows) for n, rows in examples(arguments.corpus, "test", "test").items()}
    chosen = {name: answer(runtime, train[name]) for name in (EVENT, *OTHERS)}
    print(f"answered after {time.monotonic() - started:.0f} s")
    known = errors_of(developed)
    result = {
        "model": f"{runtime.info.name} {runtime.info.version}",
        "most_texts_an_event": MOST,
        "permutations": PERMUTATIONS,
        "halves": halves(chosen[EVENT], known),
        "against": [against(chosen[EVENT], chosen[name], name, known) for name in OTHERS],
        "cbpe": estimated(developed, tested),
    }
    arguments.output.write_text(json.dumps(_rounded(result), indent=1) + "\n")
    print(f"written after {time.monotonic() - started:.0f} s: {arguments.output}")


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return [_rounded(item) for item in value] if isinstance(value, list | tuple) else value


if __name__ == "__main__":
    main()
