"""A PostgreSQL server for the scripts of this folder, whose databases begin as copies of a migrated one."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import psycopg
import pytest

from tests.responder.api.servers import ROOT, ran
from tests.services import running_postgres


@pytest.fixture(scope="package")
def server() -> Iterator[str]:
    """The address of a database that is migrated, and of which nobody has a connection."""
    with running_postgres() as url:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("RESPONDER_", "DJANGO_"))}
        done = subprocess.run(
            [sys.executable, "-m", "responder.cli", "migrate", "--verbosity", "0"],
            cwd=ROOT, env=kept | {"DATABASE_URL": url, "REDIS_URL": ""}, capture_output=True, text=True, timeout=900,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-2000:]
        yield url


@pytest.fixture(scope="package")
def run_script(server: str, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """run_script("storm.py", STORM_WRITES="600"): the JSON that a script of this folder prints, in a database of its own."""
    numbers = count(1)

    def run(script: str, **variables: str) -> Any:
        name = f"copy_{next(numbers)}"
        with psycopg.connect(server.replace("/postgres", "/template1"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE postgres')
        url = server.rsplit("/", 1)[0] + f"/{name}"
        return ran(f"../concurrency/{script}", folder=tmp_path_factory.mktemp(name), DATABASE_URL=url, **variables)

    return run
