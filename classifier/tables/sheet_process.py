"""Print the rows of a workbook as JSON. Runs as a separate process, so that limits on memory and time can be enforced.

A workbook of a few kilobytes can describe billions of cells. Run by path, without the product: `sheet_process.py FILE`.
The first line is an object: the sheet that is read and the other ones, or an error. Each further line is a row: its
number and its cells as texts, or null for a row that is too long.
"""

import json
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

MEMORY = 1_500_000_000  # bytes of address space
SECONDS = 300
LONGEST_ROW = 1_000_000  # characters
MOST_COLUMNS = 16_384
EXACT = 10**15  # whole numbers above it were rounded
LOOKED_AT = 50  # rows, to see whether a sheet holds a table
MOST_SHEETS = 50  # each is parsed whole, and ten thousand names can stand for one large sheet


def main(path: str) -> None:
    """Print the rows of the first sheet that contains a table."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    import python_calamine

    try:
        workbook = python_calamine.CalamineWorkbook.from_path(path)
        name, others = _sheet(workbook)
        rows = _rows(workbook, name) if name else iter(())
        _print({"sheet": name, "others": others})
        for number, cells in rows:
            if any(cells):
                _print([number, cells if sum(map(len, cells)) <= LONGEST_ROW else None])
        _print(None)
    except python_calamine.PasswordError:
        _print({"error": "password"})
    except MemoryError:
        _print({"error": "size"})
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        _print({"error": "damaged", "reason": str(error)[:200]})


def text(value: Any) -> str:
    """Return a cell as it is displayed: integers without a point, dates in ISO 8601, rounded numbers as 1.62244E+18."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return "" if value is None else str(value)


def _number(value: float) -> str:
    if abs(value) >= EXACT:
        return f"{value:.15G}"
    return str(int(value)) if value.is_integer() else repr(value)


def _sheet(workbook: Any) -> tuple[str, list[str]]:
    """Return the name of the first sheet with a table, and the names of the other sheets that are not empty."""
    filled = {}
    sheets = [one for one in workbook.sheets_metadata if str(one.typ).endswith("WorkSheet")]
    visible_first = sorted(sheets, key=lambda one: not str(one.visible).endswith("Visible"))
    for name in [one.name for one in visible_first[:MOST_SHEETS]]:
        rows = [sum(map(bool, cells)) for _, cells in zip(range(LOOKED_AT), _cells(workbook, name), strict=False)]
        filled[name] = [count for count in rows if count]
    for fits in (lambda rows: len(rows) > 1 and max(rows) > 1, lambda rows: len(rows) > 1, bool):
        if found := next((name for name, rows in filled.items() if fits(rows)), None):
            return found, [name for name, rows in filled.items() if rows and name != found]
    return "", []


def _cells(workbook: Any, name: str) -> Iterator[list[str]]:
    return (list(map(text, cells[:MOST_COLUMNS])) for cells in workbook.get_sheet_by_name(name).iter_rows())


def _rows(workbook: Any, name: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows with their numbers, as the spreadsheet program shows them."""
    return enumerate(_cells(workbook, name), 1)


def _print(value: Any) -> None:
    sys.stdout.write(json.dumps(value, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
