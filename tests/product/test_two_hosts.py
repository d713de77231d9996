"""Workers on two hosts, which share a database and a broker and nothing else, share the work."""

import os
import subprocess
import sys
import time
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import psycopg
import pytest

from responder.processes.launcher import MARK, stop_leftovers
from tests.services import running_postgres, running_redis

ROOT = Path(__file__).parents[2]
POSTS = 3_000
MOST_WARM_UP = 6_000
SHARED = ("DATABASE_URL", "REDIS_URL")


class Host:
    """A folder that is all a host has of its own: where it works, its data, its log."""

    def __init__(self, folder: Path, shared: dict[str, str]) -> None:
        self.folder, self.log = folder, folder / "log"
        for name in ("data", "work", "home"):
            (folder / name).mkdir(parents=True)
        self.environment = shared | {
            "PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder / "home"), "OMP_NUM_THREADS": "1",
            "RESPONDER_DATA_DIR": str(folder / "data"), "DJANGO_SETTINGS_MODULE": "responder.settings",
            "TMPDIR": str(folder), MARK: str(folder),
        }  # fmt: skip

    def work(self, name: str) -> subprocess.Popen[bytes]:
        command = ["-m", "celery", "-A", "tests.product.counted_worker", "worker", "--loglevel", "WARNING", "--concurrency", "1",
                   "--without-gossip", "--without-mingle", "--hostname", f"worker@{name}"]  # fmt: skip
        with self.log.open("wb") as log:
            return subprocess.Popen(
                [sys.executable, *command], cwd=self.folder / "work", env=self.environment, stdout=log, stderr=log
            )

    def run(self, *arguments: str) -> None:
        command = [sys.executable, "-m", "responder.cli", *arguments]
        ran = subprocess.run(
            command, cwd=self.folder / "work", env=self.environment, capture_output=True, text=True, timeout=300,
            check=False,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr[-2_000:]

    @property
    def ready(self) -> bool:
        return (self.folder / "home" / "ready").exists()

    def done(self) -> int:
        """How many posts its worker did."""
        file = self.folder / "home" / "done"
        return sum(map(int, file.read_text().split())) if file.exists() else 0


def waiting(database: str) -> int:
    with psycopg.connect(database) as connection:
        row = connection.execute(
            """SELECT (SELECT count(*) FROM responder_post WHERE state = 'accepted')
                + (SELECT count(*) FROM responder_postembedding WHERE grouped_at IS NULL)"""
        ).fetchone()
    assert row
    return int(row[0])


def imported(host: Host, folder: Path, first: int, number: int) -> int:
    """Store `number` posts that wait for the workers."""
    file = folder / f"posts-{first}.csv"
    file.write_text(
        "id,text\n" + "".join(f"{n},Water is needed at house {n} in Beira\n" for n in range(first, first + number))
    )
    host.run("import-posts", str(file), "--source", "hosts", "--no-wait")
    return number


@pytest.mark.slow
def test_two_hosts_that_share_database_and_broker_share_the_work(tmp_path: Path) -> None:
    with ExitStack() as services:
        database = services.enter_context(running_postgres())
        shared = dict(zip(SHARED, (database, services.enter_context(running_redis(tmp_path))), strict=True))
        one, other = (Host(tmp_path / name, shared) for name in ("one", "other"))
        assert {key for key in one.environment if one.environment[key] == other.environment[key]} == {
            *SHARED, "PATH", "PYTHONPATH", "OMP_NUM_THREADS", "DJANGO_SETTINGS_MODULE"
        }  # fmt: skip
        one.run("migrate", "--verbosity", "0")
        workers = [one.work("one"), other.work("other")]
        try:
            _until(lambda: one.ready and other.ready, 120)
            posts = 0
            # Loading the model takes as long as thousands of these posts: what counts begins when both have done so.
            while not (one.done() and other.done()):
                assert posts < MOST_WARM_UP, "one host gets no work"
                posts += imported(one, tmp_path, posts, 600)
                _until(partial(_all_done, posts, database, one, other), 300)
            warm = one.done(), other.done()
            posts += imported(one, tmp_path, posts, POSTS)
            _until(partial(_all_done, posts, database, one, other), 300)
        finally:
            for worker in workers:
                worker.terminate()
                worker.wait(30)
            for host in (one, other):
                stop_leftovers(host.folder)
        with psycopg.connect(database) as connection:
            for sql in ("SELECT count(*) FROM responder_post WHERE state = 'classified'",
                        "SELECT count(DISTINCT subject) FROM classifier_prediction",
                        "SELECT count(*) FROM classifier_prediction", "SELECT count(*) FROM responder_change"):  # fmt: skip
                assert connection.execute(sql.encode()).fetchall() == [(posts,)], sql
    shares = sorted((one.done() - warm[0], other.done() - warm[1]))
    assert sum(shares) == POSTS and shares[0] >= POSTS / 4, shares


def _all_done(posts: int, database: str, *hosts: Host) -> bool:
    return not waiting(database) and sum(host.done() for host in hosts) >= posts


def _until(done: object, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not done():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.3)
