"""Converts uploads and pasted texts to rows, and predictions to a table and downloads."""

import io
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from classifier import tables
from responder import workbooks
from responder.client import Prediction
from responder.spreadsheets import BOM, safe

MOST_ROWS = 5_000
MOST_COLUMNS = 30


@dataclass(frozen=True, slots=True)
class Upload:
    """The rows of an uploaded file.

    Arguments:
        rows: what could be read, each with all its columns as text.
        bad: what could not, as sentences.
        cut: whether there were more rows than are taken.
    """

    rows: list[dict[str, str]]
    bad: list[str]
    cut: bool = False


def read_file(name: str, content: bytes, *, text_column: str) -> Upload:
    """The rows of a file, in any format that `tables` reads. Raises tables.UnusableInput."""
    suffix = Path(name).suffix or ".csv"
    with tempfile.NamedTemporaryFile(suffix=suffix) as file:
        file.write(content)
        file.flush()
        rows, bad = list[dict[str, str]](), list[str]()
        for line, row in tables.read_rows(file.name):
            if len(rows) >= MOST_ROWS:
                return Upload(rows, bad, cut=True)
            if isinstance(row, dict) and not rows:
                text_column = tables.require_column(row, text_column)
            problem = row if isinstance(row, tables.BadRow) else tables.text_problem(line, row, text_column)
            if problem:
                bad.append(str(problem))
            elif isinstance(row, dict):
                rows.append({key: str(value) for key, value in list(row.items())[:MOST_COLUMNS]})
    return Upload(rows, bad)


def read_paste(text: str) -> Upload:
    """One text a line."""
    lines = [line.strip()[: tables.MAX_TEXT] for line in text.splitlines() if line.strip()]
    return Upload([{"text": line} for line in lines[:MOST_ROWS]], [], cut=len(lines) > MOST_ROWS)


def as_table(rows: Sequence[dict[str, str]], found: Sequence[Prediction], text_column: str) -> pd.DataFrame:
    """A line for each prediction: the text first, what the model says, then the file's other columns."""
    return pd.DataFrame([_line(row, one, text_column) for row, one in zip(rows, found, strict=True)])


def _line(row: dict[str, str], one: Prediction, text_column: str) -> dict[str, Any]:
    place = next((place for place in one.places if place.latitude is not None), None)
    said = {
        "text": row[text_column], "category": one.category.label, "probability": one.category.probability,
        "abstained": one.category.abstained, "language": one.language.name if one.language else "",
        "emergency": one.emergency.probability, "priority": one.priority.label,
        "score": one.priority.score, "needs": ", ".join(one.needs_detected), "place": place.name if place else "",
        "latitude": place.latitude if place else None, "longitude": place.longitude if place else None,
    }  # fmt: skip
    return said | {f"file: {key}": value for key, value in row.items() if key != text_column}


def as_csv(table: pd.DataFrame) -> bytes:
    """Return the table as UTF-8 CSV that Excel opens. No spreadsheet runs a cell as a formula: cells are escaped."""
    out = io.StringIO()
    table.rename(columns=safe).map(safe).to_csv(out, index=False)
    return f"{BOM}{out.getvalue()}".encode()


def as_xlsx(table: pd.DataFrame) -> bytes:
    """Return the table as an Excel workbook."""
    columns = [workbooks.Column(str(name), kind="text" if name == "text" else "value") for name in table.columns]
    rows = table.astype(object).where(table.notna(), None).itertuples(index=False, name=None)
    return b"".join(workbooks.pieces(columns, rows, sheet="predictions"))


def as_ndjson(found: Sequence[Prediction]) -> bytes:
    """Return the predictions as NDJSON: one a line, in the same JSON as the API's."""
    return "".join(json.dumps(one.model_dump(mode="json")) + "\n" for one in found).encode()
