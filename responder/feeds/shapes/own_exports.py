"""Reads Responder's own exports. IDs, times, texts and places are unchanged."""

import re
from dataclasses import replace

from responder.feeds.raw_post import SourcePosition
from responder.feeds.shapes import values
from responder.feeds.shapes.draft import Draft, Row
from responder.feeds.source_positions import LARGEST_KM
from responder.spreadsheets import FIRST, SKIPPED, SPLITS, STARTS, safe

GUARD = re.compile(rf"(?<=[{SPLITS}])([{SKIPPED}]*)'(?=[{STARTS}])")


def restored(row: Row, draft: Draft) -> Draft:
    """Return the draft with the exported ID and radius, and without the apostrophes that prevent formulas."""
    if values.is_missing(draft.text) and not values.is_missing(row.get("source_id")):
        return replace(draft, refused="The text was withheld from the export, because its source forbids sharing it.")
    text = unguarded(draft.text) if isinstance(draft.text, str) else draft.text
    stated = row.get("source_id")
    post_id = row.get("id") if values.is_missing(stated) else stated
    return replace(draft, text=text, id=post_id, position=_with_radius(draft.position, row.get("radius_km")))


def unguarded(cell: str) -> str:
    """Return the text of a cell as it was before `spreadsheets.safe`."""
    text = cell[1:] if cell.startswith("'") and FIRST.match(cell[1:]) else cell
    text = GUARD.sub(r"\1", text)
    return text if safe(text) == cell else cell


def _with_radius(position: SourcePosition | None, radius_km: object) -> SourcePosition | None:
    """Return the position with the exported radius; None for a country, which is found in the text again."""
    try:
        radius = float(values.plain(radius_km))
    except ValueError:
        return position
    return replace(position, radius_km=radius) if position and 0 < radius <= LARGEST_KM else None
