"""Accepting an upload: bounded while it arrives, validated, and durably stored before it is confirmed."""

import hashlib
import os
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import IO, Any

import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from classifier import clock, locks, tables
from monitoring import audit
from responder.errors import FieldChecks, Invalid, InvalidFields, TooLarge, TooMany, Unavailable
from responder.models import ApiToken, PredictionJob, User
from responder.models.job import COLUMN_LIMIT, NAME_LIMIT
from responder.prediction_jobs import files, reading_turns, running

log = structlog.get_logger(__name__)
FORMATS = tables.FORMATS
MOST_LINES = running.MOST_ROWS
MOST_UNFINISHED, MOST_KEPT = 10, 30  # of one owner
KEPT = timedelta(days=7)
LOOKED_AT = 1_000  # rows, to find one that can be read
DEFAULT_TEXT_COLUMN, DEFAULT_ID_COLUMN = "text", "id"
COMPRESSED = (".gz", ".zip", ".bz2", ".xz", ".7z", ".rar", ".zst")


@dataclass(frozen=True, slots=True)
class _Found:
    """What was detected in a file: its format, and its columns with their original names."""

    form: str
    text_column: str
    id_column: str


def bounds() -> tuple[int, int]:
    """The largest allowed file: (bytes, lines)."""
    return settings.JOB_MEGABYTES * 1_000_000, MOST_LINES


def accept(
    *,
    owner: User,
    name: str,
    pieces: Iterable[bytes],
    actor: str,
    token: ApiToken | None = None,
    form: str | None = None,
    text_column: str = DEFAULT_TEXT_COLUMN,
    id_column: str = DEFAULT_ID_COLUMN,
    also: Callable[[PredictionJob], None] | None = None,
) -> PredictionJob:
    """Store an uploaded file and queue its classification.

    Arguments:
        owner: whose job it is; nobody else sees it.
        name: of the file.
        pieces: its bytes, read no further than `bounds` allows.
        actor: who sent it, for the audit log.
        token: that it came with.
        form: one of FORMATS; default: by the name, else by how it begins.
        text_column, id_column: names of columns, or of keys.
        also: called in the transaction that stores the row.

    Raises Invalid, InvalidFields where a column or the `file` is unusable, TooLarge, TooMany, Unavailable.
    """
    _require_room(owner)
    checks = FieldChecks()
    checks.read("text_column", column_name, text_column)
    checks.read("id_column", column_name, id_column)
    checks.require_valid()
    name = "".join(c for c in Path(name.replace("\\", "/")).name if c.isprintable())[-NAME_LIMIT:] or "file"
    ref = uuid.uuid4()
    try:
        require_plain(name)
        size, lines, digest = _store(ref, name, pieces)
        require_unpacked(files.folder(ref) / files.input_name(name))
        with reading_turns.turn(owner.pk):
            found = _look_into(files.folder(ref) / files.input_name(name), _form(form), text_column, id_column)
        with audit.atomic():
            locks.one_at_a_time("prediction jobs", owner.pk)
            _require_room(owner)  # other uploads may have arrived while this one was read
            now = clock.now()
            job = PredictionJob.objects.create(
                ref=ref, owner=owner, token=token, name=name, form=found.form, text_column=found.text_column,
                id_column=found.id_column, size=size, lines=lines, sha256=digest, created_at=now, woken_at=now, expires_at=now + KEPT,
            )  # fmt: skip
            running.send(job)
            detail = {"sha256": digest, "bytes": size, "lines": lines, "format": found.form}
            audit.record(
                actor=actor, action="job.accepted", object_type="prediction_job", object_id=str(ref), detail=detail
            )
            if also:
                also(job)
    except BaseException:
        files.remove(ref)
        raise
    return job


