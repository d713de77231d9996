"""Rows of files."""

import gzip
from pathlib import Path

import pytest

from classifier.tables import BadRow, Row, UnusableInput, read_rows


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
    assert rows == [(2, BadRow(2, "1 cells where the header has 2")), (3, {"id": "2", "text": "ok"})]
    rows = list(read_rows(write(tmp_path / "a.ndjson", 'nonsense\n["list"]\n{"text": "ok"}\n')))
    assert [type(row) for _, row in rows] == [BadRow, BadRow, Row]
    assert str(rows[1][1]) == "line 2: not a JSON object"


def test_a_byte_order_mark_and_nul_characters_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbfid,text\n1,a\x00b\n")
    assert list(read_rows(str(path))) == [(2, {"id": "1", "text": "ab"})]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv", "", "empty"),
        ("a.xlsx", "x", "--format"),
        ("a.csv.gz", None, "cannot be read"),
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
        (3, BadRow(3, "a row has more than 1,000,000 characters")),
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
    with pytest.raises(UnusableInput, match="does not end"):
        list(read_rows(str(path)))
