"""Cells that no spreadsheet runs as a formula."""

from typing import Any

# The full-width forms become the plain ones in some imports; so do leading spaces fall away.
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "−", "＠")


def safe(cell: Any) -> Any:
    """`cell`, with an apostrophe before a text that begins like a formula; numbers stay numbers."""
    return (
        f"'{cell}" if isinstance(cell, str) and (cell.startswith(STARTS) or cell.lstrip().startswith(STARTS)) else cell
    )
