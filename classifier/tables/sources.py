"""Reads the bytes of a file that is uncompressed, gzipped or the only file in a ZIP archive, or of standard input."""

import gzip
import io
import os
import sys
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from classifier.tables import kinds
from classifier.tables.rows import UnusableInput

START = 64_000  # bytes that are inspected first
UNPACKED = 4_000_000_000  # bytes of an archive
BUFFER, PIECE = 1 << 17, 1 << 14  # what is lost with a damaged checksum of a ZIP archive: a piece
OLE_DIRECTORY = 4_000_000  # bytes of an old workbook that are searched for its type
READ_ERRORS = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError)


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read.

    Arguments:
        path: of the file, or `-` for standard input.
        name: for messages.
        suffix: suffix of the text file in lower case, without that of the archive; empty for standard input.
        workbook: xls, xlsx or ods; empty for text.
        packing: gzip, zip or empty.
        member: the file to read in a ZIP archive.
        damage: why an archive could not be read to its end; set while reading.
    """

    path: str
    name: str
    suffix: str = ""
    workbook: str = ""
    packing: str = ""
    member: str = ""
    damage: list[str] = field(default_factory=list)

    @property
    def repeatable(self) -> bool:
        """Whether the file can be read twice."""
        return self.path != "-"

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Open the uncompressed bytes from the beginning. Raises UnusableInput."""
        if not self.repeatable:
            yield sys.stdin.buffer
            return
        try:
            with Path(self.path).open("rb") as file:
                if self.packing == "gzip":
                    with gzip.GzipFile(fileobj=file) as unpacked:
                        yield _bounded(unpacked, self)
                elif self.packing == "zip":
                    with zipfile.ZipFile(file) as archive, archive.open(self.member) as unpacked:
                        yield _bounded(unpacked, self)
                else:
                    yield file
        except READ_ERRORS as error:
            raise UnusableInput(f"{self.name} cannot be read: {_reason(error)}") from error

    def start(self) -> bytes:
        """Return the first uncompressed bytes. Raises UnusableInput."""
        with self.open() as stream:
            if self.repeatable:
                return stream.read(START)
            if isinstance(stream, io.BufferedReader):
                return stream.peek(START)[:START]
            start = stream.read(START)
            stream.seek(-len(start), io.SEEK_CUR)
            return start


def find(path: str) -> Source:
    """Inspect a file and return how to read its bytes. Raises UnusableInput for files without rows."""
    if path == "-":
        source = Source(path, "The input")
        start = source.start()
        if start.startswith((kinds.GZIP, *kinds.ZIP, kinds.OLE)):
            raise UnusableInput(
                "The input is compressed, or a workbook. Save it to a file, and pass the name of that file."
            )
        kinds.refuse(source.name, start)
        return source
    name = Path(path).name
    start = _start_of(path)
    suffixes = [suffix.lower() for suffix in Path(path).suffixes]
    packed = suffixes[-1] if suffixes and suffixes[-1] in (".gz", ".zip") else ""
    suffix = next((one for one in reversed(suffixes) if one not in (".gz", ".zip")), "")
    if start.startswith(kinds.GZIP):
        found = Source(path, name, suffix, packing="gzip")
        return _refuse_inside(found)
    if start.startswith(kinds.ZIP):
        return _from_zip(path, name)
    if start.startswith(kinds.OLE):
        with Path(path).open("rb") as file:
            return Source(path, name, suffix, workbook=kinds.form_of_ole(name, file.read(OLE_DIRECTORY)))
    if packed and start:
        raise UnusableInput(f"{name} is not a valid {packed[1:]} archive.")
    kinds.refuse(name, start)
    return Source(path, name, suffix)


def _start_of(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(START)
    except (OSError, ValueError) as error:
        raise UnusableInput(f"{path}: {getattr(error, 'strerror', None) or error}") from error


def _from_zip(path: str, name: str) -> Source:
    try:
        with zipfile.ZipFile(path) as archive:
            packed = kinds.contents_of_zip(name, archive)
            if packed.member and archive.getinfo(packed.member).flag_bits & 1:
                raise UnusableInput(f"{name} is password-protected. Unpack it and send the file in it.")
    except READ_ERRORS as error:
        raise UnusableInput(f"{name} is not a valid ZIP archive or workbook.") from error
    if packed.form:
        return Source(path, name, f".{packed.form}", workbook=packed.form)
    suffix = os.path.splitext(packed.member)[1].lower()
    return _refuse_inside(Source(path, name, suffix, packing="zip", member=packed.member))


def _refuse_inside(source: Source) -> Source:
    start = source.start()
    if start.startswith((kinds.GZIP, *kinds.ZIP, kinds.OLE)):
        raise UnusableInput(
            f"{source.name} is an archive that contains another archive. Unpack it and send the file inside."
        )
    kinds.refuse(source.name, start)
    return source


class _Bounded(io.RawIOBase):
    """An uncompressed stream of limited length, because a few megabytes can expand to terabytes.

    A damaged or truncated archive ends early, so that the part before the damage is read.
    """

    def __init__(self, stream: Any, source: Source) -> None:
        self._stream, self._source, self._left = stream, source, UNPACKED

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        piece = self._next(len(buffer))
        self._left -= len(piece)
        if self._left < 0:
            raise UnusableInput(f"{self._source.name} holds more than {UNPACKED // 10**9} GB once unpacked. Split it.")
        buffer[: len(piece)] = piece
        return len(piece)

    def _next(self, size: int) -> bytes:
        try:
            return bytes(self._stream.read1(min(size, PIECE)))
        except READ_ERRORS as error:
            if self._left == UNPACKED:
                raise
            self._source.damage[:] = [_reason(error)]
            return b""


def _bounded(stream: Any, source: Source) -> IO[bytes]:
    return io.BufferedReader(_Bounded(stream, source), BUFFER)


def _reason(error: BaseException) -> str:
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__)[:200]
