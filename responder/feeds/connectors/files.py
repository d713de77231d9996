"""Posts from files. The shapes in which they come are known in `responder.feeds.shapes`."""

from collections.abc import Mapping
from typing import Any

from classifier.tables import FORMATS, UnusableInput, read_rows, require_column
from responder.feeds.shapes import MAP_HELP, columns, parse_mapping, raw_posts, understand

__all__ = ["FORMATS", "MAP_HELP", "columns_of", "parse_mapping", "raw_posts", "read_rows", "understand"]


def columns_of(row: Mapping[str, Any], mapping: Mapping[str, str]) -> dict[str, str]:
    """Return the columns to read, by field. `mapping` comes before the known names.

    Raises UnusableInput if the file lacks a mapped column, or has no column with the text.
    """
    for column in mapping.values():
        require_column(row, column)
    found = columns.find(tuple(row), mapping, {}).fields
    if "text" not in found:
        raise UnusableInput(
            f"No column contains the text. The file has: {', '.join(map(str, row))[:500]}. State it with --map text=COLUMN."
        )
    return dict(found)
