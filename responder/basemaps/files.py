"""Where base map files are: one folder of the data directory, into which an administrator may also place files by hand."""

from functools import lru_cache
from pathlib import Path

from django.conf import settings

from responder.basemaps.archive import Archive, BrokenArchive, stamp
from responder.models import BaseMap

FOLDER = "basemaps"  # `backup` leaves it out: the files are large, and can be had again
SUFFIX = ".pmtiles"
MOST_OPEN = 32  # archives in the memory of one process


def root() -> Path:
    """The folder of all base map files."""
    return Path(settings.DATA_DIR) / FOLDER


def path_of(base_map: BaseMap) -> Path:
    """The path of a base map's file."""
    return root() / base_map.file


def placed() -> list[Path]:
    """The base map files in the folder, by name. Links are left out: they might lead anywhere."""
    try:
        found = [path for path in root().iterdir() if path.suffix == SUFFIX]
    except FileNotFoundError:
        return []
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def state(base_map: BaseMap) -> str:
    """Whether the file of a base map is as it was when it was read: `ready`, `changed` or `missing`."""
    try:
        found = path_of(base_map).stat()
    except OSError:
        return "missing"
    return "ready" if stamp(found) == base_map.stamp else "changed"


def open_archive(path: Path, expected: str) -> Archive:
    """The opened file of a base map. Raises BrokenArchive if it isn't the one that was read, OSError."""
    if stamp(path.stat()) != expected:
        raise BrokenArchive(f"{path.name} has changed")
    return _opened(path, expected)


@lru_cache(maxsize=MOST_OPEN)
def _opened(path: Path, _expected: str) -> Archive:
    return Archive(path)