def column_name(text: str) -> str:
    """The name of a column. Raises Invalid."""
    if not 0 < len(text) <= COLUMN_LIMIT or "\0" in text:
        raise Invalid(_("A column's name must have 1 to %(most)d characters.") % {"most": COLUMN_LIMIT})
    return text


def _require_room(owner: User) -> None:
    jobs = PredictionJob.objects.filter(owner=owner)
    over = (PredictionJob.State.DONE, PredictionJob.State.FAILED)
    if jobs.exclude(state__in=over).count() >= MOST_UNFINISHED:
        raise TooMany(
            _("You already have %(most)d files queued or running. Wait until one has finished.")
            % {"most": MOST_UNFINISHED}
        )
    if jobs.count() >= MOST_KEPT:
        raise TooMany(_("You already have %(most)d files. Delete one first.") % {"most": MOST_KEPT})


def _store(ref: uuid.UUID, name: str, pieces: Iterable[bytes]) -> tuple[int, int, str]:
    """Write the upload to disk. Returns (bytes, lines, SHA-256)."""
    try:
        folder = files.folder(ref)
        folder.mkdir(parents=True)
        with (folder / files.input_name(name)).open("wb") as target:
            found = _copy(pieces, target)
            target.flush()
            os.fsync(target.fileno())
        files.sync_folder(folder)
        files.sync_folder(folder.parent)
    except OSError as error:
        log.exception("a file could not be kept")
        raise Unavailable(_("The file could not be saved, so it was not accepted. Try again later.")) from error
    return found


def _copy(pieces: Iterable[bytes], target: IO[bytes]) -> tuple[int, int, str]:
    most, most_lines = bounds()
    size = feeds = returns = 0
    digest = hashlib.sha256()
    for piece in pieces:
        size, feeds, returns = size + len(piece), feeds + piece.count(b"\n"), returns + piece.count(b"\r")
        if size > most or max(feeds, returns) > most_lines:
            given = {"megabytes": most // 1_000_000, "lines": most_lines}
            raise TooLarge(
                _("A file can have at most %(megabytes)d MB and %(lines)d lines. Split it and send the parts.") % given
            )
        digest.update(piece)
        target.write(piece)
    return size, max(feeds, returns) + 1, digest.hexdigest()


def require_plain(name: str) -> None:
    """Raise InvalidFields for the name of a compressed file, because its uncompressed size is unknown."""
    if Path(name).suffix.lower() in COMPRESSED:
        raise _compressed()


def require_unpacked(path: Path) -> None:
    """Raise InvalidFields for a compressed file, whatever its name: 2 MB of it can hold millions of rows."""
    if tables.is_packed(str(path)):
        raise _compressed()


def _compressed() -> InvalidFields:
    return InvalidFields({"file": _("Unpack the file first: a compressed file can't be sent.")})


def _form(form: str | None) -> str | None:
    if form is not None and form not in FORMATS:
        raise Invalid(_("The format must be one of: %(formats)s.") % {"formats": ", ".join(FORMATS)})
    return form


def _look_into(path: Path, form: str | None, text_column: str, id_column: str) -> _Found:
    """The file's format and columns. Refuses a file that is not a table or lacks the column of the text."""
    first: tables.BadRow | None = None
    try:
        with tables.open_table(str(path), form=form) as table:
            for _line, row in islice(table.rows(), LOOKED_AT):
                if not isinstance(row, tables.BadRow):
                    column = _existing(row, text_column)
                    return _Found(table.reading.form, column, tables.column_named(row, id_column) or id_column)
                first = first or row
    except tables.UnusableInput as error:
        raise InvalidFields({"file": str(error)}) from error
    message = _("None of the rows could be read. The first error: %(why)s") % {"why": first}
    raise InvalidFields({"file": message if first else _("The file has no rows.")})


def _existing(row: dict[str, Any], text_column: str) -> str:
    try:
        return tables.require_column(row, text_column)
    except tables.UnusableInput as error:
        raise InvalidFields({"text_column": str(error)}) from error
