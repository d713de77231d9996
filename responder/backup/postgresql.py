"""PostgreSQL backups: written by pg_dump in its custom format, read without trusting it.

pg_restore turns the file into a script, and never sees the database. What the script may contain is listed here; its rows
go through COPY. Anything else ends the restore, which is one transaction: a script of somebody else's runs no command of
psql's, no function and no program of the server's.
"""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from django.db import DatabaseError, connection, connections, transaction

from responder.errors import Invalid

LOCK_TIMEOUT_MS = 30_000
KINDS = {
    "TABLE", "SEQUENCE", "SEQUENCE OWNED BY", "DEFAULT", "TABLE DATA", "SEQUENCE SET", "CONSTRAINT", "FK CONSTRAINT", "INDEX",
    "COMMENT", "SCHEMA",
}  # fmt: skip
NAME = r'(?:[a-z_][a-z0-9_]*|"[A-Za-z_][A-Za-z0-9_]*")'
COPY = re.compile(rf"COPY public\.{NAME} \({NAME}(?:, {NAME})*\) FROM stdin;".encode())
COMMENT = re.compile(rb"--[^'\"$/\\]*")  # nothing that could end a text, if the line were part of one
RESTRICT = re.compile(rb"\\(un)?restrict [A-Za-z0-9]+")  # for psql, which we don't use
RUN = re.compile(
    rf"(CREATE TABLE public\.{NAME} \(|CREATE (UNIQUE )?INDEX |ALTER TABLE (ONLY )?public\.|"
    rf"(CREATE|ALTER) SEQUENCE public\.|SELECT pg_catalog\.setval\('public\.{NAME}', \d+, (true|false)\)$)"
)
CALLS = re.compile(r"\b(SELECT|EXECUTE|PROGRAM)\b", re.I)
# What may stand before a parenthesis besides a table of ours: words of SQL, and the functions that our indexes call.
TEXT = re.compile(r"'(?:[^']|'')*'")
BEFORE_PARENTHESIS = re.compile(r'("[^"]*"|[A-Za-z_][\w.]*)\s*\(')
PLAIN_CALLS = frozenset(
    "and any array btree check coalesce gin identity in include key not numeric or unique varying when where "
    "array_to_tsvector btrim string_to_array".split()
)
# Settings of the session, which are ours already.
SKIP = re.compile(
    r"(CREATE SCHEMA public|SET [a-z_]+ = [^;]*|SELECT pg_catalog\.set_config\('search_path', '', false\)|COMMENT ON .*)$",
    re.S,
)


def dump(target: Path, *, snapshot: str) -> None:
    """Write the database as `snapshot` sees it."""
    _run(["pg_dump", "--format=custom", "--compress=1", "--schema=public", "--no-owner", "--no-privileges",
          f"--snapshot={snapshot}", f"--file={target}"], _access())  # fmt: skip


def require_plain(source: Path) -> None:
    """Raise Invalid unless the file is a pg_dump archive of only tables, their rows and indexes."""
    with source.open("rb") as stream:
        if stream.read(5) != b"PGDMP":
            raise Invalid("The backup's database is not of pg_dump's custom format: nothing was changed.")
    for line in _run(["pg_restore", "--list", str(source)]).splitlines():
        entry = re.fullmatch(r"\d+; \d+ \d+ (.+)", line)
        if entry and not any(entry[1].startswith((f"{kind} public ", f"{kind} - ")) for kind in KINDS):
            raise Invalid(
                f"The database holds more than the product's tables, and no restore would take it: {entry[1][:100]!r}."
            )


def restore(source: Path) -> None:
    """Replace all tables by the dump's in one transaction. Raises Invalid without changing anything."""
    require_plain(source)
    command = ["pg_restore", "--no-owner", "--no-privileges", "--file=-", str(source)]
    try:
        with _started(command) as process, transaction.atomic(), connection.cursor() as cursor:
            assert process.stdout is not None
            _drop_everything(cursor)
            _play(process.stdout, cursor)
            if process.wait():
                raise Invalid("pg_restore cannot read the backup's database. Nothing was changed.")
    except DatabaseError as error:
        problem = (str(error).strip() or "no reason given").splitlines()[0][:300]
        hint = " Stop web, worker, beat, queue and feeds first." if "lock timeout" in problem else ""
        raise Invalid(f"The database was not restored: {problem}.{hint}") from error
    finally:
        connections.close_all()


