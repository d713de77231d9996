"""Explains how a file will be read, for previews."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

from django.utils.translation import gettext as _

from classifier.tables import BadRow, Reading
from responder.feeds.shapes.columns import KNOWN_NAMES, OWN, key
from responder.feeds.shapes.reading import Reader, sample
from responder.feeds.shapes.times import Order, Times


@dataclass(frozen=True, slots=True)
class Understanding:
    """How the rows of a file are read.

    Arguments:
        shape: name of the data set or tool, or `table`.
        columns: field → column; empty if every row is JSON in a known format.
        day_first: whether ambiguous dates are read with the day first.
        date_order: the reason, for display; empty if there are no numeric dates.
        time_zone: time zone for times without one.
        time_zone_reason: the reason, for display.
        notes: further sentences to read before importing.
    """

    shape: str
    columns: Mapping[str, str]
    day_first: bool
    date_order: str
    time_zone: str
    time_zone_reason: str
    notes: tuple[str, ...] = field(default=())


def understand(
    reading: Reading | None,
    first_rows: Iterable[tuple[int, Any]],
    mapping: Mapping[str, str],
    *,
    zone: tzinfo | None = None,
    day_first: bool | None = None,
) -> Understanding:
    """Return how a file will be read, from its first rows. For the arguments and errors see `raw_posts`."""
    rows = [row for _line, row in sample(iter(first_rows)) if not isinstance(row, BadRow)]
    times = Times(zone=zone, day_first=day_first)
    tags = reading.hxl if reading is not None else {}
    reader = Reader(rows, mapping, tags, times)
    flat = next((row for row in rows if not reader.is_structured(row)), None)
    columns = reader.columns(flat) if flat is not None else None
    in_utc = bool(columns and columns.in_utc)
    order = times.order()
    return Understanding(
        shape=", ".join([*reader.shapes, *([columns.shape] if columns else [])]),
        columns=columns.fields if columns else dict(reader.mapping),
        day_first=order.day_first,
        date_order=_order_reason(order) if times.has_numeric_dates else "",
        time_zone="UTC" if in_utc or zone is None else str(zone),
        time_zone_reason=_zone_reason(in_utc, zone),
        notes=tuple(_notes(reader, flat)),
    )


def _order_reason(order: Order) -> str:
    if order.why == "told":
        return _("You chose this order.")
    if order.why == "file":
        return _("Detected: a date in the file has a day above 12.")
    if order.why == "mixed":
        return _("The file has dates in both orders. Ambiguous dates are read with the day first.")
    return _("All dates in the file are ambiguous. They are read with the day first.")


def _zone_reason(in_utc: bool, zone: tzinfo | None) -> str:
    if in_utc:
        return _("The source writes its times in UTC.")
    if zone is None:
        return _("No time zone was chosen. Times without one are read as UTC.")
    return _("This time zone is used for times without one.")


def _notes(reader: Reader, row: Mapping[str, Any] | None) -> list[str]:
    notes = []
    if reader.ids_rounded:
        notes.append(
            _("The long IDs end in zeros: a spreadsheet rounded them. Posts get an ID made from their content.")
        )
    if reader.guessed is not None:
        notes.append(_("No column has a usual name for the text. The column with the longest texts is used."))
    columns = reader.columns(row) if row is not None else None
    if columns is None:
        return notes
    if "title" in columns.fields:
        notes.append(_("The title is put before the text."))
    if "place" in columns.fields:
        notes.append(_("The column with place names is ignored: places are found in the text."))
    if columns.shape == OWN:
        notes.append(_("Texts that were masked in the export stay masked."))
    if "id" not in columns.fields:
        notes.append(_("The file has no IDs. Rows with the same text, time and author count as one post."))
    if "created_at" not in columns.fields:
        annotated = any(key(str(name)) in KNOWN_NAMES["created_at"] for name in row or ())
        notes.append(
            _("The times in the file say when a post was annotated, so they are ignored.")
            if annotated
            else _("No time column was found. Each post gets the time contained in its ID, or the time of the import.")
        )
    return notes
