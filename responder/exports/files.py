"""Storage of an export's parts: a folder for each file in the data directory.

The IDs of its posts are stored with each part, so an erased post is found without reading texts.
"""

import gzip
import os
import shutil
import uuid
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.conf import settings

FOLDER = "exports"  # `backup` leaves it out: its files come and go


def root() -> Path:
    """The folder of all files."""
    return Path(settings.DATA_DIR) / FOLDER


def folder(ref: uuid.UUID) -> Path:
    """The folder of one file."""
    return root() / str(ref)


def store(path: Path, text: str, ids: Sequence[int]) -> None:
    """Write a part atomically. Its ids are written first, so that no text lacks them."""
    _replace(path.with_suffix(".ids"), array("q", ids).tobytes())
    _replace(path, _packed(text))


def store_less(path: Path, text: str, ids: Sequence[int]) -> None:
    """Rewrite a part with fewer posts. Its text goes first, so that a kill in between can be repaired."""
    _replace(path, _packed(text))
    _replace(path.with_suffix(".ids"), array("q", ids).tobytes())


def part(ref: uuid.UUID, number: int) -> Path:
    """The path of a part."""
    return folder(ref) / f"part-{number:06}.gz"


def read(path: Path) -> bytes:
    """A part's text."""
    return gzip.decompress(path.read_bytes())


def size(path: Path) -> int:
    """The bytes of a part's text, as gzip notes them at its end; 0 for a part that is gone."""
    try:
        with path.open("rb") as file:
            file.seek(-4, os.SEEK_END)
            return int.from_bytes(file.read(4), "little")
    except OSError:
        return 0


def ids_of(path: Path) -> list[int]:
    """The ids of a part's posts."""
    found = array("q")
    found.frombytes(path.with_suffix(".ids").read_bytes())
    return found.tolist()


def parts_with(post_ids: set[int]) -> Iterator[tuple[uuid.UUID, Path]]:
    """(reference, part) of all parts of all files in which any of these posts stands."""
    for path in sorted(root().glob("*/part-*.gz")):
        try:
            if not post_ids.isdisjoint(ids_of(path)):
                yield uuid.UUID(path.parent.name), path
        except (FileNotFoundError, ValueError):  # removed meanwhile, or not an export
            continue


def remove(ref: uuid.UUID) -> None:
    """Remove a file's folder. Idempotent."""
    shutil.rmtree(folder(ref), ignore_errors=True)


def _packed(text: str) -> bytes:
    return gzip.compress(text.encode(errors="replace"), compresslevel=4)


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    with partial.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(partial, path)
