"""Labelled texts of a file as training uses them: one class each, copies counted once, a language for each.

`classifier.label_files` reads the file: a table, or what a labelling tool wrote.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from classifier import detection
from classifier.errors import TrainingError
from classifier.label_files import LabelFile, LabelledText, Options
from classifier.ml.custom.schema import CustomClass, checked_name, from_labels, indices, keys_by_label
from classifier.ml.text import normalise
from classifier.tables import BadRow, UnusableInput
from classifier.tables.rows import counted

SHOWN = 8  # labels in a message


@dataclass(frozen=True, slots=True)
class TrainingText:
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
class LabelTable:
    """A file that was read.

    Arguments:
        rows: each text once, with the label that most of its copies have.
        notes: sentences about what was left out or decided, for people.
    """

    name: str
    classes: list[CustomClass]
    rows: list[TrainingText]
    notes: list[str] = field(default_factory=list)


def read(
    path: Path,
    *,
    classes: Sequence[CustomClass] | None = None,
    label_map: Mapping[str, str] | None = None,
    columns: Mapping[str, str] | None = None,
    form: str = "",
    fewest_classes: int = 2,
) -> LabelTable:
    """Read a label file.

    Arguments:
        classes: those of a schema; default: the labels that the file holds.
        label_map: label of the file → class, empty to leave its rows out.
        columns: our column → that of the file, where it isn't the usual one.
        form: one of `label_files.FORMATS`; empty: by suffix and content.
        fewest_classes: 1 for a file to measure on.

    Raises:
        TrainingError: the file can't be read, lacks a column or has labels that the schema doesn't know.
    """
    notes: list[str] = []
    given, mapped, dropped = (
        _raw_rows(path, form, columns or {}, notes),
        list[tuple[str, LabelledText]](),
        Counter[str](),
    )
    for row in given:
        becomes = (label_map or {}).get(row.label, row.label)
        if becomes:
            mapped.append((checked_name(becomes), row))
        else:
            dropped[row.label] += 1
    if dropped:
        notes.append(f"{counted(dropped.total(), 'row')} left out by the label map: {_shown(dropped)}.")
    if not mapped:
        raise TrainingError(f"{path.name} has no labelled texts")
    known = list(classes) if classes else from_labels((key for key, _ in mapped), fewest=fewest_classes)
    if classes:
        labels = keys_by_label([one.key for one in known], [one.name for one in known])
        mapped = [(labels.get(label) or labels.get(label.casefold(), label), row) for label, row in mapped]
    position = indices(known)
    unknown = Counter(key for key, _ in mapped if key not in position)
    if unknown:
        raise TrainingError(
            f"{path.name}: {_shown(unknown)} {'is' if len(unknown) == 1 else 'are'} not in the schema. Add "
            f"{'it' if len(unknown) == 1 else 'them'} there, or rename labels with --label-map"
        )
    absent = [one for one in known if one.key not in {key for key, _ in mapped}]
    if absent:
        notes.append(f"The model won't answer {_shown(Counter(one.name for one in absent))}: no text has it.")
        known = [one for one in known if one not in absent]
        position = indices(known)
        if len(known) < fewest_classes:
            raise TrainingError(f"{path.name} has texts of a single class; at least two are needed")
    rows = [TrainingText(row.text, position[key], row.event, row.split, row.lang, row.weight) for key, row in mapped]
    return LabelTable(path.name, known, _with_languages(_once(rows, notes)), notes)


def _raw_rows(path: Path, form: str, columns: Mapping[str, str], notes: list[str]) -> list[LabelledText]:
    if not path.exists():
        raise TrainingError(f"there is no file {path}")
    found: list[LabelledText] = []
    unlabelled, bad = 0, list[BadRow]()
    try:
        with LabelFile(str(path), Options(form, columns)) as file:
            for item in file.items():
                if isinstance(item, LabelledText):
                    found.append(item)
                elif isinstance(item, BadRow):
                    bad.append(item)
                else:
                    unlabelled += 1
    except (UnusableInput, OSError) as error:
        raise TrainingError(f"{path.name}: {error}") from error
    if unlabelled:
        notes.append(f"{counted(unlabelled, 'row')} left out: no label.")
    if bad:
        notes.append(f"{counted(len(bad), 'bad row')} left out; the first: {bad[0]}")
    return found


def _once(rows: Sequence[TrainingText], notes: list[str]) -> list[TrainingText]:
    """Each text once, with the label that most of its copies have by weight; ties are left out."""
    copies: dict[str, list[TrainingText]] = defaultdict(list)
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


def _with_languages(rows: Sequence[TrainingText]) -> list[TrainingText]:
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
