"""Reading an untrusted archive: only files that a signed manifest names are unpacked.

1. The first two members are the manifest and its signature, each of one header block and a bounded size. tarfile, which
   follows extended headers, reads nothing before the signature holds; nor is the manifest parsed.
2. Names of the manifest are relative and stay inside the data directory; the sum of its sizes fits the disk.
3. Each following member is a plain file that the manifest names, once, with that size and hash. It is stored under a number:
   no name from the archive becomes a path here, and nothing is left to tarfile's own extraction.
"""

import gzip
import hashlib
import os
import shutil
import tarfile
import zlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from classifier import bounded_json
from responder.backup import signing
from responder.backup.archive import BLOCK, DATABASE, FILES, FORMAT, MANIFEST, SIGNATURE, is_left_out, sha256_of
from responder.errors import Invalid

MOST_MANIFEST, MOST_FILES = 32 << 20, 200_000
MOST_VALUES = 5 * MOST_FILES  # of the manifest's JSON, in which a file counts as three
HEADERS = 4_096  # bytes that tar may spend on one member's headers and padding
SIGNATURE_BYTES = 64
LONGEST_NAME = 255  # bytes of each part of a path
EXTENDED = {
    tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK,
}  # fmt: skip


@dataclass(frozen=True)
class Unpacked:
    """A verified archive: its manifest, its database, and where each file of the data directory lies."""

    manifest: dict[str, Any]
    database: Path
    files: dict[str, Path]


class _Bounded:
    """A stream that refuses to yield more bytes than allowed, against decompression bombs."""

    def __init__(self, stream: IO[bytes], allowed: int) -> None:
        self.stream, self.allowed = stream, allowed

    def read(self, size: int) -> bytes:
        if self.allowed <= 0:
            raise Invalid("it holds more than its manifest says")
        held = self.stream.read(min(size, self.allowed))
        self.allowed -= len(held)
        return held


