"""Judges a base map file before it is used, and reads what it says about itself."""

from dataclasses import dataclass
from pathlib import Path

from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from responder.basemaps.archive import Archive, BrokenArchive, Header
from responder.models.base_map import ATTRIBUTION_LIMIT, NAME_LIMIT

MARKUP_LIMIT = 2000  # characters of an attribution that are looked at
LAYER, BYTES = 3, 2  # field and wire type of a layer in a tile


@dataclass(frozen=True, slots=True)
class Checked:
    """A usable file."""

    name: str
    attribution: str
    stamp: str
    size: int
    header: Header


def check(path: Path, *, name: str = "") -> Checked:
    """Read a file. Raises BrokenArchive with the reason if it can't be used, OSError.

    Arguments:
        name: what people call the file; used where the file does not name itself.
    """
    archive = Archive(path)
    metadata = archive.metadata()
    first = archive.first_tile()
    if first is None or not holds_layers(first.plain):
        raise BrokenArchive(_("The first tile in the file is not a vector tile."))
    return Checked(
        name=plain_text(metadata.get("name"), NAME_LIMIT) or plain_text(name, NAME_LIMIT) or path.stem[:NAME_LIMIT],
        attribution=plain_text(metadata.get("attribution"), ATTRIBUTION_LIMIT),
        stamp=archive.stamp, size=archive.size, header=archive.header,
    )  # fmt: skip


def plain_text(value: object, most: int) -> str:
    """A text of a file in one line: without markup and unprintable characters, at most `most` characters."""
    if not isinstance(value, str):
        return ""
    words = " ".join(strip_tags(value[:MARKUP_LIMIT]).split())
    return "".join(letter for letter in words if letter.isprintable())[:most].strip()


def holds_layers(tile: bytes) -> bool:
    """Whether these bytes are a vector tile with at least one layer: length-delimited fields that end where the tile does."""
    at, layers = 0, 0
    while at < len(tile):
        tag, at = _varint(tile, at)
        if tag & 7 != BYTES:
            return False
        length, at = _varint(tile, at)
        layers += tag >> 3 == LAYER
        at += length
    return at == len(tile) and layers > 0


def _varint(content: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while at < len(content) and shift < 64:
        byte = content[at]
        number |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return number, at
    return 0, len(content) + 1  # beyond the end: not a tile
