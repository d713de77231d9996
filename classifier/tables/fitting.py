"""Fits the cells of a row to the columns of the header, if there is only one possible way."""

import re

from classifier.tables.headers import Header
from classifier.tables.rows import BadRow, Repair, Row, counted

LETTER = re.compile(r"[^\W\d_]")
CODE_LENGTH = 40  # characters of an id or a time
Mended = tuple[list[str], list[Repair]]


def fitted(
    line: int,
    cells: list[str],
    header: Header,
    repairs: list[Repair],
    *,
    delimiter: str = "",
    loose: bool = False,
    grid: bool = False,
) -> Row | BadRow:
    """Return the row with exactly the header's columns, repaired if the repair is unambiguous.

    Arguments:
        repairs: repairs made before.
        delimiter: joins cells again.
        loose: whether the cells were not in quotation marks.
        grid: whether the position of each cell is certain, as in a spreadsheet.
    """
    width, count = len(header.names), len(cells)
    for mend in (_without_empty, _cut if grid else _rejoined, _filled_up):
        if len(cells) != width and (found := mend(line, cells, header, delimiter if loose else "")):
            cells, repair = found
            repairs += repair
    if len(cells) != width:
        return BadRow(line, f"The row has {counted(count, 'cell')}, but the header has {width:,}.")
    row = Row(zip(header.names, cells, strict=True), repairs=tuple(repairs))
    for name in header.unnamed:
        if not row[name].strip():
            del row[name]
    return row


def _without_empty(line: int, cells: list[str], header: Header, _delimiter: str) -> Mended | None:
    width, length = len(header.names), len(cells)
    while length > width and not cells[length - 1].strip():
        length -= 1
    if length == len(cells):
        return None
    if header.trailing:
        return cells[:length], []
    return cells[:length], [Repair(line, "cells_extra", "Empty cells after the last column were dropped.")]


def _cut(line: int, cells: list[str], header: Header, _delimiter: str) -> Mended | None:
    width = len(header.names)
    if len(cells) <= width:
        return None
    detail = f"Cells beyond the last named column were left out: “{' '.join(cells[width:]).strip()[:60]}”."
    return cells[:width], [Repair(line, "cells_extra", detail, lossy=True)]


def _rejoined(line: int, cells: list[str], header: Header, delimiter: str) -> Mended | None:
    """Join an unquoted text in the last column that contains the delimiter.

    The delimiter is certainly the text's where all cells before are short codes, such as ids and dates, and the text
    begins with words.
    """
    last = len(header.names) - 1
    if not delimiter or len(cells) <= last + 1 or header.text != last:
        return None
    before = all(not cell or (len(cell) <= CODE_LENGTH and any(map(str.isdigit, cell))) for cell in cells[:last])
    if not before or not LETTER.search(cells[last]):
        return None
    detail = "The text contains the delimiter but is not quoted; its parts were joined again."
    return [*cells[:last], delimiter.join(cells[last:])], [Repair(line, "delimiter", detail)]


def _filled_up(line: int, cells: list[str], header: Header, _delimiter: str) -> Mended | None:
    """Add missing empty cells at the end of a row, unless the text is missing."""
    missing, text = len(header.names) - len(cells), header.text
    if missing <= 0 or text is None or text >= len(cells) or not LETTER.search(cells[text]):
        return None
    detail = "The last cell is missing and was read as empty."
    if missing > 1:
        detail = f"The last {missing:,} cells are missing and were read as empty."
    return cells + [""] * missing, [Repair(line, "cells_missing", detail)]
