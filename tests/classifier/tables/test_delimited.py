"""CSV and its relatives as programs and people write them."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from classifier.tables import BadRow, Reading, Row, UnusableInput, open_table


def read(tmp_path: Path, content: str, name: str = "a.csv", **options: str) -> tuple[Reading, list[tuple[int, Any]]]:
    path = tmp_path / name
    path.write_bytes(content.encode())
    with open_table(str(path), **options) as table:
        return table.reading, list(table.rows())


def repairs(rows: list[tuple[int, Any]]) -> list[tuple[int, str, bool]]:
    return [(one.line, one.kind, one.lossy) for _, row in rows if isinstance(row, Row) for one in row.repairs]


@pytest.mark.parametrize(
    ("content", "name", "delimiter"),
    [
        ("id;text;price\n1;No water, no bread;1,5\n2;Road cut, bridge gone;2,5\n", "a.csv", ";"),
        ("id\ttext\n1\tNo water, no bread\n2\tRoad cut\n", "a.csv", "\t"),
        ("id\ttext\n1\tNo water; no bread\n", "a.txt", "\t"),
        ("id,text\n1,No water\n2,Road cut\n", "a.txt", ","),
        ("id|text|n\n1|No water, no bread|3\n", "a.csv", "|"),
        ("id,text\n1,No water\n", "a.tsv", ","),
        ("lat;lon;text\n36,2;36,1;Help\n36,3;36,2;Boats\n", "a.csv", ";"),
        ('id;text\n1;"a; b; c"\n2;"d, e, f"\n', "a.csv", ";"),
        ("text\nWater, please\nBoats\nRoad, bridge and, school\n", "a.csv", ","),
    ],
)
def test_the_delimiter_is_found_from_the_content(tmp_path: Path, content: str, name: str, delimiter: str) -> None:
    reading, rows = read(tmp_path, content, name)
    assert reading.delimiter == delimiter and reading.form == ("tsv" if delimiter == "\t" else "csv")
    assert reading.header == tuple(content.split("\n", 1)[0].split(delimiter))
    assert len(rows) == content.count("\n") - 1 and all(isinstance(row, Row) for _, row in rows)


@pytest.mark.parametrize("first", ["sep=;", "SEP=;", '"sep=;"', "\ufeffsep=;", "sep=;\r"])
def test_a_line_for_excel_states_the_delimiter(tmp_path: Path, first: str) -> None:
    reading, rows = read(tmp_path, f"{first}\nid;text\n1;a,b\n")
    assert (reading.delimiter, reading.skipped) == (";", 1)
    assert rows == [(3, {"id": "1", "text": "a,b"})]


def test_a_stated_delimiter_is_used(tmp_path: Path) -> None:
    assert read(tmp_path, "id~text\n1~a,b\n", delimiter="~")[1] == [(2, {"id": "1", "text": "a,b"})]
    with pytest.raises(UnusableInput, match="one character"):
        read(tmp_path, "id,text\n", delimiter="::")


@pytest.mark.parametrize(
    ("content", "header", "skipped"),
    [
        ("\n\nid,text\n1,a\n", ("id", "text"), 2),
        ("Survey 2023\n\nid,text\n1,a\n2,b\n", ("id", "text"), 2),
        ("# made by a tool\nid,text\n1,a\n", ("id", "text"), 1),
        ("Export,,\nof,May,\nid,text,date\n1,a,b\n2,c,d\n", ("id", "text", "date"), 2),
        (",,\n,,\nNummer,Nachricht,Ort\n1,a,b\n", ("Nummer", "Nachricht", "Ort"), 2),
        (" id , Tweet\u00a0 Text ,\ufeffdate\u200b\n1,a,b\n", ("id", "Tweet Text", "date"), 0),
        ('id,"What do\nyou need?"\n1,a\n', ("id", "What do you need?"), 0),
        ('"Your\nmessage",place\na,b\n', ("Your message", "place"), 0),
        ("text,text,id\na,b,1\n", ("text", "text 2", "id"), 0),
        (",id,text\n0,1,a\n1,2,b\n", ("id", "text"), 0),
        ('id,"text\n1,a\n2,b\n', ("id", "text"), 0),
        ("Einsatz\nWasser\nBoote\n", ("Einsatz",), 0),
        ("1,2\n3,4\n", ("1", "2"), 0),
    ],
)
def test_the_header_is_found(tmp_path: Path, content: str, header: tuple[str, ...], skipped: int) -> None:
    reading, rows = read(tmp_path, content)
    assert (reading.header, reading.skipped) == (header, skipped)
    assert rows and all(isinstance(row, Row) for _, row in rows)


def test_columns_without_a_name_are_dropped_while_they_are_empty(tmp_path: Path) -> None:
    reading, rows = read(tmp_path, "id,text,,\n1,a,,\n2,b,,\n")
    assert reading.header == ("id", "text") and [row for _, row in rows] == [
        {"id": "1", "text": "a"},
        {"id": "2", "text": "b"},
    ]
    reading, rows = read(tmp_path, "id,text,,lang\n1,a,note,en\n2,b,,fr\n")
    assert rows[0][1] == {"id": "1", "text": "a", "column 3": "note", "lang": "en"}
    assert rows[1][1] == {"id": "2", "text": "b", "lang": "fr"}
    assert repairs(rows) == []


@pytest.mark.parametrize(
    ("content", "tags"),
    [
        ("id,text\n#meta+id,#description\n1,a\n", {"id": "#meta+id", "text": "#description"}),
        ("#meta+id,#description\n1,a\n", {"#meta+id": "#meta+id", "#description": "#description"}),
        ("Title,\nid,text\n #Meta +ID , #description\n1,a\n", {"id": "#meta+id", "text": "#description"}),
        ("id,text,\n,#description +lang+en,\n1,a,\n", {"text": "#description+lang+en"}),
        ("id,text\n1,#earthquake\n", {}),
        ("text\n#flood\n#water\n", {}),
        ("text,more\n#loving,#coffee\n", {}),
    ],
)
def test_hxl_tags_are_read_and_hashtags_of_posts_are_not_tags(
    tmp_path: Path, content: str, tags: dict[str, str]
) -> None:
    reading, rows = read(tmp_path, content)
    assert reading.hxl == tags
    assert not tags or [list(row.values()) for _, row in rows] == [["1", "a"]]


@pytest.mark.parametrize(
    ("row", "expected", "kinds"),
    [
        ("1,a b", {"id": "1", "text": "a b", "place": "", "date": ""}, ["cells_missing"]),
        ("1,a b,c", {"id": "1", "text": "a b", "place": "c", "date": ""}, ["cells_missing"]),
        ("1,a b,c,d,,", {"id": "1", "text": "a b", "place": "c", "date": "d"}, ["cells_extra"]),
        ("1", BadRow(2, "The row has 1 cell, but the header has 4."), []),
        ("1,23", BadRow(2, "The row has 2 cells, but the header has 4."), []),
        ("1,a, b,c,d", BadRow(2, "The row has 5 cells, but the header has 4."), []),
        ('1,"a b,c,d', {"id": "1", "text": '"a b', "place": "c", "date": "d"}, ["quote"]),
        ('1,"a" b,c,d', {"id": "1", "text": '"a" b', "place": "c", "date": "d"}, ["quote"]),
        ('1,"a, b" c,"c,d",e', {"id": "1", "text": '"a, b" c', "place": "c,d", "date": "e"}, ["quote"]),
        (
            r'1,"he said \"go, now\"",c,d',
            {"id": "1", "text": 'he said "go, now"', "place": "c", "date": "d"},
            ["quote"],
        ),
        ('1, "a, b",c,d', {"id": "1", "text": "a, b", "place": "c", "date": "d"}, []),
        ("1,a\0b,c,d", {"id": "1", "text": "ab", "place": "c", "date": "d"}, ["nul"]),
    ],
)
def test_a_row_is_repaired_only_where_one_reading_is_possible(
    tmp_path: Path, row: str, expected: Any, kinds: list[str]
) -> None:
    _, rows = read(tmp_path, f"id,text,place,date\n{row}\n2,next,p,d\n")
    assert rows[0] == (2, expected) and rows[1] == (3, {"id": "2", "text": "next", "place": "p", "date": "d"})
    assert [kind for _, kind, _ in repairs(rows)] == kinds


@pytest.mark.parametrize(
    ("row", "text"),
    [
        ("2023-02-06,1,Water, bread, tents", "Water, bread, tents"),
        ("2023-02-06,1,Water,,please", "Water,,please"),
        ("Beira,1,Water, bread", None),
        ("2023-02-06,1,5, bread", None),
    ],
)
def test_commas_in_a_last_column_without_quotation_marks(tmp_path: Path, row: str, text: str | None) -> None:
    _, ((line, found), _) = read(tmp_path, f"date,id,text\n{row}\n2023-02-06,2,Boats\n")
    assert line == 2 and (found["text"] == text if text else isinstance(found, BadRow))


def rows_with(*odd: str) -> str:
    """Twelve rows with ids of eleven digits, some of them replaced."""
    rows = [f"100000000{number:02},Water in street {number},en" for number in range(12)]
    for number, text in enumerate(odd):
        rows[3 * number + 1] = text
    return "id,text,lang\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    "odd",
    [
        ('10000000001,"open,en',),
        ('10000000001,"open,en', '10000000004,it is 5",en'),
        ('10000000001,"open,en', '10000000004,"open again,en'),
        ('10000000001,"open,en', '10000000004,"closed, here",en'),
        ('10000000001,"a ""word"" and open,en', '10000000004,5" deep,en', '10000000007,"x" y,en'),
        ('10000000001,"open,en', '10000000004,"two\nlines",en'),
    ],
)
def test_no_row_after_an_open_quotation_mark_is_lost(tmp_path: Path, odd: tuple[str, ...]) -> None:
    _, rows = read(tmp_path, rows_with(*odd))
    assert [row["id"] for _, row in rows] == [f"100000000{number:02}" for number in range(12)]
    assert rows[1][1]["text"].startswith('"') and {line for line, _, _ in repairs(rows)} >= {3}


@pytest.mark.parametrize(
    "cell",
    ["one\ntwo", "one,\ntwo, three\nfour", "1, apples\n2, pears", "x\n\n\ny", 'he said "go"\nand went', "a\r\nb"],
)
def test_a_cell_of_several_lines_stays_whole(tmp_path: Path, cell: str) -> None:
    out = io.StringIO()
    csv.writer(out).writerows([["id", "text"], ["7", cell], ["8", "next"]])
    _, rows = read(tmp_path, out.getvalue())
    assert [row for _, row in rows] == [{"id": "7", "text": cell}, {"id": "8", "text": "next"}]
    assert repairs(rows) == []


def test_a_list_in_a_cell_is_not_taken_for_rows(tmp_path: Path) -> None:
    content = 'id,text\n10001,"List:\n1, apples\n2, pears\n3, bread"\n10002,next\n10003,last\n'
    assert [row["text"] for _, row in read(tmp_path, content)[1]] == [
        "List:\n1, apples\n2, pears\n3, bread",
        "next",
        "last",
    ]


def test_lines_that_stand_in_quotation_marks_as_a_whole_are_rows(tmp_path: Path) -> None:
    lines = ["id,text", '1,"hello, you"', "2,b", '3,"he said ""go"""']
    content = "".join('"' + line.replace('"', '""') + '"\r\n' for line in lines)
    reading, rows = read(tmp_path, content + '"4,last"')
    assert reading.header == ("id", "text") and "quotation marks" in reading.notes[0]
    assert [row["text"] for _, row in rows] == ["hello, you", "b", 'he said "go"', "last"]
    reading, rows = read(tmp_path, '"text"\r\n"hello, you"\r\n"boats, please"\r\n')
    assert (reading.header, reading.notes) == (("text",), ()) and rows[0][1] == {"text": "hello, you"}


