"""Adds base map files: uploads, and what an administrator placed in the folder. A file that can't be used is refused."""

import os
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from classifier import clock, locks
from monitoring import audit
from responder.basemaps import files
from responder.basemaps.archive import BrokenArchive
from responder.basemaps.checking import Checked, check
from responder.errors import InvalidFields, TooLarge, TooMany, Unavailable
from responder.models import BaseMap, BaseMapKind, User
from responder.models.base_map import FILE_LIMIT

log = structlog.get_logger(__name__)
LOCK = "base maps"
MOST_MAPS = 40


@dataclass(slots=True)
class FolderReport:
    """What reading the folder found: the names of files added and read again, and why others can't be used."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)


def limit() -> int:
    """The most bytes of an upload. Larger files are placed in the folder."""
    return int(settings.BASEMAP_MEGABYTES) * 1_000_000


def upload(*, name: str, pieces: Iterable[bytes], by: User) -> BaseMap:
    """Store an uploaded file and add it below the others. Raises InvalidFields, TooLarge, TooMany, Unavailable."""
    target = files.root() / f"{uuid.uuid4()}{files.SUFFIX}"
    partial = target.with_suffix(".part")
    try:
        _store(partial, pieces)
        os.replace(partial, target)
        found = _checked(target, Path(name).stem)
        return _add(target.name, found, by, "uploaded")
    except OSError as error:
        log.exception("a base map could not be kept")
        target.unlink(missing_ok=True)
        raise Unavailable(_("The file could not be saved, so it was not accepted. Try again later.")) from error
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        partial.unlink(missing_ok=True)


def read_folder(*, by: User | None) -> FolderReport:
    """Add the files that were placed in the folder, and read those again that have changed. Idempotent."""
    report = FolderReport()
    known = {row.file: row for row in BaseMap.objects.filter(kind=BaseMapKind.FILE)}
    for path in files.placed():
        row = known.get(path.name)
        if row is not None and files.state(row) == "ready":
            continue
        try:
            if len(path.name) > FILE_LIMIT or not path.name.isprintable():
                raise BrokenArchive(_("Give the file a shorter name."))
            found = check(path)
            if row is None:
                report.added.append(_add(path.name, found, by, "placed").name)
            else:
                report.changed.append(_refresh(row, found, by).name)
        except (BrokenArchive, TooMany) as error:
            report.refused.append((path.name[:FILE_LIMIT], str(error)))
        except OSError:
            report.refused.append((path.name[:FILE_LIMIT], _("The file can't be opened.")))
    return report


@audit.atomic()
def _add(file: str, found: Checked, by: User | None, how: str) -> BaseMap:
    require_room()
    base_map = BaseMap.objects.create(
        kind=BaseMapKind.FILE, name=found.name, attribution=found.attribution, file=file, position=next_position(),
        changed_by=by, **_read_from(found),
    )  # fmt: skip
    record(f"base_map.{how}", base_map, by)
    return base_map


@audit.atomic()
def _refresh(row: BaseMap, found: Checked, by: User | None) -> BaseMap:
    base_map = BaseMap.objects.select_for_update(no_key=True).get(pk=row.pk)
    for name, value in _read_from(found).items():
        setattr(base_map, name, value)
    # Browsers keep tiles under their address for a year: other content needs another address.
    base_map.ref, base_map.version = uuid.uuid4(), base_map.version + 1
    base_map.changed_by, base_map.changed_at = by, clock.now()
    base_map.save()
    record("base_map.read_again", base_map, by)
    return base_map


def require_room() -> None:
    """Raise TooMany if no more base maps can be added. Call it in a transaction."""
    locks.one_at_a_time(LOCK)
    if BaseMap.objects.count() >= MOST_MAPS:
        raise TooMany(_("There are already %(most)d base maps. Remove one first.") % {"most": MOST_MAPS})


def next_position() -> int:
    """The position below all others."""
    last = BaseMap.objects.order_by("-position").values_list("position", flat=True).first()
    return 0 if last is None else last + 1


def record(action: str, base_map: BaseMap, by: User | None) -> None:
    """Append what was done to a base map to the audit log."""
    audit.record(
        actor=f"user:{by.username}" if by else "system:cli", action=action, object_type="base_map", object_id=str(base_map.pk),
        detail={
            "name": base_map.name, "kind": base_map.kind, "file": base_map.file, "size": base_map.size,
            "address": base_map.address,
        },
    )  # fmt: skip


def _read_from(found: Checked) -> dict[str, Any]:
    header = found.header
    return {
        "stamp": found.stamp, "size": found.size, "min_zoom": header.min_zoom, "max_zoom": header.max_zoom,
        "west": header.west, "south": header.south, "east": header.east, "north": header.north,
    }  # fmt: skip


def _checked(path: Path, name: str) -> Checked:
    try:
        return check(path, name=name)
    except BrokenArchive as error:
        raise InvalidFields({"file": str(error)}) from error


def _store(path: Path, pieces: Iterable[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as target:
        _copy(pieces, target)
        target.flush()
        os.fsync(target.fileno())


def _copy(pieces: Iterable[bytes], target: IO[bytes]) -> None:
    most, size = limit(), 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            raise TooLarge(
                _("An upload can have at most %(megabytes)d MB. Place larger files in the folder “%(folder)s”.")
                % {"megabytes": most // 1_000_000, "folder": files.root()}
            )
        target.write(piece)
