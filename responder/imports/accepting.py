"""Accepts uploads to import. An upload is limited in size, stored durably, and imported only when its owner starts it."""

import hashlib
import os
import uuid
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from classifier import clock, locks
from monitoring import audit
from responder import roles
from responder.errors import FieldChecks, Invalid, InvalidFields, TooLarge, TooMany, Unavailable
from responder.events import references
from responder.imports import files, running
from responder.imports.options import zone_name
from responder.models import Event, ImportJob, Post, User
from responder.models.import_job import ImportState
from responder.models.job import NAME_LIMIT
from responder.prediction_jobs.accepting import require_plain, require_unpacked
from responder.prediction_jobs.files import input_name

log = structlog.get_logger(__name__)
MOST_UNFINISHED, MOST_KEPT = 5, 30  # of one owner
DRAFT_KEPT, KEPT = timedelta(days=1), timedelta(days=7)
SOURCE_LIMIT, EVENT_LIMIT = 64, 200  # characters
MOST_MAPPED, COLUMN_LIMIT = 40, 200
NEW_EVENT = "new"
UNFINISHED = (ImportState.DRAFT, ImportState.WAITING, ImportState.RUNNING)


def limit() -> int:
    """Return the maximum size of a file in bytes."""
    return int(settings.IMPORT_MEGABYTES) * 1_000_000


def accept(
    *, owner: User, name: str, pieces: Iterable[bytes], source: str, event: str, new_event: str = "", time_zone: str = "",
    actor: str,
) -> ImportJob:  # fmt: skip
    """Store an uploaded file as a draft, which `start` imports.

    Arguments:
        owner: the only person who can see the import.
        name: name of the file.
        pieces: its bytes, read up to `limit`.
        source: name of the source, part of the identity of its posts.
        event: ID of the event of its posts, or NEW_EVENT.
        new_event: name of the event to create.
        time_zone: for times without one; empty for that of the event.
        actor: who sent it, for the audit log.

    Raises InvalidFields, TooLarge, TooMany, Unavailable.
    """
    _require_room(owner)
    checks = FieldChecks()
    columns = {
        "source": checks.read("source", _source_of, source, owner),
        "event": checks.read("event", _event, event, owner),
        "new_event": checks.read("new_event", event_name, new_event) if event == NEW_EVENT else "",
        "time_zone": checks.read("time_zone", zone_name, time_zone),
    }
    checks.require_valid()
    require_plain(name)
    name = "".join(c for c in Path(name.replace("\\", "/")).name if c.isprintable())[-NAME_LIMIT:] or "file"
    ref = uuid.uuid4()
    try:
        size, lines, digest = _store(ref, name, pieces)
        require_unpacked(files.folder(ref) / input_name(name))
        with audit.atomic():
            locks.one_at_a_time("imports", owner.pk)
            _require_room(owner)  # other uploads may have arrived while this one was read
            job = ImportJob.objects.create(
                ref=ref, owner=owner, name=name, size=size, lines=lines, sha256=digest,
                expires_at=clock.now() + DRAFT_KEPT, **columns,
            )  # fmt: skip
            detail = {"name": name, "sha256": digest, "bytes": size, "source": columns["source"]}
            _record("import.uploaded", job, actor, detail)
    except BaseException:
        files.remove(ref)
        raise
    return job


def change(*, job: ImportJob, actor: str, **options: Any) -> bool:
    """Set how a draft's file is read. Returns whether anything changed. Raises Invalid, InvalidFields.

    Arguments:
        options: new values of encoding, mapping, time_zone or day_first.
    """
    checks = FieldChecks()
    if "time_zone" in options:
        options["time_zone"] = checks.read("time_zone", zone_name, options["time_zone"])
    if "mapping" in options:
        options["mapping"] = checks.read("mapping", _mapping, options["mapping"])
    checks.require_valid()
    if all(getattr(job, name) == value for name, value in options.items()):
        return False
    if not _draft(job).update(**options):
        raise Invalid(_("This import has already started."))
    job.refresh_from_db()
    return True


def start(*, job: ImportJob, actor: str, rows_expected: int | None = None) -> ImportJob:
    """Queue a draft, and create its event if it is new. Idempotent. Raises Invalid if its event was deleted or closed.

    Arguments:
        rows_expected: estimate of the preview.
    """
    now = clock.now()
    with audit.atomic():
        locks.one_at_a_time("imports", job.owner_id)
        started = _draft(job).update(
            state=ImportState.WAITING, started_at=now, woken_at=now, expires_at=now + KEPT, rows_expected=rows_expected
        )
        if started:
            job.refresh_from_db()
            if job.event is None:
                job.event = _new_event(job, actor)
                job.save(update_fields=["event"])
            job.event.require_open()
            running.send(job)
            detail = {"name": job.name, "sha256": job.sha256, "source": job.source, "event": job.event.ref}
            _record("import.started", job, actor, detail)
    return job


