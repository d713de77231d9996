"""On PostgreSQL no connection is shared by two processes, whichever of the product's processes fork."""

import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg
import pytest

from responder.processes.launcher import MARK, stop_leftovers
from tests.services import running_postgres, running_redis

ROOT = Path(__file__).parents[2]
JOBS = 200
FEEDS, POSTS = 12, 10  # more feeds than a pool has connections
SETTLED_S = 120
WORKER = ["-m", "celery", "--quiet", "-A", "responder.celery", "worker", "--loglevel", "WARNING", "--concurrency", "2"]
STATES = "SELECT state, count(*) FROM responder_post GROUP BY 1"
READ = "SELECT count(*) FILTER (WHERE last_error = ''), sum(cursor::int) FROM responder_feed WHERE cursor <> ''"


class Site:
    """A migrated PostgreSQL, a Redis, and what is started on them."""

    def __init__(self, folder: Path, database: str, broker: str) -> None:
        self.folder, self.database, self.broker = folder, database, broker
        self.log = folder / "log"
        self.environment = os.environ | {
            "DATABASE_URL": database, "REDIS_URL": broker, "RESPONDER_DATA_DIR": str(folder / "data"), "OMP_NUM_THREADS": "1",
            "DJANGO_SETTINGS_MODULE": "responder.settings", "PYTHONPATH": str(ROOT), MARK: str(folder / "data"),
        }  # fmt: skip

    def run(self, *arguments: str) -> str:
        """What a process of the product prints, which ends well."""
        ran = subprocess.run(
            [sys.executable, *arguments], cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=300,
            check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr[-3_000:]
        return ran.stdout

    @contextmanager
    def running(self, *arguments: str) -> Iterator[psutil.Process]:
        """A process of the product that runs meanwhile."""
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        try:
            yield psutil.Process(process.pid)
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            stop_leftovers(self.folder / "data")
            process.wait(20)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(sql.encode()).fetchall()

    def backends(self) -> Counter[str]:
        """State → how many other connections to the database there are."""
        return Counter(
            dict(self.ask("""SELECT coalesce(state, '-'), count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid() GROUP BY 1"""))
        )  # fmt: skip

    def faults(self) -> list[str]:
        """Lines of the log that tell of a fault."""
        return [line for line in self.log.read_text().splitlines() if re.search(r"\[(error|critical)|^Traceback", line)]

    def shared_sockets(self, process: psutil.Process) -> list[tuple[Any, ...]]:
        """Connections to PostgreSQL that more than one process of a tree holds."""
        port, held = urlsplit(self.database).port, Counter[tuple[Any, ...]]()
        for one in [process, *process.children(recursive=True)]:
            held.update({tuple(c.laddr) for c in one.net_connections("tcp") if c.raddr and c.raddr.port == port})
        return [address for address, holders in held.items() if holders > 1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("forks")
    with ExitStack() as services:
        database = services.enter_context(running_postgres())
        site = Site(folder, database, services.enter_context(running_redis(folder)))
        site.run("-m", "responder.cli", "migrate", "--verbosity", "0")
        yield site


def test_a_child_uses_no_connection_of_its_parent_whose_own_go_on(site: Site) -> None:
    used_by = json.loads(site.run("tests/product/forked.py"))
    for used in (used_by["plain"], used_by["pooled"]):
        for service in ("database", "broker", "cache"):
            assert len({used[name][service] for name in ("parent", "multiprocessing", "billiard")}) == 3, (
                service,
                used,
            )
        assert used["parent in its transaction"]["database"] == used["parent"]["database"]
        assert used["parent at last"]
    assert used_by["watched"] == []  # what a training's process has of its worker's connections


def test_a_queue_does_all_that_eight_threads_ask_for_at_once(site: Site) -> None:
    with site.running("-m", "responder.cli", "qcluster") as cluster:
        site.run("tests/product/asked_for.py", "exports", str(JOBS))
        _until(lambda: site.ask("SELECT state, count(*) FROM responder_exportjob GROUP BY 1") == [("done", JOBS)], site)
        assert not site.shared_sockets(cluster)
        _until(lambda: not site.ask("SELECT 1 FROM django_q_ormq"), site)
        _until(lambda: "idle in transaction" not in site.backends(), site)
    assert site.ask("SELECT success, count(*) FROM django_q_task GROUP BY 1") == [(True, JOBS)]
    assert not site.faults()


def test_a_worker_of_two_processes_and_a_process_of_many_feeds_share_nothing(site: Site) -> None:
    site.run("tests/product/asked_for.py", "feeds", str(FEEDS), str(site.folder))
    with site.running(*WORKER) as worker, site.running("-m", "responder.cli", "run-feeds") as feeds:
        _until(lambda: site.ask(READ) == [(FEEDS, FEEDS * POSTS)], site)
        _until(lambda: site.ask(STATES) == [("classified", FEEDS * POSTS)], site)
        assert len(worker.children()) == 2
        assert not site.shared_sockets(worker) and not site.shared_sockets(feeds)
        _until(lambda: "idle in transaction" not in site.backends(), site)
    assert not site.faults()


def _until(done: Callable[[], object], site: Site) -> None:
    deadline = time.monotonic() + SETTLED_S
    while not done():
        assert time.monotonic() < deadline, f"{site.backends()}\n{site.log.read_text()[-3_000:]}"
        time.sleep(0.3)
