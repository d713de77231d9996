"""Exports as Excel workbooks: rows are kept as lines of JSON, so that parts can be rewritten, and packed when they are sent.

Ids and times stay text, as in the CSV file: Excel would round long ids, and drop the offset of a time. For sorting and
charts, each column of times has a companion at the end that holds real dates in UTC.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from responder import workbooks
from responder.exports.tables import Column, Row, Table, Value


@dataclass(frozen=True, slots=True)
class About:
    """What the sheet "About" says of an export.

    Arguments:
        title: the event's name, with EXERCISE before a fictional one.
        query: the filter, as a query string.
        made_at: when the rows were chosen.
        event: label and value of what else is known about the event.
    """

    title: str
    query: str
    made_at: datetime
    event: tuple[tuple[str, str], ...] = ()

    def lines(self) -> list[tuple[str, str]]:
        """Label and value of each line."""
        return [
            (_("Event"), self.title),
            *self.event,
            (_("Filter"), self.query or _("none")),
            (_("Made at"), self.made_at.isoformat(timespec="seconds")),
            (_("Masking"), _("People's names, handles, numbers and exact positions are masked. Texts whose source forbids sharing them are left out.")),
            (_("Times"), _("ISO 8601 with the offset from UTC. Columns whose names end with _utc hold the same times as dates in UTC.")),
        ]  # fmt: skip


def write(rows: Sequence[Row], _table: Table) -> str:
    """Rows as lines of JSON, one list of values each."""
    return "".join(json.dumps(list(row.values())) + "\n" for row in rows)


def pack(content: Iterable[bytes], table: Table, about: About, *, tagged: bool) -> Iterator[bytes]:
    """The workbook of the lines that `write` made.

    Arguments:
        tagged: whether a second head holds the HXL tags.
    """
    names = [column.name for column in table.columns]
    times = [names.index(name) for name in table.times]
    columns = [workbooks.Column(one.name, one.tag if tagged else "", _kind(one, table)) for one in table.columns]
    for name in table.times:
        tag = next(column.tag for column in table.columns if column.name == name)
        columns.append(workbooks.Column(f"{name}_utc", f"{tag}+utc" if tagged else "", "time"))
    rows = ([*row, *(_moment(row[place]) for place in times)] for row in _rows(content))
    return workbooks.pieces(columns, rows, sheet=f"{table.name}s", about=about.lines())


def _rows(content: Iterable[bytes]) -> Iterator[list[Value]]:
    for piece in content:
        for line in piece.splitlines():
            yield json.loads(line)


def _moment(value: Value) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) and value else None


def _kind(column: Column, table: Table) -> workbooks.Kind:
    if column.tag.startswith("#meta") and column.tag.endswith("+id"):
        return "id"
    return "text" if column.name in (table.text, table.title) else "value"
