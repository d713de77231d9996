"""Small PMTiles files, written by the specification and not by our reader, and a folder of the test's own."""

import gzip
import struct
from pathlib import Path
from typing import Any

import pytest

LAYOUT = "<7sB11Q6B4iB2i"
GZIP, MVT = 2, 1
# One layer "roads" of version 2 with a line: name, feature (type line, geometry), extent, version.
_FEATURE = bytes([0x18, 2, 0x22, 6, 9, 50, 34, 10, 128, 1])
FEATURE = _FEATURE[:3] + bytes([len(_FEATURE) - 4]) + _FEATURE[4:]
LAYER = b"\x0a\x05roads" + b"\x12" + bytes([len(FEATURE)]) + FEATURE + b"\x28\x80\x20" + b"\x78\x02"
TILE = b"\x1a" + bytes([len(LAYER)]) + LAYER


def varint(number: int) -> bytes:
    parts = bytearray()
    while number > 127:
        parts.append(number & 127 | 128)
        number >>= 7
    return bytes([*parts, number])


def directory(entries: list[tuple[int, int, int, int]]) -> bytes:
    """A directory of (tile id, run, length, offset), uncompressed."""
    ids = [entry[0] for entry in entries]
    steps = [after - before for before, after in zip([0, *ids], ids, strict=False)]
    columns = [steps, [e[1] for e in entries], [e[2] for e in entries], [e[3] + 1 for e in entries]]
    return varint(len(entries)) + b"".join(varint(value) for column in columns for value in column)


def pmtiles(
    *, tile: bytes = TILE, entries: list[tuple[int, int, int, int]] | None = None, root: bytes | None = None,
    metadata: bytes = b'{"name": "Delta", "attribution": "<a href=x>\\u00a9 OpenStreetMap</a>"}', leaf: bytes = b"", packed: bool = True,
    **changes: Any,
) -> bytes:  # fmt: skip
    """A file with one tile, 0/0/0, unless `entries` says otherwise. `changes` replaces fields of the header."""
    pack = (lambda plain: gzip.compress(plain, mtime=0)) if packed else bytes  # the same bytes at any time
    body = gzip.compress(tile, mtime=0) if packed else tile
    root = pack(directory(entries or [(0, 1, len(body), 0)])) if root is None else root
    metadata, leaf = pack(metadata), pack(leaf) if leaf else b""
    at = struct.calcsize(LAYOUT)
    fields: dict[str, Any] = {"magic": b"PMTiles", "version": 3}
    for name, part in (("root", root), ("metadata", metadata), ("leaf", leaf), ("data", body)):
        fields[f"{name}_offset"], fields[f"{name}_length"] = at, len(part)
        at += len(part)
    fields |= {
        "addressed": 1, "entries": 1, "contents": 1, "clustered": 1, "internal": GZIP if packed else 1, "compression": GZIP if packed else 1,
        "kind": MVT, "min_zoom": 0, "max_zoom": 14, "west": 340_000_000, "south": -200_000_000, "east": 350_000_000,
        "north": -190_000_000, "zoom": 0, "x": 0, "y": 0,
    }  # fmt: skip
    return struct.pack(LAYOUT, *(fields | changes).values()) + root + metadata + leaf + body


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "basemaps"
    found.mkdir(exist_ok=True)
    return found
