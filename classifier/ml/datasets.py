"""Labelled texts for each task, from a folder of label files; `sources` says which files and how they are read.

What is learnt and what is measured stay apart: whole events are held out where a source has events, and a text of
which a copy is held out, or occurs in a test file, is never trained on.
"""

import random
import zlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from classifier.errors import TrainingError
from classifier.ml import sources
from classifier.ml.situations import read as read_situations
from classifier.ml.sources import CRISISNLP, Example, Row, Source
from classifier.ml.text import normalise

# Tasks that the model answers, and those that only teach the encoder.
TASKS = ("category", "emergency", "priority", "needs", "location", "informative")
HELPERS = ("crisisnlp",)
INFORMATIVE = "crisislex_t26"  # learnt with the emergencies, asked apart from them
UNSEEN_SAMPLE = 5_000
COPY_CHARACTERS = 70  # retweets are cut short: texts that begin alike for so long are copies


@dataclass
class Corpus:
    """Examples per task, kept apart.

    Arguments:
        train: task → to learn from, the helpers' too.
        held_out: task → to calibrate on and to measure on.
        unseen: categories of other events in another data set, in our words.
        left_out: categories of whole events that were asked to be left out; to measure on.
        languages: language → categories in other languages than English; never learnt as such.
        sources: file → number of texts taken from it.
    """

    train: dict[str, list[Example]] = field(default_factory=lambda: {task: [] for task in (*TASKS, *HELPERS)})
    held_out: dict[str, list[Example]] = field(default_factory=lambda: {task: [] for task in TASKS})
    unseen: list[Example] = field(default_factory=list)
    left_out: list[Example] = field(default_factory=list)
    languages: dict[str, list[Example]] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)


def load(
    folder: Path, *, seed: int = 7, limit: int = 0, leave_out: Collection[str] = (), situations: bool = False
) -> Corpus:
    """Read every known file of `folder`.

    Arguments:
        seed: of the sampling.
        limit: at most so many examples per task; 0 takes all.
        leave_out: events of which nothing is learnt.
        situations: add the situations in 20 languages that come with the package.

    Raises:
        TrainingError: the folder has no category data, or a label is unknown.
    """
    rng = random.Random(seed)  # noqa: S311 - a sample, not a secret
    corpus = Corpus()
    kept: dict[str, list[Row]] = defaultdict(list)
    for name, source in sources.SOURCES.items():
        path = source.find(folder, name)
        if path:
            rows = _sampled(list(source.read(path)), source.most, rng)
            corpus.sources[name] = len(rows)
            events = source.events_held(rows)
            kept[source.task] += [replace(row, held_out=_is_held_out(row, source, events)) for row in rows]
    if situations:
        told = list(read_situations())
        corpus.sources["situations"] = len(told)
        for task, source in sources.SITUATIONS.items():
            kept[task] += source.rows(told, "situations")
    _split(corpus, kept, tested=_tested(folder), leave_out=frozenset(leave_out))
    others = _in_our_words(kept["crisisnlp"])
    unseen = _once(row.example for row in others if row.held_out and row.example.lang == "en")
    corpus.unseen = rng.sample(unseen, min(len(unseen), UNSEEN_SAMPLE))
    for language in sorted({row.example.lang for row in others} - {"en"}):
        corpus.languages[language] = _once(row.example for row in others if row.example.lang == language)
    for task, examples in corpus.train.items():
        times = {"situations": sources.SITUATIONS[task].times - 1} if task in sources.SITUATIONS else {}
        examples += [example for example in examples for _ in range(times.get(example.source, 0))]
    for examples in _lists(corpus):
        if limit and len(examples) > limit:
            examples[:] = random.Random(seed).sample(examples, limit)  # noqa: S311
    if not corpus.train["category"]:
        raise TrainingError(
            f"{folder} holds no category labels: put humaid_humanitarian.train.csv.gz there, or label posts on the site"
        )
    return corpus


def _lists(corpus: Corpus) -> list[list[Example]]:
    return [
        *corpus.train.values(),
        *corpus.held_out.values(),
        corpus.unseen,
        corpus.left_out,
        *corpus.languages.values(),
    ]


def copy_keys(text: str) -> tuple[str, ...]:
    """Equal for copies: the normalised text, and how a long one begins."""
    whole = normalise(text)
    return (whole, whole[:COPY_CHARACTERS]) if len(whole) >= COPY_CHARACTERS else (whole,)


def one_in(parts: int, text: str) -> bool:
    """A stable share of all texts; copies fall on the same side."""
    return zlib.crc32(copy_keys(text)[-1].encode()) % parts == 0


def _sampled(rows: list[Row], most: int, rng: random.Random) -> list[Row]:
    return rng.sample(rows, most) if most and len(rows) > most else rows


def _tested(folder: Path) -> set[str]:
    paths = sorted(folder.glob("*.test.csv.gz"))
    return {key for path in paths for row in sources.read_table(path) for key in copy_keys(row["text"])}


def _is_held_out(row: Row, source: Source, events: Collection[str]) -> bool:
    if source.held_split:
        return row.split == source.held_split
    if source.held_events:
        return row.event in events
    if source.held_ids:
        return zlib.crc32(row.id.encode()) % source.held_ids == 0
    return bool(source.held_texts) and one_in(source.held_texts, row.text)


def _split(corpus: Corpus, kept: dict[str, list[Row]], *, tested: set[str], leave_out: frozenset[str]) -> None:
    for task, rows in kept.items():
        examples: dict[str, list[Example]] = defaultdict(list)
        for row in rows:
            examples[_side(row, leave_out)].append(row.example)
        # The texts of the location set are those of the categories' test file; their categories are not learnt here.
        unlearnt = set() if task == "location" else set(tested)
        for side in ("held_out", "left_out"):
            unlearnt.update(key for example in examples[side] for key in copy_keys(example.text))
        corpus.train[task] = _once(e for e in examples["train"] if not unlearnt & set(copy_keys(e.text)))
        if task == "category":
            corpus.left_out = _once(examples["left_out"])
        else:
            examples["held_out"] += examples["left_out"]
        if task in corpus.held_out:
            corpus.held_out[task] = _once(examples["held_out"])
        if task == "emergency":
            held = corpus.held_out[task]
            corpus.held_out[task] = [example for example in held if example.source != INFORMATIVE]
            corpus.held_out["informative"] = [example for example in held if example.source == INFORMATIVE]


def _side(row: Row, leave_out: frozenset[str]) -> str:
    if row.event in leave_out:
        return "left_out"
    return "held_out" if row.held_out else "train"


def _once(examples: Iterable[Example]) -> list[Example]:
    """Each text once, with the answer that most of its copies have."""
    copies: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        copies[normalise(example.text)].append(example)
    return [_most_common(same) for same in copies.values()]


def _most_common(same: list[Example]) -> Example:
    if len(same) == 1:
        return same[0]
    votes = Counter(str(example.target) for example in same)
    return max(same, key=lambda example: votes[str(example.target)])


def _in_our_words(rows: Iterable[Row]) -> list[Row]:
    """Return the posts of the auxiliary set whose labels have a counterpart among our categories."""
    found = []
    for row in rows:
        label = sources.CRISISNLP_LABELS[row.example.target]
        if label in CRISISNLP:
            found.append(replace(row, example=replace(row.example, target=sources.category(CRISISNLP[label]))))
    return found


def as_tasks(corpus: Corpus) -> dict[str, Any]:
    """Task → number of texts learnt and held out, for logs and cards."""
    return {
        task: {"train": len(corpus.train[task]), "held_out": len(corpus.held_out.get(task, ()))}
        for task in corpus.train
    }
