"""Tables of labels: read as people have them, and refused with a reason."""

import json
from pathlib import Path

import pytest

from classifier.errors import TrainingError
from classifier.ml.custom import label_tables, schema
from classifier.ml.custom.schema import CustomClass
from tests.classifier import own_labels


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_with_class_names_of_its_own_is_read(tmp_path: Path) -> None:
    found = label_tables.read(own_labels.write(tmp_path / "l.csv", own_labels.rows(30)))
    assert {one.key for one in found.classes} == set(own_labels.CLASSES)
    assert len(found.rows) == 30 and {row.event for row in found.rows} <= set(own_labels.EVENTS)
    assert found.rows[0].lang == "en" and found.rows[0].weight == 1.0


def test_ndjson_and_other_column_names_are_read(tmp_path: Path) -> None:
    lines = [{"tweet": f"text number {n}", "kind": "a" if n % 2 else "b", "believed": 0.5} for n in range(6)]
    path = write(tmp_path / "l.ndjson", "".join(json.dumps(line) + "\n" for line in lines))
    found = label_tables.read(path, columns={"text": "tweet", "label": "kind", "weight": "believed"})
    assert [one.key for one in found.classes] == ["a", "b"] and found.rows[0].weight == 0.5
    with pytest.raises(TrainingError, match="no column for the"):
        label_tables.read(path)


def test_copies_count_once_with_the_label_of_most(tmp_path: Path) -> None:
    path = write(
        tmp_path / "l.csv",
        "text,label\nRoad is closed,a\nROAD is closed!,a\nroad is closed,b\nother text,b\nno idea,a\nNo idea,b\n,a\nx,\n",
    )
    found = label_tables.read(path)
    assert {(row.text, found.classes[row.target].key) for row in found.rows} == {
        ("Road is closed", "a"),
        ("other text", "b"),
    }
    said = " ".join(found.notes)
    assert (
        "3 rows left out as a copy" in said
        and "1 text with different labels" in said
        and "1 row left out: no label" in said
        and "1 bad row left out" in said
    )


def test_a_label_map_renames_and_drops(tmp_path: Path) -> None:
    path = write(tmp_path / "l.csv", "text,label\none,flood\ntwo,Flooding\nthree,fire\nfour,junk\n")
    mapped = schema.read_label_map(write(tmp_path / "map.json", '{"Flooding": "flood", "junk": null}'))
    found = label_tables.read(path, label_map=mapped)
    assert [one.key for one in found.classes] == ["fire", "flood"] and len(found.rows) == 3
    assert schema.read_label_map(write(tmp_path / "map.csv", "label,category\nFlooding,flood\njunk,\n")) == mapped


def test_a_schema_names_the_classes_and_an_unknown_label_is_refused(tmp_path: Path) -> None:
    content = {
        "name": "ours",
        "categories": [
            {"key": "w", "name": "Wasser", "maps_to": "requests_or_urgent_needs", "color": "#2266aa"},
            {"key": "f", "name": "Feuer", "maps_to": None},
            {"key": "never", "name": "Never used", "color": "teal", "glyph": "siren", "offered": True},
            {"key": "old", "name": "Old", "merged_into": "w"},
        ],
    }
    classes, merged = schema.read_schema(write(tmp_path / "schema.json", json.dumps(content)))
    assert merged == {"old": "w"}
    assert classes[0] == CustomClass("w", "Wasser", "requests_or_urgent_needs", "#2266aa") and classes[1].maps_to == ""
    found = label_tables.read(write(tmp_path / "l.csv", "text,label\none,w\ntwo,f\n"), classes=classes)
    assert [one.key for one in found.classes] == ["w", "f"] and "Never used" in found.notes[0]
    named = label_tables.read(write(tmp_path / "l.csv", "text,label\none,Wasser\ntwo,feuer\nsix,f\n"), classes=classes)
    assert [named.classes[row.target].key for row in named.rows] == ["w", "f", "f"]  # names do, in any letter case
    with pytest.raises(TrainingError, match="'z' is not in the schema"):
        label_tables.read(write(tmp_path / "l.csv", "text,label\none,w\ntwo,z\n"), classes=classes)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({"categories": [{"key": "a"}, {"key": "a"}]}, "same key"),
        ({"categories": [{"key": "a"}]}, "there is 1"),
        ({"categories": [{"key": "a", "maps_to": "weather"}, {"key": "b"}]}, "maps to 'weather'"),
        ({"categories": [{"key": "a", "color": "#red"}, {"key": "b"}]}, "#rrggbb"),
        ({"categories": [{"key": "a"}, {"key": "b"}, {"key": "c", "merged_into": "d"}]}, "merged into 'd'"),
        ({"categories": [{"key": "a\x00"}, {"key": "b"}]}, "can't be a class"),
        ({"categories": "a"}, "list"),
        ([1], "list"),
    ],
)
def test_a_bad_schema_is_refused(tmp_path: Path, content: object, why: str) -> None:
    with pytest.raises(TrainingError, match=why):
        schema.read_schema(write(tmp_path / "schema.json", json.dumps(content)))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("text,label\none,a\n", "there is 1"),
        ("text,label\n", "no labelled texts|no rows|empty"),
        ("text,label\none," + "x" * 101 + "\n", "can't be a class"),
    ],
)
def test_a_bad_table_is_refused_with_a_reason(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(TrainingError, match=why):
        label_tables.read(write(tmp_path / "l.csv", text))
    with pytest.raises(TrainingError, match="there is no file"):
        label_tables.read(tmp_path / "absent.csv")


def test_the_export_of_a_labelling_tool_is_read_as_it_is(tmp_path: Path) -> None:
    tasks = [
        {
            "id": n,
            "data": {"text": f"text number {n}", "event": "flood"},
            "annotations": [{"result": [{"type": "choices", "value": {"choices": ["a" if n % 2 else "b c/d"]}}]}],
        }
        for n in range(6)
    ]
    found = label_tables.read(write(tmp_path / "tasks.json", json.dumps(tasks)))
    assert [one.key for one in found.classes] == ["a", "b c/d"] and len(found.rows) == 6
    lines = "".join(
        json.dumps({"id": n, "text": f"text {n}", "label": ["x" if n % 2 else "y"]}) + "\n" for n in range(6)
    )
    found = label_tables.read(write(tmp_path / "doccano.jsonl", lines))
    assert [one.key for one in found.classes] == ["x", "y"]
