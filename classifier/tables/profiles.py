"""Learns the form of the cells in each column, to distinguish rows from lines of a text after an unclosed quotation mark."""

import re
from collections.abc import Sequence

from classifier.tables.quotes import split

DIGITS = re.compile(r"['\"]?\d+['\"]?")
CODE = re.compile(r"(?=\S*\d)\S+|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}[ T]\S+")
USUAL = 0.7  # share of rows in which a column has its usual form
STRONG = 5  # characters of a cell with which a sentence would not begin by chance
SEVERAL = 3  # lines that look like rows, where their cells are short


class Profile:
    """The forms of a table's columns, learned from its first rows."""

    def __init__(self, records: Sequence[Sequence[str]], width: int, delimiter: str) -> None:
        self._delimiter, self._width = delimiter, width
        rows = [cells for cells in records if len(cells) == width]
        self._forms: dict[int, tuple[re.Pattern[str], int, int]] = {}  # with the least and the most characters
        self._length = 0
        for position in range(width if len(rows) > 1 else 0):
            for form in (DIGITS, CODE):
                fits = [cells[position] for cells in rows if form.fullmatch(cells[position])]
                if len(fits) >= USUAL * len(rows):
                    lengths = list(map(len, fits))
                    self._forms[position] = form, min(lengths) - 1, max(lengths) + 1
                    self._length += min(lengths)
                    break

    def is_row(self, line: str) -> bool:
        """Whether a line looks like a separate row."""
        if not self._forms:
            return False
        cells = split(line, self._delimiter)
        if len(cells) != self._width or cells[0] == '"':  # the end of a cell in quotation marks, not a cell
            return False
        return all(
            least <= len(cells[position]) <= most and form.fullmatch(cells[position])
            for position, (form, least, most) in self._forms.items()
        )

    def has_swallowed(self, lines: Sequence[str]) -> bool:
        """Whether the lines after the first one of a record look like rows."""
        found = sum(map(self.is_row, lines[1:]))
        return found >= (1 if self._length >= STRONG else SEVERAL) and found >= USUAL * (len(lines) - 2)
