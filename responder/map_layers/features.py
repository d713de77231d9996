"""What is read from a file, and the limits of it."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from responder.errors import Invalid

MOST_BYTES = 20_000_000  # of an uploaded file
MOST_UNPACKED = 80_000_000  # bytes of what is read from an archive
MOST_FEATURES = 5_000
MOST_VERTICES = 300_000  # of all features together; checking and simplifying them takes a few seconds
MOST_COLUMNS, MOST_TEXT = 60, 200
MOST_NAMED = 5  # features that an error names
NAMES = ("name", "title", "label", "nom", "nombre", "nome", "shapename", "ref", "id")


class Unreadable(Invalid):
    """The file can't be read; the message says why, and what to do."""


@dataclass(slots=True)
class Feature:
    """One feature of a file.

    Arguments:
        number: its place in the file, from 1.
        properties: texts and numbers, bounded.
        geometry: as GeoJSON.
    """

    number: int
    properties: dict[str, Any]
    geometry: dict[str, Any] | None

    @property
    def label(self) -> str:
        """A name by which people find it in their file; may be empty."""
        lowered = {key.lower(): value for key, value in self.properties.items()}
        return next((str(lowered[name])[:60] for name in NAMES if lowered.get(name) not in (None, "")), "")

    @property
    def words(self) -> str:
        """The feature as errors and notes name it: `3 (Beira)`."""
        return f"{self.number} ({self.label})" if self.label else str(self.number)


@dataclass(slots=True)
class Reading:
    """The features of a file, what it is, and what was left out of it."""

    form: str
    features: list[Feature]
    notes: list[str] = field(default_factory=list)


def too_many(count: int) -> Unreadable:
    """The error for a file with more features than are read."""
    return Unreadable(
        _("The file has %(count)d features; a layer can have %(most)d. Send a part of them.")
        % {"count": count, "most": MOST_FEATURES}
    )


def too_many_points() -> Unreadable:
    """The error for a file with more points than are read."""
    return Unreadable(
        _("The shapes have more than %(most)d points. Simplify them, for example with mapshaper.org, or send a part.")
        % {"most": MOST_VERTICES}
    )


def bounded(properties: Any) -> dict[str, Any]:
    """Texts, numbers and truths of a feature, bounded; what else it holds is left out."""
    if not isinstance(properties, dict):
        return {}
    found: dict[str, Any] = {}
    for key, value in properties.items():
        if len(found) >= MOST_COLUMNS:
            break
        name = _printable(str(key))[:80]
        if isinstance(value, bool) or value is None or not name:
            continue
        if isinstance(value, str):
            found[name] = _printable(value)[:MOST_TEXT]
        elif (isinstance(value, int) and abs(value) < 10**15) or (isinstance(value, float) and abs(value) < 1e15):
            found[name] = value
    return found


def _printable(text: str) -> str:
    text = text[: 4 * MOST_TEXT]
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