class _Member(tarfile.TarInfo):
    """A tar member whose extended headers are bounded, since tarfile reads them whole."""

    def _proc_member(self, tar: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type in EXTENDED and not 0 <= self.size <= HEADERS:
            raise Invalid(f"it holds a header of {self.size} bytes, where a backup has at most {HEADERS}.")
        return super()._proc_member(tar)  # type: ignore[misc,no-any-return]  # which tarfile keeps for subclasses


def unpack(source: Path, folder: Path, *, sha256: str = "") -> Unpacked:
    """Unpack a backup into an empty folder. Raises Invalid unless all of it matches the signed manifest.

    Arguments:
        sha256: SHA-256 of the whole file, from a trusted person; the signature is then not checked.
    """
    try:
        vouched = _is_vouched(source, sha256)
        with source.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            stream = _Bounded(gzip.GzipFile(fileobj=raw) if packed else raw, MOST_MANIFEST)  # type: ignore[arg-type]
            manifest = _manifest(stream, vouched=vouched)
            expected = _expected_members(manifest)
            _require_room(expected, folder)
            stream.allowed = sum(one["bytes"] + HEADERS for one in expected.values()) + BLOCK
            with tarfile.open(fileobj=stream, mode="r|", tarinfo=_Member) as tar:  # type: ignore[call-overload]
                found = _members(tar, expected, folder)
    except Invalid as error:
        raise Invalid(f"{source} is not restored: {error}") from error
    except (
        tarfile.TarError, OSError, EOFError, zlib.error, ValueError, LookupError, TypeError, AttributeError, ArithmeticError,
        AssertionError, RecursionError,
    ) as error:  # fmt: skip
        raise Invalid(f"{source} is not a whole backup of Responder: {error}") from error
    return Unpacked(manifest, found.pop(DATABASE), {name.removeprefix(FILES): path for name, path in found.items()})


def _is_vouched(source: Path, sha256: str) -> bool:
    if sha256 and sha256_of(source) != sha256.lower():
        raise Invalid("its SHA-256 is not the one that --sha256 names.")
    return bool(sha256)


def _manifest(stream: _Bounded, *, vouched: bool) -> dict[str, Any]:
    held = _first(stream, MANIFEST, MOST_MANIFEST)
    if held is None:
        raise Invalid(f"it does not begin with {MANIFEST}.")
    signed = _first(stream, SIGNATURE, SIGNATURE_BYTES) or b""
    if not vouched and not signing.is_ours(held, signed):
        raise Invalid(
            f"it is {'not signed with the key of this installation' if signed else 'not signed, as none before format 2 is'}. "
            "Set RESPONDER_BACKUP_KEY as it was, or put the old installation's backup_key into the data directory. "
            "Whoever knows where the file comes from vouches for it with --sha256 and its digest."
        )
    manifest = _parse(held)
    if manifest.get("format") != FORMAT:
        raise Invalid(
            f"it has format {manifest.get('format')}, this version reads {FORMAT}. Restore it with the version that made it "
            f"({manifest.get('product')}), upgrade that installation, and back up again."
        )
    if not signed:
        raise Invalid("it has no signature, as no archive of this format is made.")
    return manifest


def _first(stream: _Bounded, name: str, most: int) -> bytes | None:
    """The bytes of a member of one header block; None where the next member has another name.

    The budget of the stream is what this member may take, so that nothing larger is read for it.
    """
    stream.allowed = tarfile.BLOCKSIZE
    member = tarfile.TarInfo.frombuf(stream.read(tarfile.BLOCKSIZE), "utf-8", "surrogateescape")
    if member.name != name:
        return None
    _require_plain(member)
    if not 0 <= member.size <= most:
        raise Invalid(f"its {name} is too large.")
    stream.allowed = padded = -(-member.size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
    held = stream.read(padded) if padded else b""
    if len(held) < padded:
        raise EOFError(f"{name} is cut short")
    return held[: member.size]


def _parse(held: bytes) -> dict[str, Any]:
    """The manifest, with the types of all its parts checked."""
    try:
        manifest = bounded_json.loads(held, most_values=MOST_VALUES)
    except RecursionError as error:
        raise Invalid("its manifest is nested too deeply.") from error
    except bounded_json.TooManyValues as error:
        raise Invalid(f"its manifest holds {error}.") from error
    if not isinstance(manifest, dict):
        raise Invalid("its manifest is not a JSON object.")
    return manifest


def _expected_members(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Name in the archive → size and hash of everything that the manifest names."""
    _require_types(manifest)
    files = manifest["files"]
    if len(files) > MOST_FILES:
        raise Invalid(f"its manifest names more than {MOST_FILES} files.")
    for name in files:
        parts = PurePosixPath(name).parts
        clean = name == "/".join(parts) and not name.startswith("/") and ".." not in parts and "\0" not in name
        fits = all(len(one.encode(errors="replace")) <= LONGEST_NAME for one in parts) and _is_text(name)
        if not parts or not clean or not fits or is_left_out(parts[0]):
            raise Invalid(f"{name!r} is no name of a file that a backup holds.")
    expected = {DATABASE: manifest["database"], **{FILES + name: one for name, one in files.items()}}
    if any(type(one["bytes"]) is not int or one["bytes"] < 0 for one in expected.values()):
        raise Invalid("its manifest names sizes that are none.")
    return expected


def _require_types(manifest: dict[str, Any]) -> None:
    for name, kind in {
        "product": str,
        "made_at": str,
        "vendor": str,
        "migrations": list,
        "tables": dict,
        "files": dict,
    }.items():
        if not isinstance(manifest.get(name), kind):
            raise Invalid(f"its manifest has no usable {name!r}.")
    if not all(isinstance(one, str) for one in manifest["migrations"]):
        raise Invalid("its manifest has no usable 'migrations'.")
    if not all(isinstance(one, dict) and type(one.get("rows")) is int for one in manifest["tables"].values()):
        raise Invalid("its manifest has no usable 'tables'.")
    for one in (manifest.get("database"), *manifest["files"].values()):
        if not isinstance(one, dict) or not isinstance(one.get("sha256"), str) or "bytes" not in one:
            raise Invalid("its manifest lists a file without its size and hash.")


def _is_text(name: str) -> bool:
    """Whether a name can be encoded for the file system."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _require_room(expected: dict[str, dict[str, Any]], folder: Path) -> None:
    needed, free = sum(one["bytes"] for one in expected.values()), shutil.disk_usage(folder).free
    if needed > free:
        raise Invalid(f"it unpacks to {needed >> 20} MB, and the disk of the data directory has {free >> 20} MB.")


def _members(tar: tarfile.TarFile, expected: dict[str, dict[str, Any]], folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    while member := tar.next():
        tar.members = []  # type: ignore[attr-defined]  # tarfile would remember them all
        if member.name not in expected or member.name in found:
            raise Invalid(f"{member.name!r} is in the archive {'twice' if member.name in found else 'alone'}.")
        found[member.name] = _store(tar, member, expected[member.name], folder / f"{len(found):06}")
    if missing := sorted(expected.keys() - found):
        raise Invalid(f"{missing[0]!r} is in the manifest alone.")
    return found


def _store(tar: tarfile.TarFile, member: tarfile.TarInfo, expected: dict[str, Any], target: Path) -> Path:
    _require_plain(member)
    if member.size != expected["bytes"]:
        raise Invalid(f"{member.name} has {member.size} bytes, its manifest says {expected['bytes']}.")
    digest, source = hashlib.sha256(), tar.extractfile(member)
    assert source is not None
    # A model's files are read-only; what else the archive says about rights is ignored.
    mode = 0o600 if member.mode & 0o200 else 0o400
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as stream:
        while block := source.read(BLOCK):
            digest.update(block)
            stream.write(block)
    if digest.hexdigest() != expected["sha256"]:
        raise Invalid(f"{member.name.removeprefix(FILES)} is not what was backed up.")
    return target


def _require_plain(member: tarfile.TarInfo) -> None:
    """Raise Invalid unless the member is a plain file: no link, device, folder or sparse file."""
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.issparse():
        raise Invalid(f"{member.name!r} is not a plain file.")
