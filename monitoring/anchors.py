"""The daily anchor: the end of the audit chain, written as one line per day to a file next to the database.

A copy of the file on another machine, or on paper, later shows whether the chain was truncated or rewritten.
"""

import os
from datetime import UTC, datetime
from pathlib import Path

import structlog
from django.conf import settings

from classifier import clock
from monitoring import audit
from monitoring.audit import Anchor, ChainCheck

log = structlog.get_logger(__name__)
FILE = "audit-anchors.txt"


def file() -> Path:
    """The path of the anchor file."""
    return Path(settings.DATA_DIR) / FILE


def last(path: Path | None = None) -> Anchor | None:
    """The newest anchor in the file. Skips a line that a crash left incomplete."""
    path = path or file()
    if not path.exists():
        return None
    for line in reversed(path.read_text(errors="replace").splitlines()):
        try:
            return Anchor.parse(line.split()[-1] if line.split() else "")
        except ValueError:
            continue
    return None


def check_and_write() -> ChainCheck:
    """Verify the chain against the newest anchor, and append its end to the file at most once a day."""
    known = last()
    verdict = audit.verify(known)
    if not verdict.intact:
        log.critical("the audit log is broken", sequence=verdict.broken_at, problem=verdict.problem)
        return verdict
    if verdict.head and verdict.head != known and not _written_on(clock.now()):
        _append(f"{clock.now().astimezone(UTC):%Y-%m-%dT%H:%M:%SZ} {verdict.head}\n")
    return verdict


def _written_on(day: datetime) -> bool:
    path = file()
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    return bool(lines) and lines[-1].startswith(f"{day.astimezone(UTC):%Y-%m-%d}")


def _append(line: str) -> None:
    path = file()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as stream:
        stream.write(line)
        stream.flush()
        os.fsync(stream.fileno())
