"""Rows of files."""

import gzip
import io
import json
import sys
from pathlib import Path

import pytest

from classifier.tables import BadRow, Row, UnusableInput, column_named, open_table, read_rows, require_column


def write(path: Path, content: str) -> str:
    path.write_bytes(gzip.compress(content.encode()) if path.suffix == ".gz" else content.encode())
    return str(path)


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_csv_rows_come_with_their_line_numbers(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, 'id,text\n1,"two\nlines"\n2,one\n')
    assert list(read_rows(path)) == [(3, {"id": "1", "text": "two\nlines"}), (4, {"id": "2", "text": "one"})]


def test_tsv_and_ndjson_are_known_by_their_suffix(tmp_path: Path) -> None:
    assert list(read_rows(write(tmp_path / "a.tsv", "id\ttext\n1\ta, b\n"))) == [(2, {"id": "1", "text": "a, b"})]
    assert list(read_rows(write(tmp_path / "a.jsonl", '{"text": "x"}\n\n'))) == [(1, {"text": "x"})]


def test_a_bad_row_is_named_and_does_not_stop_the_rest(tmp_path: Path) -> None:
    rows = list(read_rows(write(tmp_path / "a.csv", "id,text\n1\n2,ok\n")))
    assert rows == [(2, BadRow(2, "The row has 1 cell, but the header has 2.")), (3, {"id": "2", "text": "ok"})]
    rows = list(read_rows(write(tmp_path / "a.ndjson", 'nonsense\n["list"]\n{"text": "ok"}\n')))
    assert [type(row) for _, row in rows] == [BadRow, BadRow, Row]
    assert str(rows[1][1]) == "line 2: This is not a JSON object."


def test_a_byte_order_mark_and_nul_characters_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfid,text\n1,a\x00b\n")
    assert list(read_rows(str(path))) == [(2, {"id": "1", "text": "ab"})]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", "empty"),
        ("a.xlsx", "x", "--format"),
        ("a.csv.gz", None, "not a valid gz archive"),
    ],
)
def test_useless_input_is_refused_with_what_to_do(tmp_path: Path, name: str, content: str | None, message: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"not gzip at all") if content is None else write(path, content)
    with pytest.raises(UnusableInput, match=message):
        list(read_rows(str(path)))


def test_a_missing_file_is_named() -> None:
    with pytest.raises(UnusableInput, match=r"nowhere\.csv: No such file"):
        list(read_rows("nowhere.csv"))


def test_a_line_without_end_is_no_row_and_the_rest_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.ndjson"
    path.write_text('{"text": "a"}\n{"text": "' + "x" * 3_000_000 + '"}\n{"text": "b"}\n')
    first, long, last = read_rows(str(path))
    assert (first, last) == ((1, {"text": "a"}), (3, {"text": "b"}))
    assert isinstance(long[1], BadRow) and long[0] == 2 and "more than 1,000,000 characters" in long[1].reason


def test_a_row_of_many_values_is_bad_and_those_beside_it_are_read(tmp_path: Path) -> None:
    path = tmp_path / "rows.ndjson"
    path.write_text('{"text": "a", "more": [' + "{}," * 10_000 + '{}]}\n{"text": "b"}\n')
    (_, many), (_, plain) = read_rows(str(path))
    assert isinstance(many, BadRow) and "values" in many.reason and plain == {"text": "b"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a," * 2_000_000, "a row has more than 1,000,000 characters"),
        ("a," * 5_000 + "text\n" + "1," * 5_000 + "x\n", "5,001 columns"),
    ],
    ids=["endless header", "columns"],
)
def test_a_table_beyond_bounds_is_refused(tmp_path: Path, content: str, reason: str) -> None:
    path = tmp_path / "rows.csv"
    path.write_text(content)
    with pytest.raises(UnusableInput, match=reason):
        list(read_rows(str(path)))


def test_a_line_beyond_bounds_is_bad_and_those_beside_it_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.csv", "id,text\n1,a\n2," + "x" * 2_000_000 + "\n3,b\n")
    assert list(read_rows(path)) == [
        (2, {"id": "1", "text": "a"}),
        (3, BadRow(3, "The row has more than 1,000,000 characters.")),
        (4, {"id": "3", "text": "b"}),
    ]


