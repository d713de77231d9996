"""Divides labelled texts into train, dev and test, so that a score says what the model does with texts it never saw.

Copies of a text fall on one side. Where the file names events, whole events are held out, because the next event is
what the model will be used on. The file's own `split` column comes first.
"""

import random
import zlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from classifier.errors import TrainingError
from classifier.ml.custom.label_tables import TrainingText
from classifier.ml.custom.schema import CustomClass
from classifier.ml.datasets import copy_keys
from classifier.tables.rows import counted

PARTS = ("train", "dev", "test")
FEWEST_EVENTS = 4
FEWEST_OF_CLASS = 3  # distinct texts: one for each part
LARGE = 1_000  # texts, from which a smaller share is held out
TRIALS = 400  # random choices of events
MOST_OFF = 0.12  # by how much the share of the held-out events may differ from the wanted one
COLUMN, EVENTS, COPIES = "column", "events", "copies"


@dataclass
class Split:
    """The three parts.

    Arguments:
        how: `column` of the file, whole `events`, or groups of `copies` drawn at random.
        notes: sentences about the division, for people.
    """

    train: list[TrainingText] = field(default_factory=list)
    dev: list[TrainingText] = field(default_factory=list)
    test: list[TrainingText] = field(default_factory=list)
    how: str = COPIES
    notes: list[str] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Part → number of texts."""
        return {part: len(getattr(self, part)) for part in PARTS}


def divide(rows: Sequence[TrainingText], classes: Sequence[CustomClass], *, seed: int = 7) -> Split:
    """Divide the texts of a file.

    Raises:
        TrainingError: a class has too few distinct texts for three parts.
    """
    groups = _groups(rows)
    if any(row.split for row in rows):
        split = _by_column(rows, groups, classes, seed)
    else:
        events = {row.event for row in rows if row.event}
        sides, why_not = _by_events(rows, classes, seed) if len(events) >= FEWEST_EVENTS else ({}, _few(len(events)))
        if sides:
            split = _apart(rows, groups, [sides[row.event] for row in rows], EVENTS)
            held = {part: sorted(name for name, side in sides.items() if side == part) for part in ("dev", "test")}
            split.notes.insert(
                0, f"Whole events are held out: {_list(held['test'])} for the test, {_list(held['dev'])} for dev."
            )
        else:
            split = _apart(rows, groups, _by_copies(rows, groups, classes, seed), COPIES)
            split.notes.insert(
                0, f"Texts were divided at random, copies together, because {why_not}. Expect less on a new event."
            )
    _check(split, classes)
    return split


def _few(events: int) -> str:
    if not events:
        return "the file has no column `event`"
    return f"the file names {events} event{'s' if events > 1 else ''} and {FEWEST_EVENTS} are needed to hold whole events out"


def _shares(rows: int) -> float:
    return 0.15 if rows >= LARGE else 0.2


def _groups(rows: Sequence[TrainingText]) -> list[int]:
    """The group of copies that each row belongs to."""
    parent = list(range(len(rows)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    first: dict[str, int] = {}
    for at, row in enumerate(rows):
        for key in copy_keys(row.text):
            if key:
                parent[root(at)] = root(first.setdefault(key, at))
    return [root(at) for at in range(len(rows))]


def _by_events(rows: Sequence[TrainingText], classes: Sequence[CustomClass], seed: int) -> tuple[dict[str, str], str]:
    """Event → part, and why there is none. Rows without an event are an event of their own."""
    table: dict[str, Counter[int]] = defaultdict(Counter)
    for row in rows:
        table[row.event][row.target] += 1
    present = {row.target for row in rows}
    share, rng = _shares(len(rows)), random.Random(seed)  # noqa: S311 - a sample, not a secret
    best: tuple[float, dict[str, str]] | None = None
    for _ in range(TRIALS):
        order = sorted(table)
        rng.shuffle(order)
        sides = _filled(order, table, share * len(rows))
        counts = {part: sum((table[name] for name in sides if sides[name] == part), Counter()) for part in PARTS}
        if not all(counts[part] for part in PARTS) or set(+counts["train"]) != present:
            continue
        off = max(abs(counts[part].total() / len(rows) - share) for part in ("dev", "test"))
        absent = sum(len(present - set(counts[part])) for part in ("dev", "test"))
        if off <= MOST_OFF and (best is None or (absent, off) < (best[0] // 1, best[0] % 1)):
            best = (absent + min(off, 0.99), sides)
    if best is None:
        return {}, "no choice of whole events leaves every class in the training part and about a fifth for the test"
    return best[1], ""


def _filled(order: Sequence[str], table: dict[str, Counter[int]], wanted: float) -> dict[str, str]:
    """Events in this order fill the test, then dev, then train."""
    sides, filled = {}, {"test": 0, "dev": 0}
    for name in order:
        size = table[name].total()
        part = next((p for p in filled if filled[p] + size / 2 <= wanted), "train")
        if part != "train":
            filled[part] += size
        sides[name] = part
    return sides


def _by_copies(
    rows: Sequence[TrainingText], groups: Sequence[int], classes: Sequence[CustomClass], seed: int
) -> list[str]:
    """The part of each row: groups of copies, class by class, in an order that depends on the text alone."""
    members: dict[int, list[int]] = defaultdict(list)
    for at, group in enumerate(groups):
        members[group].append(at)
    of_class: dict[int, list[int]] = defaultdict(list)
    for group, found in members.items():
        target = Counter(rows[at].target for at in found).most_common(1)[0][0]
        of_class[target].append(group)
    _require_enough(of_class, rows, classes)
    share, sides = _shares(len(rows)), [""] * len(rows)
    for mine in of_class.values():
        mine.sort(key=lambda group: (zlib.crc32(f"{seed}:{copy_keys(rows[group].text)[-1]}".encode()), group))
        held = max(1, round(share * len(mine)))
        for number, group in enumerate(mine):
            part = "test" if number < held else "dev" if number < 2 * held else "train"
            for at in members[group]:
                sides[at] = part
    return sides


def _require_enough(
    of_class: dict[int, list[int]], rows: Sequence[TrainingText], classes: Sequence[CustomClass]
) -> None:
    for target in sorted({row.target for row in rows} | set(of_class)):
        count = len(of_class.get(target, ()))
        if count < FEWEST_OF_CLASS:
            raise TrainingError(
                f"The class {classes[target].name!r} has {count} distinct text{'' if count == 1 else 's'}, and "
                f"{FEWEST_OF_CLASS} are needed: one to learn, one to calibrate, one to test. Label more, or merge it into "
                "another class with --label-map"
            )


def _by_column(rows: Sequence[TrainingText], groups: Sequence[int], classes: Sequence[CustomClass], seed: int) -> Split:
    """The file's own parts; what is missing is taken from the training part."""
    sides = [row.split or "train" for row in rows]
    missing = [part for part in ("dev", "test") if part not in sides]
    notes = ["The file's column `split` was followed."]
    if missing:
        own = [at for at, side in enumerate(sides) if side == "train"]
        drawn = _by_copies([rows[at] for at in own], _groups([rows[at] for at in own]), classes, seed)
        for at, part in zip(own, drawn, strict=True):
            sides[at] = part if part in missing else "train"
        notes.append(f"It names no {' and no '.join(missing)} rows: some were taken from the training part.")
    split = _apart(rows, groups, sides, COLUMN)
    split.notes[:0] = notes
    return split


