"""Labelled texts for each task, from a folder of label files.

Known files (each optional, .csv.gz with the columns `event, orig_split, id, lang, text, label`):
humaid_humanitarian.train  ten humanitarian categories; official dev rows are kept for calibration
kaggle_binary.train        real disaster 1 / 0
crisislex_t26.train        informativeness; English rows, "Not applicable" dropped
crisislex_t6_ontopic.train on-topic / off-topic; a sample
trec_is_priority.train     Low, Medium, High, Critical; whole events held out
disaster_response_messages.train  needs, several joined by |
crisisnlp_crowdflower.train  other events' categories; never trained on, the category's temperature is fitted on them

A text whose normalised form occurs in a test file of the folder is never trained on.
"""

import csv
import gzip
import random
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classifier.categories import CATEGORY_IDS, NEEDS, PRIORITIES
from classifier.errors import TrainingError
from classifier.ml.text import normalise

TASKS = ("category", "emergency", "priority", "needs")
T6_SAMPLE = 6_000
UNSEEN_SAMPLE = 5_000
# CrisisNLP's labels in HumAID's words. Its donations class mixes offers with a few requests; affected people and
# the diseases have no counterpart.
CRISISNLP = {
    "caution_and_advice": "caution_and_advice",
    "displaced_people_and_evacuations": "displaced_people_and_evacuations",
    "donation_needs_or_offers_or_volunteering_services": "rescue_volunteering_or_donation_effort",
    "infrastructure_and_utilities_damage": "infrastructure_and_utility_damage",
    "injured_or_dead_people": "injured_or_dead_people",
    "missing_trapped_or_found_people": "missing_or_found_people",
    "not_related_or_irrelevant": "not_humanitarian",
    "other_useful_information": "other_relevant_information",
    "sympathy_and_emotional_support": "sympathy_and_support",
}


@dataclass(frozen=True, slots=True)
class Example:
    """A text and what it should be answered with: a class index, 0/1, or a list of 0/1."""

    text: str
    target: Any


@dataclass
class Corpus:
    """Per task the examples to train on, and those kept back to calibrate on; `unseen`: categories of other events."""

    train: dict[str, list[Example]] = field(default_factory=lambda: {task: [] for task in TASKS})
    held_out: dict[str, list[Example]] = field(default_factory=lambda: {task: [] for task in TASKS})
    unseen: list[Example] = field(default_factory=list)
    sources: dict[str, int] = field(default_factory=dict)


def read(path: Path) -> Iterator[dict[str, str]]:
    """Rows of a label file; TrainingError where it lacks a text or label column."""
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        missing = {"text", "label"} - set(reader.fieldnames or ())
        if missing:
            raise TrainingError(f"{path.name}: no column {' or '.join(sorted(missing))}")
        yield from reader


def load(folder: Path, *, seed: int = 7, limit: int = 0) -> Corpus:
    """Read every known file of `folder`.

    Arguments:
        seed: of the sampling.
        limit: at most so many examples per task; 0 takes all.

    Raises:
        TrainingError: the folder has no category data, or a label is unknown.
    """
    corpus = Corpus()
    tested = {normalise(row["text"]) for path in sorted(folder.glob("*.test.csv.gz")) for row in read(path)}
    for name, reader in _READERS.items():
        path = folder / f"{name}.csv.gz"
        if path.exists():
            corpus.sources[name] = reader(corpus, _rows(path, tested), random.Random(seed))  # noqa: S311
    for examples in (*corpus.train.values(), *corpus.held_out.values(), corpus.unseen):
        if limit and len(examples) > limit:
            examples[:] = random.Random(seed).sample(examples, limit)  # noqa: S311
    if not corpus.train["category"]:
        raise TrainingError(f"{folder} holds no humaid_humanitarian.train.csv.gz with category labels")
    return corpus


def _rows(path: Path, tested: set[str]) -> Iterator[dict[str, str]]:
    return (row for row in read(path) if normalise(row["text"]) not in tested)


