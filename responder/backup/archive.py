"""The file of a backup: a tar with `manifest.json` first, then `database`, then `files/…` of the data directory."""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from responder.errors import Invalid

MANIFEST, DATABASE, FILES = "manifest.json", "database", "files/"
FORMAT = 1
BLOCK = 1 << 20
# Made anew at every start, or of the processes that run now; `jobs` holds what partners sent for a few days.
LEFT_OUT = {"redis", "static", "backups", "up.lock", "exports", "jobs"}
LEFT_OUT_BEGINNINGS = ("responder.sqlite3", "celerybeat", "restore-")


def files_of(data_dir: Path) -> Iterator[Path]:
    """Every file of the data directory that a backup keeps."""
    for path in sorted(data_dir.rglob("*")):
        first = path.relative_to(data_dir).parts[0]
        left_out = first in LEFT_OUT or first.startswith(LEFT_OUT_BEGINNINGS)
        if not left_out and path.is_file() and not path.is_symlink():
            yield path


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write(target: Path, *, database: Path, data_dir: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """Write a backup; the manifest as written. The file appears under its name when it is whole, for its owner alone."""
    kept = {
        str(path.relative_to(data_dir)): path.read_bytes() for path in files_of(data_dir) if path.stat().st_size < BLOCK
    }
    large = [path for path in files_of(data_dir) if str(path.relative_to(data_dir)) not in kept]
    manifest |= {
        "format": FORMAT,
        "database": {"bytes": database.stat().st_size, "sha256": sha256_of(database)},
        # Small files are read once, as they may change; large ones are models, which never do.
        "files": {
            **{name: {"bytes": len(held), "sha256": hashlib.sha256(held).hexdigest()} for name, held in kept.items()},
            **{
                str(path.relative_to(data_dir)): {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
                for path in large
            },
        },
    }
    partial = target.with_name(target.name + ".partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        with tarfile.open(fileobj=stream, mode="w:gz" if target.suffix == ".gz" else "w") as tar:
            _add(tar, MANIFEST, json.dumps(manifest, indent=1, sort_keys=True).encode())
            tar.add(database, DATABASE)
            for name, held in kept.items():
                _add(tar, FILES + name, held, mode=(data_dir / name).stat().st_mode & 0o777)
            for path in large:
                tar.add(path, FILES + str(path.relative_to(data_dir)))
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(partial, target)
    return manifest


def _add(tar: tarfile.TarFile, name: str, held: bytes, mode: int = 0o600) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(held), mode
    tar.addfile(info, io.BytesIO(held))


def unpack(source: Path, folder: Path) -> dict[str, Any]:
    """Unpack a backup into an empty folder and compare every byte with its manifest; the manifest. Raises Invalid."""
    try:
        with tarfile.open(source) as tar:
            # The filter refuses absolute names, names that lead outside, links and devices.
            tar.extractall(folder, filter="data")
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
        wanted = {DATABASE: manifest["database"], **{FILES + name: one for name, one in manifest["files"].items()}}
    except (tarfile.TarError, OSError, EOFError, ValueError, KeyError) as error:
        raise Invalid(f"{source} is not a whole backup of Responder: {error}") from error
    if manifest.get("format") != FORMAT:
        raise Invalid(f"{source} has format {manifest.get('format')}; this version reads {FORMAT}.")
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {MANIFEST}
    if found != set(wanted):
        raise Invalid(f"{source}: {sorted(found ^ set(wanted))[0]} is in the archive or in the manifest, not in both.")
    for name, one in wanted.items():
        if sha256_of(folder / name) != one["sha256"]:
            raise Invalid(f"{source}: {name} is not what was backed up.")
    return manifest


def put_back(folder: Path, data_dir: Path, names: list[str]) -> None:
    """Put the unpacked files where they were. Files that the backup does not know stay."""
    for name in names:
        target = data_dir / name
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(target.name + ".partial")
        _copy((folder / FILES / name).open("rb"), partial, (folder / FILES / name).stat().st_mode & 0o777)
        os.replace(partial, target)


def _copy(source: IO[bytes], target: Path, mode: int) -> None:
    with source, os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as stream:
        while block := source.read(BLOCK):
            stream.write(block)
