"""The tables that can be exported: columns with their HXL tags, and the values shown for a mark on a map."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Value = str | int | float | bool | None
Row = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of an export.

    Arguments:
        name: in the head of files and in the properties of places.
        tag: of the Humanitarian Exchange Language, 1.1.
        read: the value of a record.
    """

    name: str
    tag: str
    read: Callable[[Any], Value]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that can be exported.

    Arguments:
        name: of its records, one of them: `post`.
        columns: among them `data_status`, `latitude` and `longitude`.
        id, title, text, time: which columns a mark on a map is known and told by.
    """

    name: str
    columns: tuple[Column, ...]
    id: str
    title: str
    text: str
    time: str

    @property
    def times(self) -> tuple[str, ...]:
        """The names of the columns with times, as their tags say."""
        return tuple(column.name for column in self.columns if column.tag.startswith("#date"))

    def row(self, record: Any) -> Row:
        """The record's values by column, as shared."""
        return {column.name: column.read(record) for column in self.columns}
