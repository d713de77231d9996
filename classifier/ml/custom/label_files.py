"""Reads a table of labelled texts: CSV, NDJSON or a workbook, with the columns `text` and `label`."""

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from classifier import detection, tables
from classifier.errors import TrainingError
from classifier.ml.custom.schema import CustomClass, checked_name, from_labels, indices
from classifier.ml.text import normalise
from classifier.tables.rows import counted

MOST_ROWS = 500_000
MOST_WEIGHT = 100.0
OPTIONAL = ("event", "split", "lang", "weight")
SHOWN = 8  # labels in a message


@dataclass(frozen=True, slots=True)
class LabelledText:
    """A text with its class.

    Arguments:
        target: position of the class.
        event, lang: of the text, where the file says so.
        split: `train`, `dev`, `test` or empty.
        weight: how much the row counts in training, 1 for an ordinary one.
    """

    text: str
    target: int
    event: str = ""
    split: str = ""
    lang: str = ""
    weight: float = 1.0


@dataclass
class LabelFile:
    """A file that was read.

    Arguments:
        rows: each text once, with the label that most of its copies have.
        notes: sentences about what was left out or decided, for people.
    """

    name: str
    classes: list[CustomClass]
    rows: list[LabelledText]
    notes: list[str] = field(default_factory=list)


def read(
    path: Path,
    *,
    classes: Sequence[CustomClass] | None = None,
    label_map: Mapping[str, str | None] | None = None,
    columns: Mapping[str, str] | None = None,
    fewest_classes: int = 2,
) -> LabelFile:
    """Read a label file.

    Arguments:
        classes: those of a schema; default: the labels that the file holds.
        label_map: label of the file → class, None to leave its rows out.
        columns: our column → that of the file, where it differs.
        fewest_classes: 1 for a file to measure on.

    Raises:
        TrainingError: the file can't be read, lacks a column or has labels that the schema doesn't know.
    """
    notes: list[str] = []
    raw = _raw_rows(path, columns or {}, notes)
    mapped, dropped = [], Counter[str]()
    for row in raw:
        label = row["label"]
        becomes = (label_map or {}).get(label, label)
        if becomes is None:
            dropped[label] += 1
        else:
            mapped.append(row | {"label": checked_name(becomes)})
    if dropped:
        notes.append(f"{counted(dropped.total(), 'row')} left out by the label map: {_shown(dropped)}.")
    if not mapped:
        raise TrainingError(f"{path.name} has no labelled texts")
    known = list(classes) if classes else from_labels((row["label"] for row in mapped), fewest=fewest_classes)
    position = indices(known)
    unknown = Counter(row["label"] for row in mapped if row["label"] not in position)
    if unknown:
        raise TrainingError(
            f"{path.name}: {_shown(unknown)} {'is' if len(unknown) == 1 else 'are'} not in the schema. Add "
            f"{'it' if len(unknown) == 1 else 'them'} there, or rename labels with --label-map"
        )
    absent = [one for one in known if one.key not in {row["label"] for row in mapped}]
    if absent:
        notes.append(f"The model won't answer {_shown(Counter(one.name for one in absent))}: no text has it.")
        known = [one for one in known if one not in absent]
        position = indices(known)
        if len(known) < fewest_classes:
            raise TrainingError(f"{path.name} has texts of a single class; at least two are needed")
    rows = [
        LabelledText(
            row["text"], position[row["label"]], row["event"], row["split"], row["lang"],
            row["weight"],
        )
        for row in mapped
    ]  # fmt: skip
    return LabelFile(path.name, known, _with_languages(_once(rows, notes)), notes)


def _raw_rows(path: Path, columns: Mapping[str, str], notes: list[str]) -> list[dict[str, Any]]:
    if not path.is_file():
        raise TrainingError(f"{path} is not a file. --data names one table; a folder of known sets is --corpus")
    found: list[dict[str, Any]] = []
    names: dict[str, str] | None = None
    unusable = Counter[str]()
    try:
        for line, row in tables.read_rows(str(path)):
            if isinstance(row, tables.BadRow):
                unusable["can't be read"] += 1
                continue
            names = names or _columns(row, columns)
            problem = tables.text_problem(line, row, names["text"])
            label = row.get(names["label"])
            if problem:
                unusable["no text, or one that is too long"] += 1
            elif label is None or not str(label).strip():
                unusable["no label"] += 1
            else:
                found.append(_cells(line, row, names, path))
            if len(found) > MOST_ROWS:
                raise TrainingError(f"{path.name} has more than {MOST_ROWS:,} rows")
    except (tables.UnusableInput, OSError) as error:
        raise TrainingError(f"{path.name}: {error}") from error
    notes.extend(f"{counted(count, 'row')} left out: {reason}." for reason, count in unusable.items())
    return found


