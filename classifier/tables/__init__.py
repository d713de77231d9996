"""Reads real-world tables row by row, in bounded memory."""

from classifier.tables.limits import COLUMN_LIMIT, GREATEST_ID, LEAST_ID, LINE_LIMIT
from classifier.tables.opening import FORMATS, SUFFIXES, is_packed, open_table, read_rows
from classifier.tables.reading import Reading, Table
from classifier.tables.rows import (
    MAX_TEXT,
    BadRow,
    Repair,
    Row,
    UnusableInput,
    column_named,
    id_problem,
    require_column,
    text_problem,
)

__all__ = [
    "COLUMN_LIMIT",
    "FORMATS",
    "GREATEST_ID",
    "LEAST_ID",
    "LINE_LIMIT",
    "MAX_TEXT",
    "SUFFIXES",
    "BadRow",
    "Reading",
    "Repair",
    "Row",
    "Table",
    "UnusableInput",
    "column_named",
    "id_problem",
    "is_packed",
    "open_table",
    "read_rows",
    "require_column",
    "text_problem",
]