def test_a_cell_of_too_many_lines_swallows_none_of_them(tmp_path: Path) -> None:
    lines = "".join(f"{number},bridge {number} is down\n" for number in range(2, 60_000))
    rows = list(read_rows(write(tmp_path / "rows.csv", 'id,text\n1,"open\n' + lines)))
    assert [line for line, _ in rows] == list(range(2, 60_001))
    assert rows[0][1] == {"id": "1", "text": '"open'} and rows[-1][1] == {"id": "59999", "text": "bridge 59999 is down"}
    assert [repair.kind for repair in rows[0][1].repairs] == ["quote"]


def test_a_small_archive_of_one_endless_line_ends_early(tmp_path: Path) -> None:
    path = tmp_path / "rows.ndjson.gz"
    with gzip.open(path, "wb") as packed:
        packed.writelines(b" " * 1_000_000 for _ in range(23))
    with pytest.raises(UnusableInput, match="the line is too long"):
        list(read_rows(str(path)))


@pytest.mark.parametrize(
    ("columns", "wanted", "found"),
    [
        (("Text", "text"), "text", "text"),
        (("Text",), "text", "Text"),
        (("TWEET TEXT",), "tweet_text", "TWEET TEXT"),
        (("tweet-text", "Tweet Text"), "tweet text", "Tweet Text"),
        (("created_at",), "createdAt", "created_at"),
        (("body",), "text", None),
        (("-", ""), " ", None),
    ],
)
def test_a_column_is_found_whatever_its_case_and_separators(
    columns: tuple[str, ...], wanted: str, found: str | None
) -> None:
    assert column_named(columns, wanted) == found == column_named(dict.fromkeys(columns), wanted)


def test_a_required_column_is_returned_or_the_others_are_named() -> None:
    assert require_column({"Tweet Text": "a"}, "tweet_text") == "Tweet Text"
    with pytest.raises(UnusableInput, match=r"no column 'body'\. The file has: id, text"):
        require_column({"id": "1", "text": "a"}, "body")


@pytest.mark.parametrize(
    ("content", "form", "expected"),
    [
        (b'{"text": "a"}\n{"text": "b"}\n', "ndjson", [(1, "a"), (2, "b")]),
        ("text;id\nà;1\n".encode("cp1252"), "csv", None),
        (b"\xff\xfe" + "id,text\n1,a\n".encode("utf-16-le"), "csv", [(2, "a")]),
        (b'[\n {"text": "a"},\n {"text": "b"}\n]', "json", [(2, "a"), (3, "b")]),
    ],
)
def test_standard_input_is_read_once(
    monkeypatch: pytest.MonkeyPatch, content: bytes, form: str, expected: list[tuple[int, str]] | None
) -> None:
    for stream in (io.BytesIO(content), io.BufferedReader(io.BytesIO(content))):  # type: ignore[arg-type]
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stream))
        with open_table("-", form=None if form != "csv" else "csv") as table:
            rows = [(line, row["text"]) for line, row in table.rows() if isinstance(row, Row)]
            assert table.reading.form == form and rows == (expected or [(2, "à")])


def test_packed_standard_input_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(gzip.compress(b"id,text\n"))))
    with pytest.raises(UnusableInput, match="compressed"):
        list(read_rows("-"))


def test_an_object_too_long_to_be_read_at_once_gives_its_rows(tmp_path: Path) -> None:
    posts = [{"id": number, "text": "x" * 900_000} for number in range(20)]
    path = write(tmp_path / "a.json", json.dumps({"type": "x", "posts": posts, "count": 20}, indent=1))
    assert [row["id"] for _, row in read_rows(path) if isinstance(row, Row)] == list(range(20))
    assert all(isinstance(row, Row) for _, row in read_rows(path))


def test_an_id_in_a_formula_that_keeps_excel_from_rounding_is_the_id(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'id,text\n="1622438871234567001",a\n"=""1622438871234567002""",b\n')
    assert [row["id"] for _, row in read_rows(path) if isinstance(row, Row)] == [
        "1622438871234567001",
        "1622438871234567002",
    ]


def test_a_header_with_invalid_bytes_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("id,text,école à Jérémie".encode() + b",caf\xe9\n1,a,b,c\n")
    with open_table(str(path)) as table:
        assert "The header contains invalid bytes." in table.reading.notes
        assert [row for _, row in table.rows()] == [{"id": "1", "text": "a", "école à Jérémie": "b", "caf\ufffd": "c"}]
