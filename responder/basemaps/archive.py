"""Reads PMTiles files (version 3): a header, directories, and tiles, each at an offset.

https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md. A file comes from outside, so everything in it is bounded
before it is used: offsets by the file's size, directories and tiles by their size before and after decompression.
"""

import json
import math
import os
import struct
import zlib
from array import array
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

MAGIC, VERSION = b"PMTiles", 3
HEADER = struct.Struct("<7sB11Q6B4iB2i")
NONE, GZIP = 1, 2
MVT = 1
DEGREE = 10_000_000  # positions are whole numbers of this part of a degree
MOST_ZOOM = 22
MOST_ROOT = 1 << 16  # bytes; the specification allows 16 KiB with the header
MOST_DIRECTORY = 4 << 20  # bytes, before and after decompression
MOST_ENTRIES = 400_000  # of one directory
MOST_METADATA = 1 << 20
MOST_TILE = 2 << 20  # bytes as stored
MOST_PLAIN_TILE = 8 << 20  # bytes after decompression
DEPTH = 4  # directories from the root to a tile
KEPT_DIRECTORIES = 24  # of all files, in the memory of one process


class BrokenArchive(ValueError):
    """The file is not a usable PMTiles file; the message says why."""


@dataclass(frozen=True, slots=True)
class Header:
    """Where the parts of a file are, in bytes, and what it covers, in degrees."""

    root: tuple[int, int]
    metadata: tuple[int, int]
    leaves: tuple[int, int]
    tiles: tuple[int, int]
    internal_compression: int
    tile_compression: int
    min_zoom: int
    max_zoom: int
    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True)
class Directory:
    """Entries in the order of their tiles. An entry without a run leads to another directory."""

    ids: "array[int]"
    runs: "array[int]"
    lengths: "array[int]"
    offsets: "array[int]"


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile as it is stored: MVT bytes, compressed with gzip where `is_gzip`."""

    content: bytes
    is_gzip: bool

    @property
    def plain(self) -> bytes:
        """The tile without compression."""
        return _unpacked(self.content, MOST_PLAIN_TILE) if self.is_gzip else self.content


class Archive:
    """An opened PMTiles file.

    Arguments:
        path: of the file.

    Raises BrokenArchive, OSError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            self.stamp, self.size = stamp(found), found.st_size
            self.header = _header(file.read(HEADER.size), self.size)
            self.root = self._directory(self.header.root, MOST_ROOT)

    def tile(self, zoom: int, x: int, y: int) -> Tile | None:
        """The tile, or None where the file has none. Raises BrokenArchive, OSError.

        `x` counts from the west, `y` from the north.
        """
        if not self.header.min_zoom <= zoom <= self.header.max_zoom or not (0 <= x < 1 << zoom and 0 <= y < 1 << zoom):
            return None
        wanted, directory = tile_id(zoom, x, y), self.root
        for _depth in range(DEPTH):
            at = bisect_right(directory.ids, wanted) - 1
            if at < 0:
                return None
            run, place = directory.runs[at], (directory.offsets[at], directory.lengths[at])
            if run:
                return self._tile(place) if wanted - directory.ids[at] < run else None
            directory = _leaf(self, *_within(place, self.header.leaves, MOST_DIRECTORY))
        raise BrokenArchive(_("The file's directory is nested too deeply."))

    def metadata(self) -> Mapping[str, Any]:
        """What the file says about itself, such as `name`, `attribution` and `vector_layers`. Raises BrokenArchive, OSError."""
        offset, length = self.header.metadata
        if not length:
            return {}
        if length > MOST_METADATA:
            raise BrokenArchive(_("The description inside the file is too large."))
        content = self._internal(self._read(offset, length), MOST_METADATA)
        try:
            found = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise BrokenArchive(_("The description inside the file can't be read.")) from error
        return found if isinstance(found, dict) else {}

    def first_tile(self) -> Tile | None:
        """The tile with the lowest number, which tells whether the tiles can be read. Raises BrokenArchive, OSError."""
        directory = self.root
        for _depth in range(DEPTH):
            if not directory.ids:
                return None
            place = (directory.offsets[0], directory.lengths[0])
            if directory.runs[0]:
                return self._tile(place)
            directory = _leaf(self, *_within(place, self.header.leaves, MOST_DIRECTORY))
        raise BrokenArchive(_("The file's directory is nested too deeply."))

    def part(self, offset: int, length: int) -> bytes:
        """Some bytes of the file. Raises BrokenArchive, OSError."""
        return self._read(offset, length)

    def leaf(self, offset: int, length: int) -> Directory:
        """The directory at a place of the file. Raises BrokenArchive, OSError."""
        return self._directory((offset, length), MOST_DIRECTORY)

    def _directory(self, place: tuple[int, int], most: int) -> Directory:
        if not 0 < place[1] <= most:
            raise BrokenArchive(_("The file's directory is empty or too large."))
        return _directory(self._internal(self._read(*place), MOST_DIRECTORY))

    def _tile(self, place: tuple[int, int]) -> Tile:
        content = self._read(*_within(place, self.header.tiles, MOST_TILE))
        return Tile(content, self.header.tile_compression == GZIP)

    def _internal(self, content: bytes, most: int) -> bytes:
        return _unpacked(content, most) if self.header.internal_compression == GZIP else content

    def _read(self, offset: int, length: int) -> bytes:
        with self.path.open("rb") as file:
            if stamp(os.fstat(file.fileno())) != self.stamp:
                raise BrokenArchive(_("The file has changed since it was read."))
            file.seek(offset)
            content = file.read(length)
        if len(content) != length:
            raise BrokenArchive(_("The file is cut short."))
        return content


