"""Files of posts as people have them: every shape and encoding, with odd cells, and then broken."""

import csv
import gzip
import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import xlsxwriter
from hypothesis import strategies as st

from responder.feeds.connectors import x
from tests.fuzz import messages, odd

COLUMNS = ["id", "text", "created_at", "lang", "author", "latitude", "longitude"]
MARK = re.compile(r"<m\d+>")  # stands in each row's text, so that a row that is gone is noticed
MOST_ROWS = 5
Row = dict[str, Any]


@dataclass(frozen=True)
class File:
    """A file as it is offered.

    Arguments:
        rows: how many it has; None where nobody can say any more.
        marks: those that stand in it.
    """

    suffix: str
    content: bytes
    rows: int | None
    marks: frozenset[str]


def row(number: int) -> Row:
    return {
        "id": str(x.id_at(messages.NOW) + number), "text": f"Water is rising, <m{number}> send boats", "created_at": messages.NOW.isoformat(),
        "lang": "en", "author": "ana", "latitude": "-19.84", "longitude": "34.84",
    }  # fmt: skip


def _written(
    rows: list[Row], *, delimiter: str = ",", quoting: Any = csv.QUOTE_MINIMAL, before: str = "", after_header: str = ""
) -> str:
    out = io.StringIO()
    out.write(before)
    writer = csv.writer(out, delimiter=delimiter, quoting=quoting, lineterminator="\n")
    writer.writerow(COLUMNS)
    out.write(after_header)
    writer.writerows([[str(one.get(name, "")) for name in COLUMNS] for one in rows])
    return out.getvalue()


def _tsv(rows: list[Row]) -> str:
    return _written(rows, delimiter="\t")


def _lines(rows: list[Row]) -> str:
    return "".join(odd.placed(json.dumps(one)) + "\n" for one in rows)


def _tweet1(one: Row) -> dict[str, Any]:
    return {
        "id_str": one.get("id"), "full_text": one.get("text"), "created_at": one.get("created_at"), "lang": one.get("lang"),
        "user": {"screen_name": one.get("author"), "id_str": "7"}, "coordinates": None, "entities": {"urls": []},
    }  # fmt: skip


def _tweet2(one: Row) -> dict[str, Any]:
    return {
        "id": one.get("id"),
        "text": one.get("text"),
        "created_at": one.get("created_at"),
        "lang": one.get("lang"),
        "author_id": "7",
    }


def _page(rows: list[Row]) -> str:
    page = {
        "data": [_tweet2(one) for one in rows],
        "includes": {"users": [{"id": "7", "username": "ana"}]},
        "meta": {"result_count": len(rows)},
    }
    return odd.placed(json.dumps(page)) + "\n"


def _workbook(rows: list[Row]) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_urls": False, "strings_to_formulas": False, "nan_inf_to_errors": True}
    ) as book:
        book.set_properties({"created": datetime(2026, 1, 1, tzinfo=UTC)})  # the same bytes each time
        sheet = book.add_worksheet()
        for at, cells in enumerate([COLUMNS, *([one.get(name, "") for name in COLUMNS] for one in rows)]):
            for column, cell in enumerate(cells):
                sheet.write_string(at, column, str(cell).encode("utf-8", "replace").decode()[:32_767])
    return out.getvalue()


Text = Callable[[list[Row]], str]
TEXTS: dict[str, tuple[str, Text]] = {
    "csv": (".csv", _written),
    "csv, all quoted": (".csv", lambda rows: _written(rows, quoting=csv.QUOTE_ALL)),
    "csv, semicolons": (".csv", lambda rows: _written(rows, delimiter=";")),
    "csv, sep=": (".csv", lambda rows: _written(rows, delimiter=";", before="sep=;\n")),
    "csv, HXL": (".csv", lambda rows: _written(rows, after_header="#meta+id,#description+text,#date,#meta+lang,#meta+author,#geo+lat,#geo+lon\n")),
    "tsv": (".tsv", _tsv),
    "tabs in .csv": (".csv", _tsv),
    "ndjson": (".ndjson", _lines),
    "json": (".json", lambda rows: odd.placed(json.dumps(rows))),
    "twarc 1": (".jsonl", lambda rows: _lines([_tweet1(one) for one in rows])),
    "twarc 2": (".jsonl", _page),
    "twarc 2, flat": (".jsonl", lambda rows: _lines([_tweet2(one) for one in rows])),
}  # fmt: skip
KINDS = [*TEXTS, "xlsx"]
TYPED = ("ndjson", "json", "twarc 1", "twarc 2", "twarc 2, flat")  # cells may be of any type


def made(kind: str, rows: list[Row], *, encoding: str = "utf-8", packed: bool = False) -> tuple[str, bytes]:
    """(suffix, content) of a file of this kind."""
    if kind == "xlsx":
        return ".xlsx", _workbook(rows)
    suffix, written = TEXTS[kind]
    content = written(rows).encode(encoding, "surrogatepass" if encoding == "utf-8" else "replace")
    return (f"{suffix}.gz", gzip.compress(content, 1)) if packed else (suffix, content)


@st.composite
def files(draw: st.DrawFn, kind: str, first: int) -> File:
    """A file with odd cells, sometimes in another encoding, packed, ragged, or broken.

    Arguments:
        first: the number of its first row.
    """
    rows = [row(first + number) for number in range(draw(st.integers(1, MOST_ROWS)))]
    cells = odd.VALUES if kind in TYPED else odd.CELLS
    for _ in range(draw(st.integers(0, 3))):
        one, column = draw(st.sampled_from(rows)), draw(st.sampled_from(COLUMNS))
        if draw(st.integers(0, 9)) and column in one:
            one[column] = draw(cells)
        elif kind in TYPED:
            one.pop(column, None)
    how = draw(st.sampled_from(["plain"] * 5 + ["encoding", "packed", "broken", "broken packed"]))
    encoding = draw(st.sampled_from(odd.ENCODINGS)) if how == "encoding" else "utf-8"
    suffix, content = made(kind, rows, encoding=encoding, packed="packed" in how)
    if "broken" in how:
        content = draw(odd.broken_bytes(content))
        seen = content.decode("latin-1") if how == "broken" else ""
        return File(suffix, content, None, frozenset(MARK.findall(seen)))
    marks = frozenset(found for one in rows for found in MARK.findall(str(one.get("text"))))
    return File(suffix, content, len(rows), marks)
