"""Make a backup while the product runs; restore one while it stands still."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from classifier import clock
from monitoring import audit
from responder import __version__
from responder.backup import archive, databases
from responder.errors import Invalid

ACTOR = "system:command-line"


@dataclass(frozen=True)
class Done:
    """What was backed up or restored: rows of all tables, files, and when the backup was made."""

    rows: int
    tables: int
    files: int
    made_at: str


def make(target: Path) -> Done:
    """Write a backup to `target`, which must not exist. What is accepted meanwhile is in the next one."""
    if target.exists():
        raise Invalid(f"{target} exists already: a backup overwrites nothing.")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="backup-") as name:
        database = Path(name) / archive.DATABASE
        tables = databases.dump(database)
        sqlite = connection.vendor == "sqlite"
        manifest = {
            "product": __version__,
            "made_at": clock.now().isoformat(),
            "vendor": connection.vendor,
            "migrations": databases.migrations_of(database if sqlite else None),
            "tables": databases.as_json(tables),
        }
        archive.write(target, database=database, data_dir=settings.DATA_DIR, manifest=manifest)
    done = _done(manifest)
    audit.record(
        actor=ACTOR, action="backup.made", object_type="backup", object_id=done.made_at,
        detail={"rows": done.rows, "sha256": archive.sha256_of(target)},
    )  # fmt: skip
    return done


def restore(source: Path, *, replace: bool) -> Done:
    """Bring the installation back to what `source` holds, and compare counts and hashes with its manifest.

    Arguments:
        replace: whether what is in the database may go; without it only an empty database is filled.

    Raises Invalid before anything was changed where the file is damaged, of another database, or of a newer version.
    """
    if not replace and not databases.is_empty():
        raise Invalid("The database is not empty. Nothing was changed; --replace restores over what is there.")
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix="restore-") as name:
        folder = Path(name)
        manifest = archive.unpack(source, folder)
        _refuse_what_does_not_fit(manifest)
        databases.restore(folder / archive.DATABASE)
        archive.put_back(folder, settings.DATA_DIR, sorted(manifest["files"]))
    _compare(manifest)
    done = _done(manifest)
    audit.record(
        actor=ACTOR, action="backup.restored", object_type="backup", object_id=done.made_at, detail={"rows": done.rows}
    )
    return done


def _refuse_what_does_not_fit(manifest: dict[str, Any]) -> None:
    if manifest["vendor"] != connection.vendor:
        raise Invalid(f"The backup is of {manifest['vendor']}, this installation runs on {connection.vendor}.")
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    unknown = sorted(set(manifest["migrations"]) - known)
    if unknown:
        raise Invalid(
            f"The backup is of version {manifest['product']}, which knows {unknown[0]}; this is {__version__}. "
            "Install that version or a newer one."
        )


def _compare(manifest: dict[str, Any]) -> None:
    found = databases.as_json(databases.fingerprint())
    different = sorted(
        name for name in found.keys() | manifest["tables"] if found.get(name) != manifest["tables"].get(name)
    )
    if different:
        raise Invalid(f"After the restore these tables differ from the backup: {', '.join(different)}.")
    for name, one in manifest["files"].items():
        if archive.sha256_of(settings.DATA_DIR / name) != one["sha256"]:
            raise Invalid(f"After the restore the file {name} differs from the backup.")


def _done(manifest: dict[str, Any]) -> Done:
    tables = manifest["tables"]
    return Done(
        rows=sum(table["rows"] for table in tables.values()),
        tables=len(tables),
        files=len(manifest["files"]),
        made_at=manifest["made_at"],
    )
