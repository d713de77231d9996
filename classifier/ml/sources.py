"""The label files that are known, and how each is read: CSV, TSV or JSON lines, gzipped or not.

Every source gives the same rows. Beside the compact files (columns `event, orig_split, id, lang, text, label`) the
public originals are known by their own column names; `mapped` reads any other table.
"""

import csv
import gzip
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from classifier.categories import CATEGORY_IDS, NEEDS, PRIORITIES
from classifier.errors import TrainingError

IGNORE = -100  # torch's mark of "no label"
SUFFIXES = (".csv.gz", ".tsv.gz", ".jsonl.gz", ".csv", ".tsv", ".jsonl", ".ndjson")
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
CRISISNLP_LABELS = (
    *CRISISNLP, "affected_people", "treatment", "disease_signs_or_symptoms", "disease_transmission", "prevention",
    "deaths_reports",
)  # fmt: skip
KAWARITH = {
    "caution_advice_and_crisis_updates": 1.0,
    "affected_individuals_and_help": 1.0,
    "infrastructure_and_utilities_damage": 1.0,
}
FIRE = {"need": "requests_or_urgent_needs", "availability": "rescue_volunteering_or_donation_effort"}
# What T26 and TREC-IS say beside the answer that we serve; heads for them teach the encoder and are not exported.
T26_TYPES = (
    "Other Useful Information", "Sympathy and support", "Affected individuals", "Donations and volunteering",
    "Caution and advice", "Infrastructure and utilities",
)  # fmt: skip
TREC_TYPES = (
    "News", "MultimediaShare", "Hashtags", "ThirdPartyObservation", "Location", "Factoid", "Irrelevant", "Sentiment",
    "FirstPartyObservation", "Weather", "OriginalEvent", "Discussion", "ContextualInformation", "Official",
    "EmergingThreats", "Advice", "ServiceAvailable", "NewSubEvent", "Donations", "MovePeople", "CleanUp",
    "SearchAndRescue", "Volunteer", "InformationWanted", "GoodsServices",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """A text and what it should be answered with.

    Arguments:
        target: a class index, 0/1, a list of 0/1, or (start, end) spans of code points for locations.
        aux: what a helper head should answer, where the row says it: a class index or a list of 0/1.
        event, lang, source: where it comes from, to look at parts of a measurement.
        by: who labelled it, as an opaque word; empty for imported files.
    """

    text: str
    target: Any
    aux: Any = None
    event: str = ""
    lang: str = "en"
    source: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """An example, the task that it teaches, and on which side of the split it falls."""

    task: str
    example: Example
    split: str = ""
    id: str = ""
    held_out: bool = False

    @property
    def text(self) -> str:
        return self.example.text

    @property
    def event(self) -> str:
        return self.example.event


@dataclass(frozen=True)
class Source:
    """A label file.

    Arguments:
        task: what it teaches.
        answer: row of the file → (target, aux); None drops the row.
        held_split, held_events, held_texts: what is kept back: rows of this official split; one event in so many,
            counted from `first_event`; one text in so many.
        held_ids: the same by the row's id, for files that tell the same messages in several languages.
        most: rows taken, a sample; 0 takes all.
        columns: our column → that of the file, where it differs.
        file: name of the file, where several sources read one.
        times: how often a training run sees each row, where a set is small beside the others of its task.
    """

    task: str
    answer: Callable[[Mapping[str, Any]], tuple[Any, Any] | None]
    held_split: str = ""
    held_events: int = 0
    first_event: int = 0
    held_texts: int = 0
    held_ids: int = 0
    most: int = 0
    columns: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    times: int = 1

    def find(self, folder: Path, name: str) -> Path | None:
        """The source's file in `folder`, with any known suffix."""
        name = self.file or name
        return next((path for suffix in SUFFIXES if (path := folder / f"{name}{suffix}").exists()), None)

    def read(self, path: Path) -> Iterator[Row]:
        """Rows of the file; TrainingError names the file and line of an unknown label."""
        return self.rows(read_table(path, self.columns), path.name)

    def rows(self, table: Iterable[Mapping[str, Any]], name: str) -> Iterator[Row]:
        """Rows of a table that is read already; `name` is what errors and examples call it."""
        for number, row in enumerate(table, start=2):
            try:
                answer = self.answer(row)
            except (ValueError, KeyError, TypeError) as error:
                raise TrainingError(f"{name}, row {number}: {error}") from error
            if answer is not None and row["text"].strip():
                target, aux = answer
                example = Example(
                    text=row["text"],
                    target=target,
                    aux=aux,
                    event=str(row.get("event") or ""),
                    lang=str(row.get("lang") or "en")[:2],
                    source=name.split(".", maxsplit=1)[0],
                    by=str(row.get("by") or ""),
                )
                yield Row(self.task, example, split=str(row.get("orig_split") or ""), id=str(row.get("id") or ""))

    def events_held(self, rows: Iterable[Row]) -> frozenset[str]:
        """The events that are kept back."""
        if not self.held_events:
            return frozenset()
        return frozenset(sorted({row.event for row in rows})[self.first_event :: self.held_events])


def read_table(path: Path, columns: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
    """Rows of a table, with our column names.

    Arguments:
        path: .csv, .tsv, .jsonl or .ndjson, also .gz.
        columns: our column → that of the file.

    Raises:
        TrainingError: it lacks a text column or cannot be read.
    """
    columns = columns or {}
    with _open(path) as file:
        try:
            for number, read in enumerate(_rows(path, file)):
                row = read | {ours: read[theirs] for ours, theirs in columns.items() if theirs in read}
                if number == 0 and not isinstance(row.get("text"), str):
                    raise TrainingError(f"{path.name}: no column {columns.get('text', 'text')}")
                yield row
        except (UnicodeDecodeError, json.JSONDecodeError, csv.Error, EOFError, gzip.BadGzipFile) as error:
            raise TrainingError(f"{path.name} cannot be read: {error}") from error


def mapped(path: Path, *, task: str, columns: Mapping[str, str]) -> Iterator[Row]:
    """Rows of any table, with the labels of `task` in our words.

    Arguments:
        task: category, emergency, priority, needs or location.
        columns: our column (`text`, `label`, `event`, `lang`) → that of the file.

    Raises:
        TrainingError: an unknown task, column or label.
    """
    if task not in ANSWERS:
        raise TrainingError(f"unknown task {task!r}; known are {', '.join(ANSWERS)}")
    return Source(task, ANSWERS[task], columns=columns).read(path)


def _open(path: Path) -> IO[str]:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8", newline="")
    return path.open(encoding="utf-8", newline="")


def _rows(path: Path, file: IO[str]) -> Iterator[dict[str, Any]]:
    kind = path.name.removesuffix(".gz").rsplit(".", 1)[-1]
    if kind in ("jsonl", "ndjson"):
        return (json.loads(line) for line in file if line.strip())
    return iter(csv.DictReader(file, delimiter="\t" if kind == "tsv" else ","))


def category(label: str) -> int:
    """Index of a category; ValueError names the known ones."""
    return _index(CATEGORY_IDS, label, "category")


def _index(values: Sequence[str], label: str, what: str) -> int:
    try:
        return values.index(label)
    except ValueError:
        raise ValueError(f"unknown {what} {label!r}; known are {', '.join(values)}") from None


def _label(row: Mapping[str, Any]) -> str:
    if row.get("label") is None:
        raise ValueError("no column label")
    return str(row["label"])


def _category(row: Mapping[str, Any]) -> tuple[Any, Any]:
    return category(_label(row)), None


def _yes_or_no(row: Mapping[str, Any]) -> tuple[Any, Any]:
    said = _label(row).strip().lower()
    yes, no = {"1", "1.0", "true", "yes", "on-topic"}, {"0", "0.0", "false", "no", "off-topic"}
    if said not in yes | no:
        raise ValueError(f"unknown answer {said!r}; known are {', '.join(sorted(yes | no))}")
    return float(said in yes), IGNORE


def _t26(row: Mapping[str, Any]) -> tuple[Any, Any] | None:
    label = _label(row)
    if label == "Not applicable":
        return None
    kind = row.get("information_type")
    return float(label == "Related and informative"), T26_TYPES.index(kind) if kind in T26_TYPES else IGNORE


def _trec(row: Mapping[str, Any]) -> tuple[Any, Any]:
    kinds = set(str(row.get("categories") or "").split("|"))
    return _index(PRIORITIES, _label(row), "priority"), [float(kind in kinds) for kind in TREC_TYPES]


def _needs(row: Mapping[str, Any]) -> tuple[Any, Any]:
    labels = set(_label(row).split("|"))
    return [float(need in labels) for need in NEEDS], None


def _crisisnlp(row: Mapping[str, Any]) -> tuple[Any, Any]:
    return _index(CRISISNLP_LABELS, _label(row), "CrisisNLP label"), None


def _locations(row: Mapping[str, Any]) -> tuple[Any, Any] | None:
    """Return the spans whose offsets match their text; None if locations were not annotated."""
    mentions = row.get("location_mentions")
    if mentions is None or row.get("split") == "test_unlabeled":
        return None
    spans = []
    for mention in mentions:
        start = mention.get("start_offset", mention.get("start"))
        end = mention.get("end_offset", mention.get("end"))
        if row["text"][start:end] != mention["text"]:
            return None  # a neighbouring offset would teach the wrong words
        spans.append((start, end))
    return tuple(sorted(spans)), None


def _one_of_ours(names: Mapping[str, str]) -> Callable[[Mapping[str, Any]], tuple[Any, Any] | None]:
    """Category of a label that has a counterpart among ours; rows with another label are dropped."""

    def answer(row: Mapping[str, Any]) -> tuple[Any, Any] | None:
        ours = names.get(_label(row))
        return None if ours is None else (category(ours), None)

    return answer


def _emergency_of(labels: Mapping[str, float]) -> Callable[[Mapping[str, Any]], tuple[Any, Any] | None]:
    """1 or 0 where each label of the row says so; rows with another label are dropped."""

    def answer(row: Mapping[str, Any]) -> tuple[Any, Any] | None:
        said = {labels.get(label) for label in _label(row).split("|")}
        return None if None in said or len(said) != 1 else (said.pop(), IGNORE)

    return answer


def _of_situation(task: str) -> Callable[[Mapping[str, Any]], tuple[Any, Any] | None]:
    """Return the labels of a row of `situations`, which has labels for all tasks."""

    def answer(row: Mapping[str, Any]) -> tuple[Any, Any] | None:
        if task == "needs":
            unknown = set(row["needs"]) - set(NEEDS)
            if unknown:
                raise ValueError(f"unknown needs {', '.join(sorted(unknown))}")
            return [float(need in row["needs"]) for need in NEEDS], None
        if task == "priority":
            return _index(PRIORITIES, row["priority"], "priority"), [IGNORE] * len(TREC_TYPES)
        if task == "emergency":
            return float(row["emergency"]), IGNORE
        return category(row["category"]), None

    return answer


ANSWERS: dict[str, Callable[[Mapping[str, Any]], tuple[Any, Any] | None]] = {
    "category": _category,
    "emergency": _yes_or_no,
    "priority": _trec,
    "needs": _needs,
    "location": _locations,
}
_HUMAID = {"text": "tweet_text", "label": "class_label"}
SOURCES: dict[str, Source] = {
    "humaid_humanitarian.train": Source("category", _category, held_split="dev"),
    "humaid_train": Source("category", _category, held_texts=8, columns=_HUMAID),
    "site_labels.train": Source("category", _category, held_texts=5),
    "site_priorities.train": Source("priority", _trec, held_texts=5),
    "exercise.train": Source("category", _category, held_texts=5),
    "kaggle_binary.train": Source("emergency", _yes_or_no, held_texts=5),
    "nlp-getting-started.train": Source("emergency", _yes_or_no, held_texts=5, columns={"label": "target"}),
    "crisislex_t26.train": Source("emergency", _t26, held_events=5),
    "crisislex_t6_ontopic.train": Source("emergency", _yes_or_no, most=6_000),
    "trec_is_priority.train": Source("priority", _trec, held_events=5),
    "disaster_response_messages.train": Source("needs", _needs, held_ids=10),
    "drm_original_ht_fr.train": Source("needs", _needs, held_ids=10),
    "crisisnlp_crowdflower.train": Source("crisisnlp", _crisisnlp, held_events=3),
    "idrisi_lmr.train": Source("location", _locations, held_events=5, first_event=2),
    "idrisi_lmr_ar.train": Source("location", _locations, held_events=5, first_event=2),
    "kawarith_ar.train": Source("emergency", _emergency_of(KAWARITH), held_texts=8),
    "kawarith_ar.categories": Source(
        "category", _one_of_ours({"infrastructure_and_utilities_damage": "infrastructure_and_utility_damage"}),
        held_texts=8, file="kawarith_ar.train",
    ),
    "fire2017_nepal_need_avail.train": Source("category", _one_of_ours(FIRE), held_texts=8),
    "jabodetabek_floods_id.train": Source("emergency", _emergency_of({"information": 1.0}), held_texts=8),
    "jabodetabek_floods_id.categories": Source(
        "category", _one_of_ours({"government_action_or_aid": "rescue_volunteering_or_donation_effort"}),
        held_texts=8, file="jabodetabek_floods_id.train",
    ),
    "petabencana_floods_id.train": Source("emergency", _emergency_of({"flood_report": 1.0}), held_texts=8),
    "sositaly_t4.train": Source("emergency", _emergency_of({"damage": 1.0, "not relevant": 0.0}), held_texts=8),
}  # fmt: skip
# The situations that come with the package, by task. Beside many thousand English texts they would be drowned.
SITUATIONS: dict[str, Source] = {
    "category": Source("category", _of_situation("category"), times=2),
    "emergency": Source("emergency", _of_situation("emergency"), times=2),
    "priority": Source("priority", _of_situation("priority"), times=2),
    "needs": Source("needs", _of_situation("needs"), times=2),
    "location": Source("location", _locations, times=3),
}
