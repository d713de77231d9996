"""File permissions of the data directory: only the user that Responder runs as has access.

New files are closed by the umask that the settings set in every process; this module closes what older versions left open.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import structlog

log = structlog.get_logger(__name__)
OTHERS = 0o077
# Only what we made: a data directory that is also somebody's home keeps the rights of everything else.
OURS = {
    "audit-anchors.txt", "backup_key", "backups", "basemaps", "demo_credentials.json", "exports", "jobs", "logs", "media", "models", "processes.json", "redis",
    "registry", "runs", "secret_key", "snapshots", "static", "up.lock",
}  # fmt: skip
OUR_BEGINNINGS = ("responder.sqlite3", "celerybeat", "restore-", "backup-")


def close(data_dir: Path) -> int:
    """Remove other users' access to our files in the data directory. Returns how many entries had any.

    A directory that is closed already is not looked into: nobody else reaches what is under it.
    """
    if not data_dir.is_dir() or not stat.S_IMODE(data_dir.stat().st_mode) & OTHERS:
        return 0
    closed = sum(_close(path) for path in _entries(data_dir))
    if not _is_shared(data_dir):
        closed += _close(data_dir)
    if closed:
        log.info("files that others could read are closed to them", data_dir=str(data_dir), entries=closed)
    return closed


def close_files(paths: Iterable[Path]) -> int:
    """Remove other users' access to these files of ours, where they exist. Returns how many had any."""
    return sum(_close(path) for path in paths)


def _entries(data_dir: Path) -> Iterator[Path]:
    for path in data_dir.iterdir():
        if path.name in OURS or path.name.startswith(OUR_BEGINNINGS):
            yield path
            if path.is_dir() and not path.is_symlink():
                for folder, folders, files in os.walk(path):
                    yield from (Path(folder) / name for name in (*folders, *files))


def _close(path: Path) -> bool:
    """Remove other users' access to a path, unless it is a link or another user's. Returns whether it had any."""
    with suppress(FileNotFoundError, PermissionError):
        found = path.lstat()
        if not stat.S_ISLNK(found.st_mode) and found.st_uid == os.geteuid() and found.st_mode & OTHERS:
            path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
            return True
    return False


def _is_shared(data_dir: Path) -> bool:
    """Whether a directory is shared with others, like `/` or `/tmp`."""
    return data_dir == Path(data_dir.anchor) or bool(data_dir.stat().st_mode & stat.S_ISVTX)
