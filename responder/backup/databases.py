"""Dumping the database consistently into one file, restoring it, and fingerprints of its tables.

SQLite copies itself with VACUUM INTO; PostgreSQL's pg_dump reads the snapshot in which the fingerprint is taken.
"""

import errno
import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import connection, connections, transaction

from responder.backup import postgresql, sqlite


@dataclass(frozen=True)
class Table:
    """The fingerprint of a table: number of rows, and the SHA-256 over them in key order."""

    rows: int
    sha256: str


Fingerprint = dict[str, Table]


def as_json(fingerprint: Fingerprint) -> dict[str, dict[str, Any]]:
    return {name: asdict(table) for name, table in fingerprint.items()}


def dump(target: Path) -> Fingerprint:
    """Dump the database to `target`. Returns its fingerprint."""
    return _dump_sqlite(target) if connection.vendor == "sqlite" else _dump_postgresql(target)


def restore(source: Path) -> None:
    """Replace the whole database by a dump, all or nothing. Nobody else may use the database."""
    if connection.vendor == "sqlite":
        _restore_sqlite(source)
    else:
        postgresql.restore(source)


def require_ours(source: Path, migrations: list[str]) -> None:
    """Raise Invalid if a database from a backup contains anything that the product did not create."""
    if connection.vendor == "sqlite":
        sqlite.require_ours(source, migrations)
    else:
        postgresql.require_plain(source)


def fingerprint() -> Fingerprint:
    """The fingerprint of the current database."""
    if connection.vendor == "sqlite":
        connection.close()
        return of_sqlite(Path(connection.settings_dict["NAME"]))
    with transaction.atomic():
        return _of_postgresql()


def is_empty() -> bool:
    """Whether the database has no accounts and no data; one without tables is empty."""
    tables = set(connection.introspection.table_names())
    for table in ("responder_user", "responder_post", "monitoring_auditevent"):
        if table in tables:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(table)} LIMIT 1")  # noqa: S608
                if cursor.fetchone():
                    return False
    return True


def migrations_of(source: Path | None = None) -> list[str]:
    """The `app.name` of every applied migration of a SQLite file, or of the database."""
    query = "SELECT app || '.' || name FROM django_migrations ORDER BY 1"
    if source:
        with closing(sqlite.connect(source)) as copy:
            return [row[0] for row in copy.execute(query)]
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]


def _dump_sqlite(target: Path) -> Fingerprint:
    address = f"{Path(connection.settings_dict['NAME']).absolute().as_uri()}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=60)) as source:
        source.execute("VACUUM INTO ?", [str(target)])
    return of_sqlite(target)


def of_sqlite(path: Path) -> Fingerprint:
    """The fingerprint of a SQLite file."""
    found: Fingerprint = {}
    with closing(sqlite.connect(path)) as copy:
        copy.text_factory = bytes
        names = [name.decode() for (name,) in copy.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for name in sorted(n for n in names if not n.startswith((sqlite.DERIVED, "sqlite_"))):
            key = [column[1].decode() for column in copy.execute(f'PRAGMA table_info("{name}")') if column[5]]
            order = ", ".join(f'"{column}"' for column in key) or "rowid"
            rows = copy.execute(f'SELECT * FROM "{name}" ORDER BY {order}')  # noqa: S608  names are the database's own
            found[name] = _table(repr(row).encode() for row in rows)
    return found


def _table(rows: Iterable[bytes]) -> Table:
    digest, count = hashlib.sha256(), 0
    for row in rows:
        digest.update(row + b"\n")
        count += 1
    return Table(count, digest.hexdigest())


def _restore_sqlite(source: Path) -> None:
    target = Path(connection.settings_dict["NAME"])
    connections.close_all()
    # The log of the old database must not be applied to the new one.
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    try:
        os.replace(source, target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _replace_from_afar(source, target)


def _replace_from_afar(source: Path, target: Path) -> None:
    """Replace `target` by a file that lies on another file system, all or nothing."""
    partial = target.with_name(f"{target.name}.restored")
    with source.open("rb") as held, partial.open("wb") as copy:
        shutil.copyfileobj(held, copy)
        copy.flush()
        os.fsync(copy.fileno())
    os.replace(partial, target)
    source.unlink()


def _dump_postgresql(target: Path) -> Fingerprint:
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            (snapshot,) = cursor.fetchone()
        postgresql.dump(target, snapshot=snapshot)
        return _of_postgresql()


def _of_postgresql() -> Fingerprint:
    found: Fingerprint = {}
    with connection.cursor() as cursor:
        for name in sorted(connection.introspection.table_names(cursor)):
            key = connection.introspection.get_primary_key_columns(cursor, name) or []
            order = ", ".join(connection.ops.quote_name(column) for column in key)
            quoted = connection.ops.quote_name(name)
            query = f"COPY (SELECT * FROM {quoted}{f' ORDER BY {order}' if order else ''}) TO STDOUT"  # noqa: S608
            digest = hashlib.sha256()
            with cursor.cursor.copy(query) as copy:
                for block in copy:
                    digest.update(block)
            cursor.execute(f"SELECT count(*) FROM {quoted}")  # noqa: S608
            found[name] = Table(cursor.fetchone()[0], digest.hexdigest())
    return found
