"""What a label file holds: its classes, copies, conflicts, and the rows that can't be used."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from classifier.duplicates import text_key
from classifier.label_files.rows import Item, LabelledText
from classifier.tables import BadRow

LISTED = 100  # problems and conflicts in a report
FEW = 50  # rows of a class, below which it is named
LINES_SHOWN = 5
EXCERPT = 120


@dataclass(frozen=True, slots=True)
class Conflict:
    """One text with several labels.

    Arguments:
        text: its first characters. labels: category → lines of the file.
    """

    text: str
    labels: Mapping[str, list[int]]


@dataclass(slots=True)
class Report:
    """Counts of a label file that add up: `read == usable + copies + in_conflict + left_out + unknown + unlabelled + bad`.

    Arguments:
        usable: rows whose labels can be used. classes: category → usable rows.
        copies: rows whose text and label another row has.
        in_conflict: rows whose text has other labels elsewhere in the file; none of them is used.
        left_out: rows whose label the map leaves out.
        unknown_labels: label → rows, of labels that mean no category.
        unlabelled: rows that nobody labelled.
        problems: (line, reason) of the first bad rows.
    """

    read: int = 0
    usable: int = 0
    copies: int = 0
    in_conflict: int = 0
    left_out: int = 0
    unlabelled: int = 0
    bad: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    unknown_labels: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    splits: Counter[str] = field(default_factory=Counter)
    conflicts: list[Conflict] = field(default_factory=list)
    problems: list[tuple[int, str]] = field(default_factory=list)

    @property
    def unknown(self) -> int:
        return sum(self.unknown_labels.values())

    @property
    def few(self) -> dict[str, int]:
        """The classes with fewer than FEW rows."""
        return {name: count for name, count in sorted(self.classes.items()) if count < FEW}

    def as_json(self) -> dict[str, Any]:
        """The report for a JSON column and for `--json`, without texts."""
        return {
            "read": self.read, "usable": self.usable, "copies": self.copies, "in_conflict": self.in_conflict,
            "left_out": self.left_out, "unlabelled": self.unlabelled, "unknown": self.unknown, "bad": self.bad,
            "classes": dict(self.classes), "unknown_labels": dict(self.unknown_labels.most_common(LISTED)), "few": self.few,
            "events": dict(self.events.most_common(LISTED)), "languages": dict(self.languages.most_common(LISTED)),
            "splits": dict(self.splits), "conflicts": [dict(one.labels) for one in self.conflicts],
            "problems": [list(one) for one in self.problems],
        }  # fmt: skip


def examine(
    items: Iterable[Item], resolve: Callable[[str], str | None], *, passing: Callable[[], object] = bool
) -> tuple[list[LabelledText], Report]:
    """(the usable rows with the keys of their categories as labels, the report) of a label file.

    Arguments:
        resolve: label of the file → key of a category, empty to leave it out, None if it is unknown.
        passing: called after every row.
    """
    report, by_text = Report(), defaultdict[str, list[LabelledText]](list)
    for item in items:
        passing()
        report.read += 1
        if isinstance(item, BadRow):
            report.bad += 1
            if len(report.problems) < LISTED:
                report.problems.append((item.line, item.reason))
        elif not isinstance(item, LabelledText):
            report.unlabelled += 1
        elif (category := resolve(item.label)) is None:
            report.unknown_labels[item.label] += 1
        elif not category:
            report.left_out += 1
        else:
            by_text[text_key(item.text)].append(replace(item, label=category))
    return _settled(by_text, report), report


def _settled(by_text: Mapping[str, list[LabelledText]], report: Report) -> list[LabelledText]:
    usable: list[LabelledText] = []
    for same in by_text.values():
        labels: dict[str, list[int]] = {}
        for one in same:
            labels.setdefault(one.label, []).append(one.line)
        if len(labels) > 1:
            report.in_conflict += len(same)
            if len(report.conflicts) < LISTED:
                shown = {label: lines[:LINES_SHOWN] for label, lines in labels.items()}
                report.conflicts.append(Conflict(same[0].text[:EXCERPT], shown))
            continue
        report.copies += len(same) - 1
        usable.append(max(same, key=lambda one: one.weight))  # the most trusted of the copies
    report.usable = len(usable)
    report.classes.update(one.label for one in usable)
    report.events.update(one.event or "" for one in usable)
    report.languages.update(one.lang or "" for one in usable)
    report.splits.update(one.split or "" for one in usable)
    return usable