def _drop_everything(cursor: Any) -> None:
    tables = ", ".join(connection.ops.quote_name(name) for name in connection.introspection.table_names(cursor))
    cursor.execute(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
    if tables:
        cursor.execute(f"DROP TABLE IF EXISTS {tables} CASCADE")


def _play(script: IO[bytes], cursor: Any) -> None:
    """Run a script of pg_restore statement by statement."""
    for statement in _statements(script):
        if COPY.fullmatch(statement):
            with cursor.cursor.copy(statement) as copy:
                for block in _rows(script):
                    copy.write(block)
            continue
        text = statement.decode().rstrip(";").strip()
        if RUN.match(text) and (text.startswith("SELECT") or _is_plain(text)):
            cursor.execute(text)
        elif text and not SKIP.match(text):
            raise Invalid(f"The backup's database holds {text[:80]!r}, which is not restored. Nothing was changed.")


def _is_plain(statement: str) -> bool:
    """Whether a statement calls nothing but what our own tables and indexes do; a CHECK or a DEFAULT could call anything."""
    bare = TEXT.sub("''", statement)
    if CALLS.search(bare) or "\\" in statement or any(mark in bare for mark in ("$", "/*", "--")):
        return False
    called = (match[1].lower() for match in BEFORE_PARENTHESIS.finditer(bare))
    return all(name in PLAIN_CALLS or name.startswith("public.") for name in called)


def _statements(script: Iterable[bytes]) -> Iterator[bytes]:
    """Whatever stands between semicolons at the end of a line; rows that follow a COPY are the caller's to read.

    A semicolon inside a line ends the restore: so no second statement hides behind the first, however it is quoted.
    """
    held = b""
    for line in script:
        bare = line.rstrip(b"\n")
        if not bare or COMMENT.fullmatch(bare) or RESTRICT.fullmatch(bare):
            continue
        if b";" in bare[:-1]:
            raise Invalid(f"The backup's database holds {bare[:80]!r}, which is not restored. Nothing was changed.")
        held += line
        if bare.endswith(b";"):
            yield held.strip()
            held = b""
    if held.strip():
        raise Invalid(f"The backup's database ends in {held[:80]!r}. Nothing was changed.")


def _rows(script: Iterable[bytes]) -> Iterator[bytes]:
    """The rows of one COPY, many at a time."""
    held: list[bytes] = []
    size = 0
    for line in script:
        if line == b"\\.\n":
            break
        held.append(line)
        size += len(line)
        if size > 1 << 18:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held)


def _access() -> dict[str, str]:
    """The environment that tells PostgreSQL's tools where the database is; keeps the password off process lists."""
    chosen = connection.settings_dict
    variables = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD", "NAME": "PGDATABASE"}
    settings = {variable: str(chosen[name]) for name, variable in variables.items() if chosen.get(name)}
    return settings | {"PGOPTIONS": f"-c lock_timeout={LOCK_TIMEOUT_MS} -c client_min_messages=warning"}


def _started(command: list[str]) -> "subprocess.Popen[bytes]":
    try:
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # noqa: S603  our own words
    except FileNotFoundError as error:
        raise _missing(command) from error


def _run(command: list[str], settings: dict[str, str] | None = None) -> str:
    try:
        ran = subprocess.run(  # noqa: S603  our own words
            command, env=os.environ | (settings or {}), capture_output=True, text=True, check=False
        )
    except FileNotFoundError as error:
        raise _missing(command) from error
    if ran.returncode:
        problem = (ran.stderr.strip() or "no reason given").splitlines()[0][:300]
        raise Invalid(f"{command[0]} failed: {problem}.")
    return ran.stdout


def _missing(command: list[str]) -> Invalid:
    return Invalid(f"{command[0]} is missing: install PostgreSQL's client, as new as the server.")
