"""PMTiles files are read as the specification says, and whatever is wrong with one is refused with a reason."""

import gzip
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.basemaps.archive import MOST_PLAIN_TILE, Archive, BrokenArchive, tile_id
from responder.basemaps.checking import check, holds_layers
from tests.responder.basemaps.conftest import TILE, directory, pmtiles, varint

FIRST_IDS = {
    (0, 0, 0): 0,
    (1, 0, 0): 1,
    (1, 0, 1): 2,
    (1, 1, 1): 3,
    (1, 1, 0): 4,
    (2, 0, 0): 5,
    (2, 1, 1): 7,
    (12, 3423, 1763): 19078479,
}


def archive(tmp_path: Path, content: bytes) -> Archive:
    path = tmp_path / "a.pmtiles"
    path.write_bytes(content)
    return Archive(path)


def test_tiles_are_numbered_as_the_specification_says() -> None:
    assert {place: tile_id(*place) for place in FIRST_IDS} == FIRST_IDS


@pytest.mark.parametrize("zoom", [0, 1, 4])
def test_every_tile_has_a_number_of_its_own(zoom: int) -> None:
    side = 1 << zoom
    found = sorted(tile_id(zoom, x, y) for x in range(side) for y in range(side))
    start = (4**zoom - 1) // 3
    assert found == list(range(start, start + side * side))


@pytest.mark.parametrize("packed", [True, False])
def test_a_tile_is_read(tmp_path: Path, packed: bool) -> None:
    found = archive(tmp_path, pmtiles(packed=packed)).tile(0, 0, 0)
    assert found is not None
    assert (found.plain, found.is_gzip) == (TILE, packed)


def test_what_the_file_lacks_is_none(tmp_path: Path) -> None:
    opened = archive(tmp_path, pmtiles())
    assert opened.tile(1, 0, 0) is None
    assert opened.tile(0, 1, 0) is None
    assert opened.tile(22, 1, 1) is None
    assert opened.tile(3, -1, 0) is None


def test_one_content_may_stand_for_a_run_of_tiles(tmp_path: Path) -> None:
    size = len(gzip.compress(TILE))
    opened = archive(tmp_path, pmtiles(entries=[(1, 3, size, 0)]))
    assert [opened.tile(*place) is not None for place in ((0, 0, 0), (1, 0, 0), (1, 1, 1), (1, 1, 0))] == [
        False,
        True,
        True,
        False,
    ]


def test_a_tile_behind_a_leaf_directory_is_read(tmp_path: Path) -> None:
    body = gzip.compress(TILE)
    leaf = directory([(0, 1, len(body), 0)])
    opened = archive(tmp_path, pmtiles(leaf=leaf, entries=[(0, 0, len(gzip.compress(leaf)), 0)]))
    found = opened.tile(0, 0, 0)
    assert found is not None and found.plain == TILE


def test_the_file_names_itself_without_markup(tmp_path: Path) -> None:
    (path := tmp_path / "a.pmtiles").write_bytes(pmtiles())
    found = check(path)
    assert (found.name, found.attribution) == ("Delta", "© OpenStreetMap")
    assert (found.header.west, found.header.south, found.header.east, found.header.north) == (34, -20, 35, -19)


BOMB = gzip.compress(b"\0" * (MOST_PLAIN_TILE + 1))
LOOP = next(
    found for length in range(20, 60) if len(gzip.compress(found := directory([(0, 0, length, 0)]))) == length
)  # a directory whose only entry leads to itself
HOSTILE = {
    "no file of this kind": (b"PK\x03\x04" + b"\0" * 200, "not a PMTiles file"),
    "nothing": (b"", "not a PMTiles file"),
    "header cut": (pmtiles()[:90], "cut short"),
    "version 2": (pmtiles(version=2), "version 2"),
    "pictures": (pmtiles(kind=2), "pictures"),
    "brotli": (pmtiles(compression=3), "gzip is needed"),
    "parts beyond the end": (pmtiles(data_length=1 << 40), "beyond its end"),
    "offset that overflows": (pmtiles(data_offset=(1 << 64) - 1), "beyond its end"),
    "zooms turned around": (pmtiles(min_zoom=9, max_zoom=3), "zoom levels"),
    "zoom 200": (pmtiles(max_zoom=200), "zoom levels"),
    "bounds turned around": (pmtiles(west=360_000_000), "bounds"),
    "bounds outside the world": (pmtiles(north=910_000_000), "bounds"),
    "no directory": (pmtiles(root_length=0), "directory is empty"),
    "directory that is none": (pmtiles(root=gzip.compress(b"\xff" * 40)), "directory"),
    "directory without entries": (pmtiles(root=gzip.compress(varint(0))), "directory is empty"),
    "directory of a billion entries": (pmtiles(root=gzip.compress(varint(10**9) + b"\1")), "too large"),
    "directory that grows": (pmtiles(root=gzip.compress(b"\0" * (5 << 20))), "too large when decompressed"),
    "directory that is not gzip": (pmtiles(root=b"no gzip here, only words"), "can't be decompressed"),
    "tile outside the file": (pmtiles(entries=[(0, 1, 100_000, 0)]), "outside the file"),
    "tile of no bytes": (pmtiles(entries=[(0, 1, 0, 0)]), "outside the file"),
    "directories in a circle": (pmtiles(leaf=LOOP, entries=[(0, 0, len(gzip.compress(LOOP)), 0)]), "nested too deeply"),
    "tile that grows": (pmtiles(tile=b"\0" * (MOST_PLAIN_TILE + 1)), "too large when decompressed"),
    "tile that is a picture": (pmtiles(tile=b"\x89PNG\r\n\x1a\n" * 9), "not a vector tile"),
    "tile of words": (pmtiles(tile=b"<html>"), "not a vector tile"),
    "description that is no JSON": (pmtiles(metadata=b"{"), "description"),
    "description nested deeply": (pmtiles(metadata=b"[" * 200_000), "description"),
    "description that grows": (pmtiles(metadata=b" " * (2 << 20)), "too large when decompressed"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(tmp_path: Path, name: str) -> None:
    content, reason = HOSTILE[name]
    (path := tmp_path / "a.pmtiles").write_bytes(content)
    with pytest.raises(BrokenArchive, match=reason):
        check(path)


@given(st.data())
def test_a_damaged_file_is_read_or_refused_and_never_fails(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    whole = bytearray(pmtiles())
    for _change in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(7, len(whole) - 1))] = data.draw(st.integers(0, 255))
    (path := tmp_path_factory.mktemp("damaged") / "a.pmtiles").write_bytes(
        bytes(whole[: data.draw(st.integers(100, len(whole)))])
    )
    try:
        check(path)
        opened = Archive(path)
        for zoom in (0, 1, 14):
            opened.tile(zoom, 0, 0)
    except BrokenArchive:
        pass


def test_a_file_that_changed_since_is_not_read(tmp_path: Path) -> None:
    opened = archive(tmp_path, pmtiles())
    with opened.path.open("ab") as file:
        file.write(b"\0")
    os.utime(opened.path, ns=(1, 1))
    with pytest.raises(BrokenArchive):
        opened.tile(0, 0, 0)


def test_layers_are_recognised() -> None:
    assert holds_layers(TILE)
    assert not holds_layers(b"")
    assert not holds_layers(TILE[:-1])
    assert not holds_layers(TILE + b"\x1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff")
