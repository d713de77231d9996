"""Checks of this machine: settings, keys, disk, file permissions."""

import difflib
import os
import pwd
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from django.conf import settings

from responder.doctor.findings import Check, State
from responder.settings.paths import SHORTEST_KEY
from responder.settings.schema import variables
from responder.settings.strength import is_strong_key
from responder.situation import pdf

Found = Iterator[tuple[State, str, str]]
GIGABYTE = 1_000_000_000
LOW_DISK, FULL_DISK = 5 * GIGABYTE, GIGABYTE // 2
OTHERS = 0o077


def check_settings() -> Found:
    """Check that the settings are valid, and warn of variables that no setting has, which are probably misspelt."""
    kind = "production" if settings.PRODUCTION else "local use"
    source = f"from {settings.ENV_FILE} and the environment" if settings.ENV_FILE else "from the environment"
    yield "ok", f"Settings for {kind}, {source}. Data directory: {settings.DATA_DIR}.", ""
    known = [name for name, _default, _description in variables()]
    read_elsewhere = {"RESPONDER_URL", "RESPONDER_TOKEN", "RESPONDER_INSTALLATION"}
    for name in sorted(os.environ):
        if name.startswith("RESPONDER_") and name not in known and name not in read_elsewhere:
            similar = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {similar[0]}?" if similar else "Remove it."
            yield "warning", f"Nothing reads the variable {name}.", hint
    if settings.DEBUG:
        yield "warning", "Django's debug pages are on: errors show internals.", "Unset RESPONDER_DEBUG."


def check_secret_key() -> Found:
    """Check that the key that signs sessions can't be guessed, and that other users can't read its file."""
    file = settings.DATA_DIR / "secret_key"
    strong = is_strong_key(settings.SECRET_KEY) or (file.exists() and len(settings.SECRET_KEY) >= SHORTEST_KEY)
    if not strong:
        yield (
            "failed", "The secret key can be guessed.",
            "Set RESPONDER_SECRET_KEY: python -c 'import secrets; print(secrets.token_urlsafe(50))'",
        )  # fmt: skip
    elif file.exists() and stat.S_IMODE(file.stat().st_mode) & OTHERS:
        yield "failed", f"Others on this machine can read {file}.", f"chmod 600 {file}"
    else:
        yield "ok", "The secret key is strong.", ""


def check_disk() -> Found:
    """Check that the disk has room for posts, models and backups."""
    free = shutil.disk_usage(_existing(settings.DATA_DIR)).free
    said = f"{free / GIGABYTE:.1f} GB are free in {settings.DATA_DIR}."
    if free < FULL_DISK:
        yield (
            "failed",
            said,
            "Make room now: posts are refused when the disk is full. See the runbook, “The disk is full”.",
        )
    elif free < LOW_DISK:
        yield "warning", said, "Make room, or move the data directory to a larger disk."
    else:
        yield "ok", said, ""


def check_files() -> Found:
    """Check that the data directory can be written, and that other users can't read it."""
    folder = settings.DATA_DIR
    if not folder.is_dir():
        yield (
            "warning",
            f"The data directory {folder} does not exist yet.",
            "If that is wrong, set RESPONDER_DATA_DIR.",
        )
        return
    owner = folder.stat().st_uid
    if not os.access(folder, os.W_OK | os.X_OK):
        yield "failed", f"{folder} can't be written by this user ({_user(os.geteuid())}).", f"Run as {_user(owner)}."
    foreign = [path.name for path in folder.iterdir() if _owner(path) not in (owner, None)]
    if foreign:
        yield (
            "warning", f"Files in {folder} belong to another user than the folder: {', '.join(sorted(foreign)[:5])}.",
            f"chown -R {_user(owner)} {folder}, and run every command as {_user(owner)}.",
        )  # fmt: skip
    if stat.S_IMODE(folder.stat().st_mode) & OTHERS:
        open_files = sorted(path.name for path in folder.iterdir() if _is_open(path))
        if open_files:
            yield (
                "warning", f"Others on this machine can reach {folder}: {', '.join(open_files[:5])}.",
                f"chmod -R go= {folder}",
            )  # fmt: skip
            return
    yield "ok", "The data directory is closed to other users.", ""


def check_pdf() -> Found:
    """Check that the libraries that lay out situation reports as PDF can be loaded."""
    if missing := pdf.missing_libraries():
        yield (
            "warning", f"Situation reports can't be made as PDF: {', '.join(missing)} can't be loaded.",
            "On Debian and Ubuntu: apt install libpango-1.0-0 libpangoft2-1.0-0. Everything else works without.",
        )  # fmt: skip
    else:
        yield "ok", "Situation reports can be made as PDF.", ""


def _existing(folder: Path) -> Path:
    """The folder, or its nearest parent that exists."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def _owner(path: Path) -> int | None:
    with suppress(OSError):  # gone in the meantime
        return path.lstat().st_uid
    return None


def _is_open(path: Path) -> bool:
    with suppress(OSError):
        found = path.lstat()
        return bool(found.st_mode & OTHERS) and not stat.S_ISLNK(found.st_mode)
    return False


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


CHECKS = (
    Check("settings", check_settings),
    Check("secret key", check_secret_key),
    Check("disk", check_disk),
    Check("files", check_files),
    Check("PDF", check_pdf),
)