def _apart(rows: Sequence[TrainingText], groups: Sequence[int], sides: Sequence[str], how: str) -> Split:
    """The parts, without the texts to learn that have a copy among those held out, and those of dev with one in test."""
    strictest: dict[int, int] = defaultdict(int)
    for group, side in zip(groups, sides, strict=True):
        strictest[group] = max(strictest[group], PARTS.index(side))
    split, dropped = Split(how=how), 0
    for row, group, side in zip(rows, groups, sides, strict=True):
        if PARTS.index(side) < strictest[group]:
            dropped += 1
        else:
            getattr(split, side).append(row)
    if dropped:
        split.notes.append(f"{counted(dropped, 'text')} left out because a copy is held out.")
    return split


def _check(split: Split, classes: Sequence[CustomClass]) -> None:
    """Raise TrainingError unless there is something to learn, to calibrate on and to test on."""
    for part in PARTS:
        if not getattr(split, part):
            raise TrainingError(f"No texts are left for {part}. Use the column `split`, or leave it out of the file")
    learnt = {row.target for row in split.train}
    unlearnt = sorted({row.target for row in [*split.dev, *split.test]} - learnt)
    if unlearnt:
        names = ", ".join(repr(classes[target].name) for target in unlearnt)
        raise TrainingError(f"No text of {names} is left to learn from: every one is held out")
    if len(learnt) < 2:
        raise TrainingError("The training part has a single class; at least two are needed")
    absent = [one.name for at, one in enumerate(classes) if at not in {row.target for row in split.test}]
    if absent:
        split.notes.append(f"The test part has no text of: {', '.join(absent)}. They are left out of the averages.")


def _list(names: Sequence[str]) -> str:
    shown = ", ".join(name or "rows without an event" for name in names[:5])
    return shown + (f" and {len(names) - 5} more" if len(names) > 5 else "")
