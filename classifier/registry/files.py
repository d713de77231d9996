"""Crash-safe replacement of folders: write to a temporary folder, fsync, rename.

Leftovers of a killed process have names that start with a dot; the next writer reuses or deletes them.
"""

import ctypes
import errno
import fcntl
import json
import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from classifier.errors import ArtefactError
from classifier.ml import artefact
from classifier.registry.errors import Integrity, InvalidRequest, Unavailable

LOCK = ".lock"
LOCK_WAIT_S = 600.0  # a large model is copied to a slow disk while the lock is held
LOCK_POLL_S = 0.02
MAX_FILES = 64
MAX_BYTES = 8 << 30
AT_FDCWD, RENAME_EXCHANGE = -100, 2  # linux/fcntl.h, linux/fs.h
NO_EXCHANGE = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM})


@contextmanager
def reachable(what: str) -> Iterator[None]:
    """Convert disk errors to Unavailable."""
    try:
        yield
    except OSError as error:
        raise Unavailable(f"{what} cannot be used: {error.strerror or error}. Try again later.") from error


@contextmanager
def lock(folder: Path, *, wait_s: float | None = None) -> Iterator[None]:
    """Hold an exclusive lock on `folder` among all threads and processes. A killed holder releases it.

    Raises Unavailable after `wait_s`, by default LOCK_WAIT_S.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        _acquire(descriptor, folder, time.monotonic() + (LOCK_WAIT_S if wait_s is None else wait_s))
        yield
    finally:
        os.close(descriptor)  # releases the lock


def _acquire(descriptor: int, folder: Path, until: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # per descriptor, so it also excludes threads
            return
        except BlockingIOError as error:
            if time.monotonic() > until:
                raise Unavailable(f"{folder} is in use by another process. Try again later.") from error
            time.sleep(LOCK_POLL_S)


def install(into: Path, *, sha256: str, fetch: Callable[[Path], None]) -> Path:
    """Replace `into` by what `fetch` brings, after verifying it. Otherwise `into` stays unchanged.

    Arguments:
        sha256: of the manifest that the result must match.
        fetch: fills the given folder; it may contain files of an interrupted attempt, which may be reused.

    Raises:
        Integrity: what was fetched does not match. It is deleted.
        InvalidRequest: `into` is a link or a file.
    """
    into = into.absolute()
    if into.is_symlink() or (into.exists() and not into.is_dir()):
        raise InvalidRequest(f"{into} is not a folder. Name a folder for the model's files.")
    with reachable(str(into.parent)), lock(into.parent):
        staging, previous = into.with_name(f".{into.name}.partial"), into.with_name(f".{into.name}.previous")
        if into.exists():
            remove(previous)
        elif previous.exists():  # the process was killed between the two renames of `swap`
            os.rename(previous, into)
        if not holds(into, sha256):
            if staging.is_symlink():
                staging.unlink()
            staging.mkdir(exist_ok=True)
            fetch(staging)
            _require(staging, sha256)
            sync_folder(staging)
            swap(staging, into, previous)
        remove(staging)
        remove(previous)
    return into


def holds(folder: Path, sha256: str) -> bool:
    """Whether `folder` is intact and has this manifest."""
    try:
        return folder.is_dir() and artefact.verify(folder) == sha256
    except ArtefactError:
        return False


def _require(staging: Path, sha256: str) -> None:
    try:
        found = artefact.verify(staging)
    except ArtefactError as error:
        remove(staging)
        raise Integrity(f"What was fetched is damaged and was thrown away: {error}") from error
    if found != sha256:
        remove(staging)
        raise Integrity(
            f"What was fetched has SHA-256 {found[:12]}…, registered is {sha256[:12]}…; it was thrown away. "
            "Have the model registered anew under another version."
        )


def swap(new: Path, into: Path, previous: Path) -> None:
    """Replace `into` by `new`; the old content is at `new` or `previous` afterwards."""
    if not into.exists():
        os.rename(new, into)
    elif not exchange(new, into):
        os.rename(into, previous)  # for a moment `into` doesn't exist; `install` restores it after a crash
        os.rename(new, into)
    sync(into.parent)


def exchange(one: Path, other: Path) -> bool:
    """Swap two folders atomically. Returns False if the system or its file system doesn't support it."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0:
        return True
    number = ctypes.get_errno()
    if number in NO_EXCHANGE:
        return False
    raise OSError(number, os.strerror(number), str(one))


def plain_files(folder: Path) -> list[Path]:
    """The files of a model's folder. Raises Integrity if one isn't a plain file, or if there is too much."""
    found: list[Path] = []
    size = 0
    for path in folder.iterdir():
        state = path.lstat()
        size += state.st_size
        found.append(path)
        if not stat.S_ISREG(state.st_mode):
            raise Integrity(f"{folder.name}: {path.name} is not a plain file. A model holds plain files only.")
        if len(found) > MAX_FILES or size > MAX_BYTES:
            raise Integrity(f"{folder.name} is larger than a model may be ({MAX_FILES} files, {MAX_BYTES >> 30} GiB).")
    return sorted(found)


def mirror(source: Path, target: Path) -> None:
    """Make `target` contain the same plain files as `source`, without copying existing ones again."""
    files = plain_files(source)
    for extra in {path.name for path in target.iterdir()} - {path.name for path in files}:
        remove(target / extra)
    for path in files:
        copy = target / path.name
        if copy.is_symlink() or not copy.is_file():
            remove(copy)
        if not copy.exists() or artefact.file_sha256(copy) != artefact.file_sha256(path):
            copy_file(path, copy)


def copy_file(source: Path, target: Path) -> None:
    """Copy a plain file and fsync it."""
    with open(os.open(source, os.O_RDONLY | os.O_NOFOLLOW), "rb") as reader, target.open("wb") as writer:
        shutil.copyfileobj(reader, writer, artefact.BLOCK)
        writer.flush()
        os.fsync(writer.fileno())


def write_json(path: Path, content: Any) -> None:
    """Replace a small JSON file atomically."""
    aside = path.with_name(f".{path.name}.partial")
    with aside.open("w", encoding="utf-8") as file:
        json.dump(content, file, indent=1, sort_keys=True, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    os.replace(aside, path)
    sync(path.parent)


def sync(folder: Path) -> None:
    """Fsync a folder's directory entries."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Fsync a folder of plain files."""
    for path in plain_files(folder):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    sync(folder)


def make_read_only(folder: Path) -> None:
    """Remove write permission from the files and the folders."""
    for path in folder.rglob("*"):
        path.chmod(0o500 if path.is_dir() else 0o400)
    folder.chmod(0o500)


def remove(path: Path) -> None:
    """Delete a file, link or folder, including read-only ones. Does nothing if there is none."""
    if path.is_symlink() or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    for folder in (path, *(inner for inner in path.rglob("*") if inner.is_dir() and not inner.is_symlink())):
        folder.chmod(0o700)
    shutil.rmtree(path)
