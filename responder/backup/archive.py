"""The file of a backup: a tar of `manifest.json`, its signature, `database`, then `files/…` of the data directory."""

import hashlib
import io
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from responder.backup import signing
from responder.database import sqlite_files
from responder.errors import Invalid

MANIFEST, SIGNATURE, DATABASE, FILES = "manifest.json", "manifest.hmac", "database", "files/"
FORMAT = 2
BLOCK = 1 << 20
# Made anew at every start, or of the processes that run now; `jobs` holds what partners sent for a few days. The key that
# signs backups is kept apart from them.
LEFT_OUT = {
    "redis",
    "static",
    "backups",
    "up.lock",
    "exports",
    "jobs",
    "imports",
    "label-imports",
    "situation",
    signing.KEY_FILE,
}
LEFT_OUT_BEGINNINGS = ("responder.sqlite3", "celerybeat", "restore-")


def is_left_out(first: str) -> bool:
    """Whether this name in the data directory is excluded from backups."""
    return first in LEFT_OUT or first.startswith(LEFT_OUT_BEGINNINGS)


def files_of(data_dir: Path) -> Iterator[Path]:
    """Every file of the data directory that a backup contains. The database is in it as a dump, wherever its file lies."""
    database = {path.resolve() for path in sqlite_files()}
    for path in sorted(data_dir.rglob("*")):
        if path.resolve() in database:
            continue
        if not is_left_out(path.relative_to(data_dir).parts[0]) and path.is_file() and not path.is_symlink():
            yield path


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def write(target: Path, *, database: Path, data_dir: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """Write a backup atomically, readable by its owner only. Returns the manifest."""
    kept = {
        str(path.relative_to(data_dir)): path.read_bytes() for path in files_of(data_dir) if path.stat().st_size < BLOCK
    }
    large = [path for path in files_of(data_dir) if str(path.relative_to(data_dir)) not in kept]
    manifest |= {
        "format": FORMAT,
        "database": {"bytes": database.stat().st_size, "sha256": sha256_of(database)},
        # Small files may change, so they are read once; large ones are models, which never change.
        "files": {
            **{name: {"bytes": len(held), "sha256": hashlib.sha256(held).hexdigest()} for name, held in kept.items()},
            **{
                str(path.relative_to(data_dir)): {"bytes": path.stat().st_size, "sha256": sha256_of(path)}
                for path in large
            },
        },
    }
    listed = json.dumps(manifest, indent=1, sort_keys=True).encode()
    partial = target.with_name(target.name + ".partial")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as stream:
        with tarfile.open(fileobj=stream, mode="w:gz" if target.suffix == ".gz" else "w") as tar:
            _add(tar, MANIFEST, listed)
            _add(tar, SIGNATURE, signing.sign(listed).encode())
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


def put_back(files: dict[str, Path], data_dir: Path) -> None:
    """Restore the unpacked files. Files that are not in the backup stay."""
    for name, source in files.items():
        target = data_dir / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.parent.resolve().is_relative_to(data_dir.resolve()):
            raise Invalid(f"{target.parent} leads out of the data directory: {name} is not restored.")
        partial = target.with_name(target.name + ".partial")
        partial.unlink(missing_ok=True)
        shutil.copyfile(source, partial)
        partial.chmod(source.stat().st_mode & 0o700)
        os.replace(partial, target)
