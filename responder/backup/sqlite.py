"""SQLite backups: opened as data only, and accepted only if the tables are ours."""

import re
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from importlib import import_module
from pathlib import Path

from responder.database import Unsquashed
from responder.errors import Invalid

HEADER = b"SQLite format 3\x00"
DERIVED = "responder_postwords_fts"  # the index of words: its own tables, made from responder_postwords


READS = (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_PRAGMA)


def connect(path: Path) -> sqlite3.Connection:
    """Open an untrusted file for reading: nothing is written, attached or loaded, whatever its schema says.

    `PRAGMA trusted_schema = OFF` would refuse our own tables: SQLite before 3.41 counts `json_valid` as unsafe, which stands in
    the checks that Django makes for JSON.
    """
    found = sqlite3.connect(path)
    found.execute("PRAGMA cell_size_check = ON")
    found.set_authorizer(_allow_reads)
    return found


def _allow_reads(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    loads = action == sqlite3.SQLITE_FUNCTION and second in ("load_extension", "fts3_tokenizer")
    return sqlite3.SQLITE_OK if action in READS and not loads else sqlite3.SQLITE_DENY


def require_ours(path: Path, migrations: list[str]) -> None:
    """Raise Invalid unless the file is an intact SQLite database with exactly the tables and triggers of these migrations."""
    with path.open("rb") as stream:
        if stream.read(len(HEADER)) != HEADER:
            raise Invalid("The backup's database is no SQLite database. Nothing was changed.")
    try:
        with closing(connect(path)) as copy:
            _require_known(copy.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall(), migrations)
            (problem,) = copy.execute("PRAGMA integrity_check(1)").fetchone()
            found = [row[0] for row in copy.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")]
    except sqlite3.Error as error:
        raise Invalid(f"The backup's database cannot be read: {error}. Nothing was changed.") from error
    if problem != "ok":
        raise Invalid(f"The backup's database is damaged: {str(problem)[:200]}. Nothing was changed.")
    if found != migrations:
        raise Invalid("The backup's database is of other migrations than its manifest. Nothing was changed.")


def _require_known(schema: list[tuple[str, str, str, str | None]], migrations: list[str]) -> None:
    tables, own = _tables(migrations), _own_statements()
    for kind, name, table, sql in schema:
        statement = _normalised(sql or "")
        if kind == "table" and not statement.startswith("CREATE TABLE "):
            known = statement in own
        elif kind in ("table", "index"):
            known = table in tables or table.startswith((f"{DERIVED}_", "sqlite_"))
        else:
            known = kind == "trigger" and statement in own
        if not known:
            raise Invalid(f"The backup's database holds an unknown {kind}, {name[:100]!r}. Nothing was changed.")


def _tables(migrations: Iterable[str]) -> set[str]:
    """The tables that these migrations create.

    A database that a squashed migration made records those that it replaces as well.
    """
    loader = Unsquashed(None)
    named = [(app, name) for app, _, name in (one.partition(".") for one in migrations)]
    nodes = [node for node in named if node in loader.graph.nodes]
    models = loader.project_state(nodes).apps.get_models(include_auto_created=True)
    return {model._meta.db_table for model in models} | {"django_migrations"}


def _own_statements() -> set[str]:
    """What migrations make by SQL of their own: the index of words with its triggers."""
    words = import_module("responder.migrations.0001_squashed_0051_labelling_keys").FTS
    return {
        _normalised(statement) for statement in re.split(r"(?=CREATE (?:VIRTUAL|TRIGGER))", words) if statement.strip()
    }


def _normalised(sql: str) -> str:
    return " ".join(sql.split()).rstrip(";")