def test_lines_may_end_as_on_an_old_macintosh(tmp_path: Path) -> None:
    assert [row for _, row in read(tmp_path, "id,text\r1,a\r2,b\r")[1]] == [
        {"id": "1", "text": "a"},
        {"id": "2", "text": "b"},
    ]


def test_a_cell_of_line_breaks_at_the_start_of_a_row_is_a_cell(tmp_path: Path) -> None:
    rest = "Water is rising\t2026-11-30T03:54:29Z\ten\tana\t-19.84\t34.84"
    content = (
        f'id\ttext\tcreated_at\tlang\tauthor\tlatitude\tlongitude\n1\t{rest}\n2\t{rest}\n"\t\r\n"\t{rest}\n4\t{rest}\n'
    )
    rows = read(tmp_path, content, "a.tsv")[1]
    assert [row["id"] for _line, row in rows] == ["1", "2", "\t\r\n", "4"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_carriage_return_within_a_cell_ends_no_row(tmp_path: Path, end: str) -> None:
    content = end.join(
        ["id,text,lang", "1,Bridge out\rat Dondo,en", "2,No water,en", '3,"Clinic\rfull, no beds",en', ""]
    )
    rows = read(tmp_path, content)[1]
    assert [row["text"] for _line, row in rows] == ["Bridge out\rat Dondo", "No water", "Clinic\rfull, no beds"]


def test_lines_that_end_with_carriage_returns_are_lines(tmp_path: Path) -> None:
    rows = read(tmp_path, "id,text\r1,Bridge out\r2,No water\r")[1]
    assert [row["text"] for _line, row in rows] == ["Bridge out", "No water"]