def _columns(row: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, str]:
    """Our column → that of the file; optional ones only where the file has them."""
    names = {ours: tables.require_column(row, columns.get(ours, ours)) for ours in ("text", "label")}
    for ours in OPTIONAL:
        if ours in columns:
            names[ours] = tables.require_column(row, columns[ours])
        elif found := tables.column_named(row, ours):
            names[ours] = found
    return names


def _cells(line: int, row: Mapping[str, Any], names: Mapping[str, str], path: Path) -> dict[str, Any]:
    cells: dict[str, Any] = {"line": line, "text": str(row[names["text"]]), "label": str(row[names["label"]]).strip()}
    for ours in ("event", "split", "lang"):
        value = row.get(names[ours]) if ours in names else None
        cells[ours] = "" if value is None else str(value).strip()[:200]
    cells["split"] = _split(cells["split"], path, line)
    return cells | {"weight": _weight(row.get(names["weight"]) if "weight" in names else None, path, line)}


def _weight(value: Any, path: Path, line: int) -> float:
    if value is None or str(value).strip() == "":
        return 1.0
    try:
        weight = float(value)
    except (TypeError, ValueError):
        weight = math.nan
    if not 0 <= weight <= MOST_WEIGHT:
        raise TrainingError(f"{path.name}, line {line}: a weight is a number from 0 to {MOST_WEIGHT:.0f}")
    return weight


SPLITS = {
    "train": "train", "training": "train", "dev": "dev", "development": "dev", "val": "dev", "valid": "dev",
    "validation": "dev", "held_out": "dev", "test": "test", "testing": "test", "": "",
}  # fmt: skip


def _split(said: str, path: Path, line: int) -> str:
    found = SPLITS.get(said.lower())
    if found is None:
        raise TrainingError(f"{path.name}, line {line}: the split {said[:40]!r} is none of train, dev and test")
    return found


def _once(rows: Sequence[LabelledText], notes: list[str]) -> list[LabelledText]:
    """Each text once, with the label that most of its copies have by weight; ties are left out."""
    copies: dict[str, list[LabelledText]] = defaultdict(list)
    for row in rows:
        copies[normalise(row.text) or row.text].append(row)
    kept, repeated, tied, settled = [], 0, 0, 0
    for same in copies.values():
        votes = Counter[int]()
        for row in same:
            votes[row.target] += row.weight or 1e-9  # type: ignore[assignment]
        (best, most), *others = votes.most_common(2)
        repeated += len(same) - 1
        if others and others[0][1] == most:
            tied += 1
            continue
        settled += bool(others)
        first = next(row for row in same if row.target == best)
        kept.append(replace(first, weight=max(row.weight for row in same if row.target == best)))
    if repeated:
        notes.append(f"{counted(repeated, 'row')} left out as a copy of another one.")
    if settled:
        notes.append(f"{counted(settled, 'text')} with different labels: the one with the most votes counts.")
    if tied:
        notes.append(f"{counted(tied, 'text')} left out with as many votes for one label as for another.")
    return kept


def _with_languages(rows: Sequence[LabelledText]) -> list[LabelledText]:
    """The rows with the language that each states, or that its text shows."""
    unsaid = [position for position, row in enumerate(rows) if not row.lang]
    read = detection.read([""] * len(unsaid), [rows[position].text for position in unsaid])
    found = list(rows)
    for position, reading in zip(unsaid, read, strict=True):
        found[position] = replace(rows[position], lang=reading.code or "und")
    return found


def _shown(counts: Counter[str]) -> str:
    names = ", ".join(f"{name!r}" for name, _ in counts.most_common(SHOWN))
    return names + (f" and {len(counts) - SHOWN} more" if len(counts) > SHOWN else "")