def stamp(found: os.stat_result) -> str:
    """What changes when a file does: its size and its time of change."""
    return f"{found.st_size}-{found.st_mtime_ns}"


def tile_id(zoom: int, x: int, y: int) -> int:
    """The number of a tile: all tiles of the lower zooms, and then its place on the Hilbert curve of its own zoom."""
    number = ((1 << 2 * zoom) - 1) // 3
    for level in range(zoom - 1, -1, -1):
        side = 1 << level
        right, low = bool(x & side), bool(y & side)
        number += (side * side) * ((3 * right) ^ low)
        if not low:
            if right:
                x, y = side - 1 - (x & side - 1), side - 1 - (y & side - 1)
            x, y = y, x
        x, y = x & side - 1, y & side - 1
    return number


@lru_cache(maxsize=KEPT_DIRECTORIES)
def _leaf(archive: Archive, offset: int, length: int) -> Directory:
    return archive.leaf(offset, length)


def _header(content: bytes, size: int) -> Header:
    if content[:7] != MAGIC:
        raise BrokenArchive(_("This is not a PMTiles file."))
    if len(content) < HEADER.size:
        raise BrokenArchive(_("The file is cut short."))
    (
        _magic,
        version,
        *numbers,
        _clustered,
        internal,
        packing,
        kind,
        low,
        high,
        west,
        south,
        east,
        north,
        _z,
        _x,
        _y,
    ) = HEADER.unpack(content)
    if version != VERSION:
        raise BrokenArchive(
            _("The file has version %(found)d of the PMTiles format; version 3 is needed.") % {"found": version}
        )
    if kind != MVT:
        raise BrokenArchive(_("The file holds pictures or unknown tiles. Vector tiles (MVT) are needed."))
    if internal not in (NONE, GZIP) or packing not in (NONE, GZIP):
        raise BrokenArchive(_("The file is compressed in a way that can't be read here; gzip is needed."))
    root, metadata, leaves, tiles = ((numbers[at], numbers[at + 1]) for at in (0, 2, 4, 6))
    if any(offset + length > size for offset, length in (root, metadata, leaves, tiles)):
        raise BrokenArchive(_("The file is cut short: parts of it lie beyond its end."))
    if not low <= high <= MOST_ZOOM:
        raise BrokenArchive(_("The zoom levels in the file are not valid."))
    edges = [value / DEGREE for value in (west, south, east, north)]
    west, south, east, north = edges
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90) or not all(map(math.isfinite, edges)):
        raise BrokenArchive(_("The bounds in the file are not valid."))
    return Header(root, metadata, leaves, tiles, internal, packing, low, high, west, south, east, north)


def _within(place: tuple[int, int], part: tuple[int, int], most: int) -> tuple[int, int]:
    """The (offset, length) in the file of a place in one of its parts. Raises BrokenArchive."""
    offset, length = place
    if not 0 < length <= most or offset + length > part[1]:
        raise BrokenArchive(_("The directory leads outside the file, or to a tile that is too large."))
    return part[0] + offset, length


def _unpacked(content: bytes, most: int) -> bytes:
    unpacker = zlib.decompressobj(wbits=31)
    try:
        plain = unpacker.decompress(content, most + 1)
    except zlib.error as error:
        raise BrokenArchive(_("A part of the file can't be decompressed.")) from error
    if len(plain) > most or not unpacker.eof:
        raise BrokenArchive(_("A part of the file is cut short, or too large when decompressed."))
    return plain


def _directory(content: bytes) -> Directory:
    values = _Numbers(content)
    count = values.next()
    if not 0 < count <= min(MOST_ENTRIES, len(content)):
        raise BrokenArchive(_("The file's directory is empty or too large."))
    ids, last = array("Q"), 0
    for _entry in range(count):
        last = values.sum(last)
        ids.append(last)
    runs, lengths = (array("Q", (values.next() for _entry in range(count))) for _column in range(2))
    offsets: array[int] = array("Q")
    for index in range(count):
        offset = values.next()
        if not offset and not index:
            raise BrokenArchive(_("The file's directory can't be read."))
        offsets.append(offset - 1 if offset else _bounded(offsets[-1] + lengths[index - 1]))
    return Directory(ids, runs, lengths, offsets)


class _Numbers:
    """The varints of a directory, one after the other."""

    def __init__(self, content: bytes) -> None:
        self._content, self._at = content, 0

    def next(self) -> int:
        """The next number, below 2^63. Raises BrokenArchive."""
        number = shift = 0
        while True:
            if self._at >= len(self._content) or shift > 63:
                raise BrokenArchive(_("The file's directory can't be read."))
            byte = self._content[self._at]
            self._at += 1
            number |= (byte & 127) << shift
            if byte < 128:
                return _bounded(number)
            shift += 7

    def sum(self, before: int) -> int:
        """The next number added to the one before it."""
        return _bounded(before + self.next())


def _bounded(number: int) -> int:
    if number >> 63:
        raise BrokenArchive(_("The file's directory can't be read."))
    return number
