"""The formats of label files: how a row of each is read and written.

| Format | What it is |
|---|---|
| csv, tsv, ndjson, json, xlsx, ods | one row for each text, with columns |
| label-studio | Label Studio's JSON: tasks with annotations; `JSON-MIN` is read too |
| argilla | records with fields and responses (Argilla 2 and 1), or with an annotation (older versions) |
| doccano | JSONL with `text` and `label` |
| prodigy | JSONL with `label` or `accept`, and `answer` |
| humaid | a folder of TSV files, one folder for each event |
"""

from collections.abc import Iterator, Mapping
from typing import Any

from classifier.label_files import argilla, doccano, label_studio, prodigy, tabular

TABLES = ("csv", "tsv", "ndjson", "json", "xlsx", "ods")
TOOLS = {"label-studio": label_studio, "argilla": argilla, "doccano": doccano, "prodigy": prodigy}
FORMATS = (*TABLES, *TOOLS, "humaid")
WRITTEN = ("csv", "ndjson", "xlsx", *TOOLS)
SUFFIXES = {"csv": "csv", "ndjson": "ndjson", "xlsx": "xlsx", "label-studio": "json", "argilla": "json"}


def detect(row: Mapping[str, Any]) -> str:
    """The tool that wrote a row of JSON; empty for none of them."""
    return next((name for name, tool in TOOLS.items() if tool.is_one(row)), "")


def items(form: str, line: int, row: Mapping[str, Any], columns: Mapping[str, str]) -> Iterator[Any]:
    """The labelled texts of one row of a file.

    Arguments:
        form: one of TOOLS, else the row is one of a table.
        columns: our column → that of the file.
    """
    tool = TOOLS.get(form)
    yield from tool.items(line, row) if tool else tabular.items(line, row, columns)
