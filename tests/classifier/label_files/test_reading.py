"""Label files of every format: what is read, what is refused with its line, and that the counts add up."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from classifier.label_files import LabelFile, LabelledText, Options, Unlabelled, label_map
from classifier.label_reports import examine
from classifier.tables import BadRow, UnusableInput

Write = Callable[..., str]
KNOWN = {"damage": "Damage", "needs": "Urgent needs"}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(content: str | bytes, name: str = "a.csv") -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return str(path)

    return write


def read(path: str, form: str = "", **columns: str) -> list[Any]:
    with LabelFile(path, Options(form=form, columns=columns)) as file:
        return list(file.items())


def test_usual_columns_are_found_and_others_are_kept(write: Write) -> None:
    path = write("tweet_id,tweet_text,class_label,orig_split,where\n17,The bridge fell,damage,dev,Beira\n")
    (one,) = read(path)
    assert (one.text, one.label, one.split, one.id, one.meta) == (
        "The bridge fell",
        "damage",
        "dev",
        "17",
        {"where": "Beira"},
    )


def test_columns_can_be_chosen_and_a_missing_one_is_named_with_those_there_are(write: Write) -> None:
    path = write("a,b\nThe bridge fell,damage\n")
    with pytest.raises(UnusableInput, match=r"no column for the text.*--column text=NAME.*a, b"):
        read(path)
    with pytest.raises(UnusableInput, match="no column 'c'"):
        read(path, text="a", label="c")
    with pytest.raises(UnusableInput, match="no column 'fish'"):
        read(path, text="a", label="b", fish="a")
    (one,) = read(path, text="a", label="b")
    assert one.label == "damage"


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (["", "damage", "", "1"], "The text is empty."),
        (["x" * 10_001, "damage", "", "1"], "10,001 characters"),
        (["ok", "l" * 201, "", "1"], "201 characters"),
        (["ok", "damage", "", "2"], "not above 0 and up to 1"),
        (["ok", "damage", "", "nan"], "not above 0 and up to 1"),
        (["ok", "damage", "", "much"], "is not a number"),
        (["ok", "damage", "sometimes", "1"], "none of train, dev and test"),
        (["a\0b", "damage", "", "1"], "can't be stored"),
        (["\ud800", "damage", "", "1"], "can't be stored"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named_with_its_line_and_the_others_are_read(write: Write, row: list[str], problem: str) -> None:
    names = ("text", "label", "split", "weight")
    rows = [dict(zip(names, one, strict=True)) for one in (["fine", "damage", "", "1"], row, ["good", "needs", "", ""])]
    path = write("".join(json.dumps(one) + "\n" for one in rows), "a.ndjson")
    first, bad, last = read(path)
    assert isinstance(first, LabelledText) and isinstance(last, LabelledText)
    assert isinstance(bad, BadRow) and problem in bad.reason and bad.line == 2


def test_deep_and_large_details_are_refused(write: Write) -> None:
    deep: Any = 1
    for _ in range(20):
        deep = [deep]
    rows = [{"text": "a", "label": "damage", "m": deep}, {"text": "b", "label": "damage", "m": "x" * 20_001}]
    path = write("".join(json.dumps(one) + "\n" for one in rows), "a.ndjson")
    assert [type(one) for one in read(path)] == [BadRow, BadRow]


def test_a_workbook_is_read(tmp_path: Path) -> None:
    from xlsxwriter import Workbook

    with Workbook(str(tmp_path / "a.xlsx")) as book:
        sheet = book.add_worksheet()
        for number, row in enumerate([("text", "label"), ("The bridge fell", "damage")]):
            sheet.write_row(number, 0, row)
    (one,) = read(str(tmp_path / "a.xlsx"))
    assert (one.text, one.label) == ("The bridge fell", "damage")


def test_the_formats_of_tools_are_recognised(write: Write) -> None:
    task = {
        "id": 1,
        "data": {"text": "a"},
        "annotations": [{"result": [{"type": "choices", "value": {"choices": ["damage"]}}]}],
    }
    record = {"fields": {"text": "a"}, "metadata": {"event": "flood"}, "responses": {"what": [{"value": "damage"}]}}
    rows = {
        "label-studio": json.dumps([task]), "argilla": json.dumps([record]),
        "doccano": json.dumps({"id": 1, "text": "a", "label": ["damage"]}) + "\n",
        "prodigy": json.dumps({"text": "a", "accept": ["damage"], "answer": "accept"}) + "\n",
    }  # fmt: skip
    for form, content in rows.items():
        with LabelFile(write(content, "a.json"), Options()) as file:
            assert file.form == form
            (one,) = file.items()
        assert isinstance(one, LabelledText) and (one.text, one.label) == ("a", "damage")


@pytest.mark.parametrize(
    ("form", "row", "kind"),
    [
        ("label-studio", {"data": {"text": "a"}, "annotations": []}, Unlabelled),
        ("label-studio", {"data": {"text": "a"}, "annotations": [{"was_cancelled": True, "result": []}]}, Unlabelled),
        ("label-studio", {"data": {"text": "a"}, "annotations": [{"result": [{"value": {"choices": ["x", "y"]}}]}]}, BadRow),
        ("label-studio", {"data": {"image": "a.png"}, "annotations": [{}]}, BadRow),
        ("label-studio", {"data": 3}, BadRow),
        ("doccano", {"text": "a", "label": []}, Unlabelled),
        ("doccano", {"text": "a", "label": ["x", "y"]}, BadRow),
        ("doccano", {"text": "a", "label": [[0, 1, "LOC"]]}, BadRow),
        ("prodigy", {"text": "a", "label": "x", "answer": "reject"}, Unlabelled),
        ("prodigy", {"text": "a", "accept": ["x", "y"], "answer": "accept"}, BadRow),
        ("argilla", {"fields": {"text": "a"}, "responses": [{"status": "draft", "values": {"q": {"value": "x"}}}]}, Unlabelled),
        ("argilla", {"text": "a", "annotation": None, "metadata": {}}, Unlabelled),
        ("argilla", {"fields": {}, "responses": {}}, BadRow),
    ],
)  # fmt: skip
def test_what_is_no_single_label_is_said(write: Write, form: str, row: dict[str, Any], kind: type) -> None:
    assert [type(one) for one in read(write(json.dumps([row]), "a.json"), form)] == [kind]


def test_two_annotators_give_two_labels(write: Write) -> None:
    answers = [{"result": [{"value": {"choices": [label]}}]} for label in ("damage", "needs")]
    found = read(write(json.dumps([{"data": {"text": "a"}, "annotations": answers}]), "a.json"))
    assert [one.label for one in found] == ["damage", "needs"]


def test_a_folder_of_humaid_s_gives_events_and_splits(write: Write, tmp_path: Path) -> None:
    for split in ("train", "dev"):
        write(
            f"tweet_id\ttweet_text\tclass_label\n1\tThe {split} fell\tdamage\n", f"h/maria_2017/maria_2017_{split}.tsv"
        )
    found = read(str(tmp_path / "h"))
    assert {(one.event, one.split, one.text) for one in found} == {
        ("maria_2017", "train", "The train fell"), ("maria_2017", "dev", "The dev fell"),
    }  # fmt: skip
    with pytest.raises(UnusableInput, match="holds no TSV"):
        (tmp_path / "empty").mkdir()
        read(str(tmp_path / "empty"))


def test_the_counts_add_up_and_conflicts_copies_and_small_classes_are_named(write: Write) -> None:
    path = write(
        "text,label\nThe bridge fell,Damage\nthe bridge fell! http://a.b/c,damage\nWe need water,urgent_needs\n"
        "Pray,damage\nPray,needs\n,damage\nHello,weather\nNothing,skipped\nUnread,\n"
    )  # fmt: skip
    with LabelFile(path, Options()) as file:
        rows, report = examine(file.items(), label_map.resolver({"skipped": ""}, KNOWN))
    assert [(one.text, one.label) for one in rows] == [("The bridge fell", "damage"), ("We need water", "needs")]
    assert (report.read, report.usable, report.copies, report.in_conflict) == (9, 2, 1, 2)
    assert (report.left_out, report.unknown, report.unlabelled, report.bad) == (1, 1, 1, 1)
    assert dict(report.conflicts[0].labels) == {"damage": [5], "needs": [6]}
    assert report.few == {"damage": 1, "needs": 1} and dict(report.unknown_labels) == {"weather": 1}
    assert report.problems == [(7, "The text is empty.")]


def test_label_maps_are_json_or_tables_and_bounded(write: Write) -> None:
    assert label_map.read(write('{"A": "damage", "B": null}', "m.json")) == {"A": "damage", "B": ""}
    assert label_map.read(write("label,category\nA,damage\nB,\n", "m.csv")) == {"A": "damage", "B": ""}
    assert label_map.parse("A = damage\n\nB =\n a=b = needs") == {"A": "damage", "B": "", "a=b": "needs"}
    for content in ('["A"]', '{"A": 3}', "{", json.dumps({str(number): "x" for number in range(1_001)})):
        with pytest.raises(UnusableInput):
            label_map.read(write(content, "m.json"))
    with pytest.raises(UnusableInput, match="label = category"):
        label_map.parse("damage")
    assert label_map.unknown({"A": "Urgent needs", "B": "fish"}, KNOWN | {"Urgent needs": ""}) == ["fish"]