def source_name(text: str) -> str:
    """Return the normalised name of a source. Raises Invalid."""
    name = " ".join(text.split())
    if not 0 < len(name) <= SOURCE_LIMIT or not name.isprintable():
        raise Invalid(_("Give the source a name of 1 to %(most)d characters.") % {"most": SOURCE_LIMIT})
    return name


def _new_event(job: ImportJob, actor: str) -> Event:
    if not job.new_event:
        raise Invalid(_("The event of this import no longer exists. Upload the file again."))
    locks.one_at_a_time("events")
    event = Event.objects.create(
        ref=references.unused(job.new_event), name=job.new_event, time_zone=job.time_zone or "UTC"
    )
    audit.record(
        actor=actor, action="event.created", object_type="event", object_id=event.ref, detail={"import": str(job.ref)}
    )
    return event


def _source_of(text: str, owner: User) -> str:
    """The name of the source, which decides which posts count as the same: never those of an event that the owner may not import into."""
    name, importable = source_name(text), roles.events_of(owner, roles.MANAGE_SOURCES)
    if importable is not None and Post.objects.filter(source=name).exclude(event__in=importable).exists():
        raise Invalid(
            _(
                "Choose another source name. Your role is limited to single events, and this name is in use outside them."
            )
        )
    return name


def _event(text: str, owner: User) -> Event | None:
    importable = roles.events_of(owner, roles.MANAGE_SOURCES)
    if text == NEW_EVENT:
        if importable is not None:
            raise Invalid(_("Your role is limited to single events. Choose one of them."))
        return None
    rows = roles.within(Event.objects.all(), importable, "pk")
    event = rows.filter(pk=int(text)).first() if text.isdecimal() and text.isascii() and len(text) < 18 else None
    if event is None:
        raise Invalid(_("Choose an event."))
    event.require_open()
    return event


def event_name(text: str) -> str:
    """Return the normalised name of a new event. Raises Invalid."""
    name = " ".join(text.split())
    if not 0 < len(name) <= EVENT_LIMIT or not name.isprintable():
        raise Invalid(_("Give the new event a name of 1 to %(most)d characters.") % {"most": EVENT_LIMIT})
    return name


def _mapping(mapping: dict[str, str]) -> dict[str, str]:
    chosen = {field: column for field, column in mapping.items() if column}
    if len(chosen) > MOST_MAPPED or any(
        len(one) > COLUMN_LIMIT or "\0" in one for pair in chosen.items() for one in pair
    ):
        raise Invalid(_("Choose columns that the file has."))
    return chosen


def _draft(job: ImportJob) -> Any:
    return ImportJob.objects.filter(pk=job.pk, state=ImportState.DRAFT)


def _require_room(owner: User) -> None:
    jobs = ImportJob.objects.filter(owner=owner)
    if jobs.filter(state__in=UNFINISHED).count() >= MOST_UNFINISHED:
        raise TooMany(
            _(
                "You already have %(most)d imports that are not finished. Wait until one has finished, or delete a draft."
            )
            % {"most": MOST_UNFINISHED}
        )
    if jobs.count() >= MOST_KEPT:
        raise TooMany(_("You already have %(most)d imports. Delete one first.") % {"most": MOST_KEPT})


def _store(ref: uuid.UUID, name: str, pieces: Iterable[bytes]) -> tuple[int, int, str]:
    """Write the upload to disk. Returns (bytes, line breaks, SHA-256)."""
    try:
        folder = files.folder(ref)
        folder.mkdir(parents=True)
        with (folder / input_name(name)).open("wb") as target:
            found = _copy(pieces, target)
            target.flush()
            os.fsync(target.fileno())
        files.sync(ref)
    except OSError as error:
        log.exception("a file could not be kept")
        raise Unavailable(_("The file could not be saved, so it was not accepted. Try again later.")) from error
    return found


def _copy(pieces: Iterable[bytes], target: IO[bytes]) -> tuple[int, int, str]:
    most, digest = limit(), hashlib.sha256()
    size = feeds = returns = 0
    for piece in pieces:
        size, feeds, returns = size + len(piece), feeds + piece.count(b"\n"), returns + piece.count(b"\r")
        if size > most:
            raise TooLarge(
                _("A file can have at most %(megabytes)d MB. Split it and import the parts.")
                % {"megabytes": most // 1_000_000}
            )
        digest.update(piece)
        target.write(piece)
    if not size:
        raise InvalidFields({"file": _("The file is empty.")})
    return size, max(feeds, returns), digest.hexdigest()


def _record(action: str, job: ImportJob, actor: str, detail: dict[str, Any]) -> None:
    audit.record(actor=actor, action=action, object_type="import", object_id=str(job.ref), detail=detail)
