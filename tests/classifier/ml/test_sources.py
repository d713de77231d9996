"""Label files: the public originals and any other table, told plainly when unusable."""

import gzip
import json
from pathlib import Path

import pytest

from classifier.categories import CATEGORY_IDS, NEEDS, PRIORITIES
from classifier.errors import TrainingError
from classifier.ml import datasets, sources


def test_the_humaid_original_is_known_by_its_own_columns(tmp_path: Path) -> None:
    (tmp_path / "humaid_train.tsv").write_text(
        "tweet_id\ttweet_text\tclass_label\n1\tPray for them\tsympathy_and_support\n"
    )
    loaded = datasets.load(tmp_path)
    (example,) = [*loaded.train["category"], *loaded.held_out["category"]]
    assert example.text == "Pray for them" and CATEGORY_IDS[example.target] == "sympathy_and_support"


def test_the_kaggle_original_is_known_by_its_own_columns(tmp_path: Path) -> None:
    path = tmp_path / "nlp-getting-started.train.csv"
    path.write_text("id,keyword,location,text,target\n1,,,Forest fire near the town,1\n2,,,I love fruits,0\n")
    rows = list(sources.SOURCES["nlp-getting-started.train"].read(path))
    assert [row.example.target for row in rows] == [1.0, 0.0]


def test_any_table_can_be_read_with_a_mapping(tmp_path: Path) -> None:
    path = tmp_path / "mine.ndjson"
    path.write_text(json.dumps({"body": "Send water", "urgency": "High", "where": "flood"}) + "\n")
    (row,) = sources.mapped(path, task="priority", columns={"text": "body", "label": "urgency", "event": "where"})
    assert (row.text, PRIORITIES[row.example.target], row.event) == ("Send water", "High", "flood")


def test_a_mapping_to_a_task_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="known are category"):
        list(sources.mapped(tmp_path / "x.csv", task="weather", columns={}))


def test_needs_become_flags(tmp_path: Path) -> None:
    path = tmp_path / "needs.csv"
    path.write_text("text,label\nSend water and food,water|food\nNothing,\n")
    first, second = (row.example.target for row in sources.mapped(path, task="needs", columns={}))
    assert [need for need, flag in zip(NEEDS, first, strict=True) if flag] == ["water", "food"]
    assert not any(second)


def test_what_is_not_applicable_is_left_out_and_other_answers_teach_the_helper(tmp_path: Path) -> None:
    path = tmp_path / "t26.csv"
    kinds = ["Related and informative,Sympathy and support", "Not applicable,x", "Not related,Not labeled"]
    path.write_text("text,label,information_type\n" + "".join(f"Text {i},{k}\n" for i, k in enumerate(kinds)))
    rows = list(sources.SOURCES["crisislex_t26.train"].read(path))
    assert [(row.example.target, row.example.aux) for row in rows] == [(1.0, 1), (0.0, sources.IGNORE)]


def test_offsets_that_do_not_match_their_text_are_not_learnt(tmp_path: Path) -> None:
    path = tmp_path / "places.jsonl"
    mention = {"text": "Beira", "start": 3, "end": 8}
    path.write_text(json.dumps({"text": "In  Beira", "location_mentions": [mention]}) + "\n")
    assert list(sources.mapped(path, task="location", columns={})) == []


@pytest.mark.parametrize(
    "broken", [b"not gzip", gzip.compress(b"text,label\nPray,x\n")[:-9]], ids=["not gzip", "cut off"]
)
def test_a_damaged_file_is_named(tmp_path: Path, broken: bytes) -> None:
    path = tmp_path / "damaged.csv.gz"
    path.write_bytes(broken)
    with pytest.raises(TrainingError, match=r"damaged\.csv\.gz"):
        list(sources.read_table(path))


def test_an_unknown_label_is_named_with_its_row(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("text,label\nGood,sympathy_and_support\nBad,weather\n")
    with pytest.raises(TrainingError, match=r"row 3: unknown category .weather."):
        list(sources.mapped(path, task="category", columns={}))
