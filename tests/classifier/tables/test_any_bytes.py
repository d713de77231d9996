"""Whatever bytes come: rows, bad rows or a refusal, and what a program wrote is read as it was written."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from classifier.tables import BadRow, Row, UnusableInput, open_table

FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = ("a.csv", "a.tsv", "a.txt", "a.json", "a.jsonl", "a.csv.gz", "a.zip", "a.xlsx", "a.ods", "a.xls", "a")
BEGINNINGS = (
    b"", b"\xff\xfe", b"\xef\xbb\xbf", b"\xff\xfe\0\0", b"PK\x03\x04", b"\x1f\x8b\x08", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"[{",
    b'{"a":', b"sep=;\n", b'id,text\n1,"', b"window.YTD.a = [", b"#date,#loc+name\n", b"[[[[", b'{"data": [',
)  # fmt: skip
PIECES = st.sampled_from(
    [b'"', b",", b";", b"\t", b"|", b"\n", b"\r", b"\r\n", b"\0", b"{", b"}", b"[", b"]", b":", b"\\", b"NaN", b"1e999", b"\xe9",
     b"\xff", b"\xd8\x00", "é".encode(), "水".encode(), b"id", b"text", b"#meta+id", b" ", b"=1+1", b"null", b'"a"', b"\x85", b"\x1c"]
)  # fmt: skip
CONTENT = st.one_of(st.binary(max_size=400), st.lists(PIECES, max_size=60).map(b"".join))
CODECS = ("utf-8", "utf-8-sig", "utf-16", "utf-32")  # what is certain; UTF-16 without a mark is tested on sentences


def read(path: Path, content: bytes, **options: str) -> list[tuple[int, Row | BadRow]]:
    path.write_bytes(content)
    with open_table(str(path), **options) as table:
        return list(table.rows())


@FEW
@given(name=st.sampled_from(NAMES), beginning=st.sampled_from(BEGINNINGS), content=CONTENT)
@example(name="a.csv", beginning=b"", content=b"\xff\xfe\0")
@example(name="a.json", beginning=b"", content=b"[" * 500)
@example(name="a.json", beginning=b"", content=b'["\\')
def test_any_bytes_are_rows_or_a_refusal(tmp_path: Path, name: str, beginning: bytes, content: bytes) -> None:
    try:
        rows = read(tmp_path / name, beginning + content)
    except UnusableInput as error:
        assert str(error)
        return
    lines = [line for line, _ in rows]
    assert lines == sorted(lines) and all(line > 0 for line in lines)
    assert len(rows) <= len(beginning + content) + 1
    for line, row in rows:
        assert isinstance(row, Row | BadRow) and (isinstance(row, Row) or row.line == line)


def cells(minimum: int = 1) -> st.SearchStrategy[str]:
    alphabet = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufeff") | st.sampled_from(
        ',;\t|"\n '
    )
    return st.text(alphabet, min_size=minimum, max_size=12).filter(lambda cell: not cell or bool(cell.strip()))


@FEW
@given(
    rows=st.lists(st.tuples(st.integers(1, 10**18), cells(), cells(0)), min_size=1, max_size=6),
    delimiter=st.sampled_from(",;\t|"),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    codec=st.sampled_from(CODECS),
)
def test_what_a_program_wrote_is_read_back(
    tmp_path: Path, rows: list[tuple[int, str, str]], delimiter: str, end: str, quoting: Any, codec: str
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerows([("id", "text", "place"), *rows])
    content = out.getvalue().encode(codec)
    assume(codec != "utf-32" or len(content) % 4 == 0)
    found = read(tmp_path / "a.csv", content)
    assert [tuple(row.values()) for _, row in found if isinstance(row, Row)] == [
        (str(number), text, place) for number, text, place in rows
    ]
    assert not any(row.repairs for _, row in found if isinstance(row, Row))


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | cells(0),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(cells(), inner, max_size=3),
    max_leaves=8,
)


@FEW
@given(
    rows=st.lists(st.dictionaries(cells(), VALUES, min_size=1, max_size=4), min_size=2, max_size=5),
    indent=st.sampled_from([None, 0, 2]),
    ascii_only=st.booleans(),
    codec=st.sampled_from(CODECS[:3]),
)
@pytest.mark.parametrize("array", [True, False], ids=["array", "one after another"])
def test_json_is_read_back(
    tmp_path: Path, rows: list[dict[str, Any]], indent: int | None, ascii_only: bool, codec: str, array: bool
) -> None:
    text = json.dumps(rows, indent=indent, ensure_ascii=ascii_only)
    if not array:
        text = "\n".join(json.dumps(row, indent=indent, ensure_ascii=ascii_only) for row in rows)
    assert [row for _, row in read(tmp_path / "a.json", text.encode(codec))] == rows
