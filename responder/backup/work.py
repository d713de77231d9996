"""Making a backup while the product runs, and restoring one while it is stopped."""

import tempfile
from dataclasses import dataclass
from dataclasses import replace as changed
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from classifier import clock
from monitoring import audit
from responder import __version__
from responder.backup import archive, databases, postgresql, signing, unpacking
from responder.database import known_migrations
from responder.errors import Invalid

ACTOR = "system:command-line"


@dataclass(frozen=True)
class BackupSummary:
    """A summary of a backup or restore: numbers of rows, tables and files, and when the backup was made.

    Of a backup also its digest, and the file of the key that signed it, where the key is a file.
    """

    rows: int
    tables: int
    files: int
    made_at: str
    sha256: str = ""
    key: Path | None = None


def make(target: Path) -> BackupSummary:
    """Write a backup to `target`, which must not exist. Data that arrives during the backup is not included."""
    if target.exists():
        raise Invalid(f"{target} exists already: a backup overwrites nothing.")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="backup-") as name:
        database = Path(name) / archive.DATABASE
        tables = databases.dump(database)
        if connection.vendor == "postgresql":
            postgresql.require_plain(database)  # fail now, not after a disaster
        sqlite = connection.vendor == "sqlite"
        manifest = {
            "product": __version__,
            "made_at": clock.now().isoformat(),
            "vendor": connection.vendor,
            "migrations": databases.migrations_of(database if sqlite else None),
            "tables": databases.as_json(tables),
        }
        archive.write(target, database=database, data_dir=settings.DATA_DIR, manifest=manifest)
    done = changed(_done(manifest), sha256=archive.sha256_of(target), key=signing.key_file())
    audit.record(
        actor=ACTOR, action="backup.made", object_type="backup", object_id=done.made_at,
        detail={"rows": done.rows, "sha256": done.sha256},
    )  # fmt: skip
    return done


def restore(source: Path, *, replace: bool, sha256: str = "") -> BackupSummary:
    """Restore the installation from `source`, and compare counts and hashes with its manifest.

    Arguments:
        replace: whether what is in the database may go; without it only an empty database is filled.
        sha256: digest of the file from a trusted person, for a file that is not signed with our key.

    Raises Invalid before anything was changed where the file is damaged, not signed with our key, of another database or of
    a newer version, or where it holds anything that no backup does.
    """
    if not replace and not databases.is_empty():
        raise Invalid("The database is not empty. Nothing was changed; --replace restores over what is there.")
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix="restore-") as name:
        folder = Path(name)
        unpacked = unpacking.unpack(source, folder, sha256=sha256)
        manifest = unpacked.manifest
        _refuse_what_does_not_fit(manifest)
        databases.require_ours(unpacked.database, manifest["migrations"])
        databases.restore(unpacked.database)
        archive.put_back(unpacked.files, settings.DATA_DIR)
    _compare(manifest)
    done = _done(manifest)
    audit.record(
        actor=ACTOR, action="backup.restored", object_type="backup", object_id=done.made_at, detail={"rows": done.rows}
    )
    return done


def _refuse_what_does_not_fit(manifest: dict[str, Any]) -> None:
    if manifest["vendor"] != connection.vendor:
        raise Invalid(f"The backup is of {manifest['vendor']}, this installation runs on {connection.vendor}.")
    known = {f"{app}.{name}" for app, name in known_migrations(MigrationLoader(None))}
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


def _done(manifest: dict[str, Any]) -> BackupSummary:
    tables = manifest["tables"]
    return BackupSummary(
        rows=sum(table["rows"] for table in tables.values()),
        tables=len(tables),
        files=len(manifest["files"]),
        made_at=manifest["made_at"],
    )