def _index(values: tuple[str, ...], label: str, what: str) -> int:
    try:
        return values.index(label)
    except ValueError:
        raise TrainingError(f"unknown {what} {label!r}; known are {', '.join(values)}") from None


def _some_events(rows: list[dict[str, str]], every: int) -> set[str]:
    return set(sorted({row["event"] for row in rows})[::every])


def _one_in_ten(text: str) -> bool:
    """A stable tenth of all texts; copies fall on the same side."""
    return zlib.crc32(normalise(text).encode()) % 10 == 0


def _put(corpus: Corpus, task: str, row: dict[str, str], target: Any, *, hold_out: bool) -> None:
    (corpus.held_out if hold_out else corpus.train)[task].append(Example(row["text"], target))


def _humaid(corpus: Corpus, rows: Iterable[dict[str, str]], rng: random.Random) -> int:
    count = 0
    for row in rows:
        _put(
            corpus,
            "category",
            row,
            _index(CATEGORY_IDS, row["label"], "category"),
            hold_out=row.get("orig_split") == "dev",
        )
        count += 1
    return count


def _kaggle(corpus: Corpus, rows: Iterable[dict[str, str]], rng: random.Random) -> int:
    count = 0
    for row in rows:
        _put(corpus, "emergency", row, float(row["label"]), hold_out=_one_in_ten(row["text"]))
        count += 1
    return count


def _t26(corpus: Corpus, rows: Iterable[dict[str, str]], rng: random.Random) -> int:
    kept = [row for row in rows if row["label"] != "Not applicable" and row["lang"].startswith("en")]
    held = _some_events(kept, 9)
    for row in kept:
        _put(
            corpus,
            "emergency",
            row,
            float(row["label"] == "Related and informative"),
            hold_out=row["event"] in held,
        )
    return len(kept)


def _t6(corpus: Corpus, rows: Iterable[dict[str, str]], rng: random.Random) -> int:
    kept = list(rows)
    rng.shuffle(kept)
    for row in kept[:T6_SAMPLE]:
        _put(corpus, "emergency", row, float(row["label"] == "on-topic"), hold_out=False)
    return min(len(kept), T6_SAMPLE)


def _trec(corpus: Corpus, rows: Iterable[dict[str, str]], rng: random.Random) -> int:
    kept = list(rows)
    held = _some_events(kept, 7)
    for row in kept:
        _put(
            corpus,
            "priority",
            row,
            _index(PRIORITIES, row["label"], "priority"),
            hold_out=row["event"] in held,
        )
    return len(kept)


def _needs(corpus: Corpus, rows: Iterable[dict[str, str]], rng: random.Random) -> int:
    count = 0
    for row in rows:
        labels = set(row["label"].split("|"))
        _put(corpus, "needs", row, [float(need in labels) for need in NEEDS], hold_out=_one_in_ten(row["text"]))
        count += 1
    return count


def _crisisnlp(corpus: Corpus, rows: Iterable[dict[str, str]], rng: random.Random) -> int:
    kept = [row for row in rows if row["lang"].startswith("en") and row["label"] in CRISISNLP]
    for row in rng.sample(kept, min(len(kept), UNSEEN_SAMPLE)):
        corpus.unseen.append(Example(row["text"], _index(CATEGORY_IDS, CRISISNLP[row["label"]], "category")))
    return len(corpus.unseen)


_READERS: dict[str, Callable[[Corpus, Iterable[dict[str, str]], random.Random], int]] = {
    "humaid_humanitarian.train": _humaid,
    "kaggle_binary.train": _kaggle,
    "crisislex_t26.train": _t26,
    "crisislex_t6_ontopic.train": _t6,
    "trec_is_priority.train": _trec,
    "disaster_response_messages.train": _needs,
    "crisisnlp_crowdflower.train": _crisisnlp,
}
