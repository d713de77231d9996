"""Parts of a table: copies and events stay on one side, or the reason why not is given."""

from dataclasses import replace
from pathlib import Path

import pytest

from classifier.errors import TrainingError
from classifier.ml.custom import label_tables, splits
from classifier.ml.custom.label_tables import TrainingText
from classifier.ml.custom.schema import CustomClass
from classifier.ml.datasets import copy_keys
from tests.classifier import own_labels

TWO = [CustomClass("a", "a"), CustomClass("b", "b")]


@pytest.fixture
def read(tmp_path: Path) -> label_tables.LabelTable:
    return label_tables.read(own_labels.write(tmp_path / "l.csv", own_labels.rows(300)))


def some(count: int, **columns: str) -> list[TrainingText]:
    return [TrainingText(f"text {n} of {n % 2} {n * n}", n % 2, **columns) for n in range(count)]


def test_whole_events_are_held_out(read: label_tables.LabelTable) -> None:
    split = splits.divide(read.rows, read.classes)
    events = [{row.event for row in part} for part in (split.train, split.dev, split.test)]
    assert split.how == splits.EVENTS and all(events)
    assert not events[0] & events[1] and not events[0] & events[2] and not events[1] & events[2]
    assert 0.1 < len(split.test) / 300 < 0.35 and sum(split.counts().values()) >= 295
    assert "Whole events are held out" in split.notes[0]


def test_without_events_copies_stay_together_and_the_reason_is_given() -> None:
    long = "the same long beginning of a message that was passed on by many people and cut at different ends "
    rows = [TrainingText(f"{long}{n}", 0) for n in range(6)] + some(60)
    split = splits.divide(rows, TWO)
    sides = [{key for row in part for key in copy_keys(row.text)} for part in (split.train, split.dev, split.test)]
    assert not sides[0] & sides[1] and not sides[0] & sides[2] and not sides[1] & sides[2]
    assert split.how == splits.COPIES and "no column `event`" in split.notes[0]
    assert all({row.target for row in part} == {0, 1} for part in (split.train, split.dev, split.test))


def test_the_same_texts_give_the_same_parts_in_any_order() -> None:
    rows = some(80)
    first, again = splits.divide(rows, TWO), splits.divide(rows[::-1], TWO)
    assert {row.text for row in first.test} == {row.text for row in again.test}


def test_events_that_a_class_depends_on_are_not_held_out() -> None:
    rows = [replace(row, event=f"event of {row.target}{n % 2}") for n, row in enumerate(some(80))]
    rows = [replace(row, event=("x", "y")[row.target]) if n > 3 else row for n, row in enumerate(rows)]
    split = splits.divide(rows, TWO)
    assert split.how == splits.COPIES and "no choice of whole events" in split.notes[0]


def test_the_files_own_parts_come_first_and_missing_ones_are_drawn() -> None:
    rows = [replace(row, split="test" if n < 20 else "train") for n, row in enumerate(some(80))]
    split = splits.divide(rows, TWO)
    assert (
        {row.text for row in split.test} == {row.text for row in rows[:20]} and split.dev and split.how == splits.COLUMN
    )
    copied = replace(rows[0], text=rows[0].text.upper(), split="train")
    assert "1 text left out because a copy is held out." in splits.divide([*rows, copied], TWO).notes


def test_a_class_with_too_few_texts_is_named() -> None:
    rows = [*[replace(row, target=0) for row in some(20)], TrainingText("alone", 1)]
    with pytest.raises(TrainingError, match="'b' has 1 distinct text, and 3 are needed"):
        splits.divide(rows, TWO)
    held = [replace(row, target=0) for row in some(20)] + [TrainingText("b of test", 1, split="test")]
    with pytest.raises(TrainingError, match="No text of 'b' is left to learn from"):
        splits.divide(held, TWO)
