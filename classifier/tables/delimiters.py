"""Detects the delimiter of a table."""

import re
from collections import Counter
from collections.abc import Sequence

from classifier.tables.quotes import split

CANDIDATES = (",", ";", "\t", "|")
STATED = re.compile(r'\ufeff?"?sep=(\\t|.)"?[,;\t]*\s*', re.I | re.S)
LOOKED_AT = 100
WITHOUT_FIRST = 0.8  # share of lines with equally many cells, where the first line has only one


def stated_in(line: str) -> str:
    """Return the delimiter that a first line such as `sep=;` states (as Excel reads it), or an empty text."""
    match = STATED.fullmatch(line.rstrip("\r\n"))
    return match[1].replace("\\t", "\t") if match else ""


def are_wrapped(lines: Sequence[str]) -> bool:
    """Whether each line is one quoted cell that contains a whole row, as when Excel saves CSV from a single column."""
    rows = [split(line, "\0") for line in lines[:LOOKED_AT] if line.strip()]
    if len(rows) < 2 or not all(line.startswith('"') for line in lines[:LOOKED_AT] if line.strip()):
        return False
    if any(len(split(line, delimiter)) > 1 for line in lines[:LOOKED_AT] for delimiter in CANDIDATES):
        return False
    for delimiter in CANDIDATES:
        counts = [len(split(cells[0], delimiter)) for cells in rows]
        if counts[0] > 1 and counts.count(counts[0]) >= WITHOUT_FIRST * len(counts):
            return True
    return False


def find(lines: Sequence[str], default: str) -> str:
    """Return the delimiter that occurs equally often in most lines, or `default` if there are several.

    Arguments:
        lines: the first ones of the file.
        default: what the file's suffix says.
    """
    lines = [line for line in lines if line.strip()][:LOOKED_AT]
    best, most = default, (0.0, 0, False)
    for delimiter in CANDIDATES:
        counts = [len(split(line, delimiter)) for line in lines]
        usual = Counter(count for count in counts if count > 1).most_common(1)
        if not usual:
            continue
        width, times = usual[0]
        share = times / len(counts)
        if counts[0] == 1 and share < WITHOUT_FIRST:
            continue
        if (share, width, delimiter == default) > most:
            best, most = delimiter, (share, width, delimiter == default)
    return best
