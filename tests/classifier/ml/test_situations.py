"""The situations that come with the package: every block in every language, with labels that are known."""

from collections import Counter
from pathlib import Path

import pytest

from classifier.categories import CATEGORY_IDS, NEEDS, PRIORITIES
from classifier.errors import TrainingError
from classifier.ml import datasets, situations, sources

LANGUAGES = "en es fr pt it el tr ar fa ur hi bn ne id tl sw ru uk zh ja".split()


def test_every_situation_is_told_once_in_every_language_with_known_labels() -> None:
    rows = list(situations.read())
    told = Counter((row["id"], row["lang"]) for row in rows)
    names = {row["id"] for row in rows}
    assert len(names) >= 100 and set(told) == {(name, lang) for name in names for lang in LANGUAGES}
    assert set(told.values()) == {1}
    assert {row["category"] for row in rows} == set(CATEGORY_IDS)
    assert {row["priority"] for row in rows} == set(PRIORITIES)
    assert {need for row in rows for need in row["needs"]} <= set(NEEDS)
    assert all((row["emergency"] == "0") == (row["category"] == "not_humanitarian") for row in rows)


def test_places_stand_where_the_marks_stood() -> None:
    rows = list(situations.read())
    assert all("[[" not in row["text"] and "]]" not in row["text"] for row in rows)
    for row in rows:
        for place in row["location_mentions"]:
            assert row["text"][place["start"] : place["end"]] == place["text"]


def test_they_are_learnt_by_every_task_when_asked_for(corpus: Path) -> None:
    without, along = datasets.load(corpus), datasets.load(corpus, situations=True)
    rows = len(list(situations.read()))
    for task, source in sources.SITUATIONS.items():
        added = [e for e in along.train[task] if e.source == "situations"]
        assert rows * 0.95 <= len({e.text for e in added}) <= rows
        assert len(added) == source.times * len({e.text for e in added})
        assert len(along.train[task]) - len(added) == len(without.train[task])
    assert along.sources["situations"] == rows


def test_a_line_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.txt").write_text("## x01 | sympathy_and_support | 1 | Low\nen: hello\n")
    monkeypatch.setattr(situations, "FOLDER", tmp_path)
    with pytest.raises(TrainingError, match=r"x\.txt, line 1"):
        list(situations.read())
