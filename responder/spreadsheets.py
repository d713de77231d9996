"""Cells that no spreadsheet runs as a formula, however it splits the file.

Our files separate by commas. Excel separates by semicolons where the comma is for decimals, and by tabs where people paste;
then quotes in the middle of what it takes for a cell mean nothing, and `x;=1+1` or a second line becomes a cell of its own.
"""

import re
from typing import Any

# The full-width forms become the plain ones in some imports; so do leading spaces, quotes and invisible marks fall away.
STARTS = "=+\\-@＝＋－−＠"
SKIPPED = r"\s\"“”\ufeff\u200b-\u200f\u2060"
SPLITS = r";|\t\r\n\v\f\x1c-\x1e\x85\u2028\u2029"
FIRST = re.compile(rf"[\t\r\n]|[{SKIPPED}]*[{STARTS}]")
LATER = re.compile(rf"(?<=[{SPLITS}])([{SKIPPED}]*)(?=[{STARTS}])")
# Most cells hold none of these, which is quicker to see than that neither of the above matches.
ANY_START, ANY_SPLIT = re.compile(f"[{STARTS}]"), re.compile(f"[{SPLITS}]")
BOM = "\ufeff"  # before a CSV file: without it Excel reads UTF-8 as the computer's old encoding


def safe(cell: Any) -> Any:
    """`cell`, with an apostrophe before whatever in a text could begin a formula; numbers stay numbers."""
    if not isinstance(cell, str):
        return cell
    if not ANY_START.search(cell):
        return f"'{cell}" if cell[:1] in ("\t", "\r", "\n") else cell
    return ("'" if FIRST.match(cell) else "") + (LATER.sub(r"\1'", cell) if ANY_SPLIT.search(cell) else cell)
