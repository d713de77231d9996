"""Finds out what an uploaded file is by its content, and reads its features."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from responder.errors import TooLarge
from responder.map_layers import geojson, shapefiles, xml_files
from responder.map_layers.archives import Archive
from responder.map_layers.features import MOST_BYTES, Reading, Unreadable

ZIP = b"PK\x03\x04"
MARKS = (b"\xef\xbb\xbf",)  # before the first character of a text
MOST_LISTED = 12
READABLE = (".shp", ".geojson", ".json", ".kml", ".gpx")


def whole(pieces: Iterable[bytes]) -> bytes:
    """The bytes of an upload. Raises TooLarge."""
    content = bytearray()
    for piece in pieces:
        content += piece
        if len(content) > MOST_BYTES:
            raise TooLarge(_("A file can have at most %(most)d MB.") % {"most": MOST_BYTES // 1_000_000})
    return bytes(content)


def read(content: bytes, *, part: str = "") -> Reading:
    """The features of a file.

    Arguments:
        part: name of the file to read in an archive that holds several.

    Raises Unreadable.
    """
    if content.startswith(ZIP):
        return _archived(Archive(content), part)
    return _plain(content)


def _plain(content: bytes) -> Reading:
    start = content[:400].removeprefix(MARKS[0]).lstrip()
    if not start:
        raise Unreadable(_("The file is empty."))
    if start.startswith(b"<"):
        return xml_files.read(content)
    if start.startswith((b"{", b"[")):
        return geojson.read(content)
    if content[:4] == b"\x00\x00\x27\x0a":
        raise Unreadable(
            _("A shapefile has several files. Pack those of one name (.shp, .dbf, .prj) into a zip archive.")
        )
    raise Unreadable(_("This is no GeoJSON, KML, GPX or zipped shapefile."))


def _archived(archive: Archive, part: str) -> Reading:
    found = [name for suffix in READABLE for name in archive.ending_with(suffix)]
    if not found:
        raise Unreadable(_("The archive holds no shapefile, GeoJSON, KML or GPX file."))
    name = _chosen(found, part)
    return shapefiles.read(archive, name) if name.lower().endswith(".shp") else _plain(archive.read(name))


def _chosen(found: list[str], part: str) -> str:
    requested_part = part.strip().lower()
    if not requested_part and len(found) == 1:
        return found[0]
    matching = [
        name
        for name in found
        if requested_part and requested_part in (_short(name).lower(), _short(name).rpartition(".")[0].lower())
    ]
    if len(matching) == 1:
        return matching[0]
    listed = ", ".join(_short(name)[:80] for name in found[:MOST_LISTED])
    if requested_part:
        raise WrongPart(_("The archive has no file of this name. It holds: %(names)s") % {"names": listed})
    raise WrongPart(_("The archive holds several layers. Enter the one to read: %(names)s") % {"names": listed})


def _short(name: str) -> str:
    return name.rpartition("/")[2]


class WrongPart(Unreadable):
    """An archive holds several layers, and none was chosen; the message lists them."""
