"""The role that compose's database gives the product: it owns its tables, and runs no program of the server."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import yaml

from tests.services import running_postgres

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "deploy/database"
RIGHTS = "rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The address of a PostgreSQL server, as far as the host."""
    with running_postgres() as url:
        parts = urlsplit(url)
        yield f"{parts.hostname}:{parts.port}"


def _run(script: str, address: str, folder: Path) -> None:
    (folder / "password").write_text("words of 'the' test\n")
    text = (SCRIPTS / script).read_text().replace("/run/secrets/postgres_password", str(folder / "password"))
    (folder / "script.sql").write_text(text)
    ran = subprocess.run(
        ["psql", "--no-psqlrc", address, "--file", folder / "script.sql"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def _may_only_own_its_database(server: str) -> None:
    with psycopg.connect(f"postgres://responder@{server}/responder", autocommit=True) as connection:
        assert (
            connection.execute(f"SELECT {RIGHTS} FROM pg_roles WHERE rolname = current_user").fetchone() == (False,) * 5
        )
        connection.execute("CREATE TABLE posts (id int)")
        connection.execute("INSERT INTO posts VALUES (1)")
        for statement in (
            "COPY posts TO PROGRAM 'cat'", "COPY posts FROM PROGRAM 'echo 2'", "COPY posts TO '/tmp/never-written'",
            "SELECT pg_read_file('/etc/hostname')", "CREATE ROLE another", "CREATE DATABASE another",
            "CREATE FUNCTION f() RETURNS int AS '/lib/libc.so', 'system' LANGUAGE c", "ALTER SYSTEM SET work_mem = '1MB'",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
        connection.execute("DROP TABLE posts")


def test_a_new_volume_gives_the_product_an_ordinary_role(server: str, tmp_path: Path) -> None:
    _run("owner.sql", f"postgres://tester@{server}/postgres", tmp_path)
    try:
        _may_only_own_its_database(server)
        with psycopg.connect(f"postgres://tester@{server}/postgres", autocommit=True) as admin:
            passwords: dict[str, str | None] = dict(
                admin.execute("SELECT rolname, rolpassword FROM pg_authid WHERE rolcanlogin").fetchall()
            )
            assert passwords["tester"] is None and str(passwords["responder"]).startswith("SCRAM-SHA-256$")
    finally:
        _drop(server)


def test_an_older_volume_is_brought_to_the_same_state(server: str, tmp_path: Path) -> None:
    with psycopg.connect(f"postgres://tester@{server}/postgres", autocommit=True) as admin:
        admin.execute("DROP ROLE IF EXISTS postgres")
        admin.execute("CREATE ROLE responder SUPERUSER CREATEDB CREATEROLE REPLICATION BYPASSRLS LOGIN")
        admin.execute("CREATE DATABASE responder OWNER responder")
    try:
        _run("demote.sql", f"postgres://responder@{server}/responder", tmp_path)
        _may_only_own_its_database(server)
    finally:
        _drop(server)


def _drop(server: str) -> None:
    with psycopg.connect(f"postgres://tester@{server}/postgres", autocommit=True) as admin:
        admin.execute("DROP DATABASE responder WITH (FORCE)")
        admin.execute("DROP ROLE responder")


def test_compose_makes_that_role_and_the_product_signs_in_as_it() -> None:
    database: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["database"]
    example = (ROOT / "deploy/compose.env.example").read_text()
    (address,) = (line.partition("=")[2] for line in example.splitlines() if line.startswith("DATABASE_URL="))
    assert urlsplit(address).username == "responder" != database["environment"]["POSTGRES_USER"]
    assert "./deploy/database/owner.sql:/docker-entrypoint-initdb.d/owner.sql:ro" in database["volumes"]
