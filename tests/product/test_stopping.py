"""`responder up` ends within ten seconds on Ctrl-C and on SIGTERM, also while it reads feeds, and kills nothing."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes.jetstream import Jetstream
from tests.fakes.mastodon import Mastodon
from tests.fakes.story import BEGIN, Faults, make_story
from tests.product.test_up import Up
from tests.services import free_port

ENDS_WITHIN_S = 10.0
TIMES = 20
MAKE_FEEDS = """
import django, json, sys
django.setup()
from responder.models import Feed
for number, (kind, address) in enumerate(json.load(sys.stdin)):
    Feed.objects.create(name=f"feed {number}", kind=kind, address=address, wanted=True)
"""


class Slowly:
    """Paces a story: five events a second."""

    def wait(self, _seconds: float) -> None:
        time.sleep(0.2)


@pytest.fixture
def addresses() -> Iterator[list[tuple[str, str]]]:
    """(kind, address) of five sources: one that posts, three that have fallen silent, and one that never answers."""
    story = make_story(2_000, start=BEGIN, step=timedelta(seconds=1))
    falling_silent = lambda: Faults(stalls=set(range(5, len(story))))  # noqa: E731  # again after each connection
    posting, silent = Mastodon(story), Mastodon(story, falling_silent())
    posting.pace = Slowly()  # type: ignore[assignment]
    bluesky = [Jetstream(story, falling_silent()), Jetstream(story, falling_silent())]
    with ExitStack() as stack, socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(64)
        for fake in (posting, silent):
            fake.needs_token = lambda _path: False  # type: ignore[method-assign]
        for server in (posting, silent, *bluesky):
            stack.enter_context(server.running())
        yield [
            ("mastodon", posting.address), ("mastodon", silent.address), ("bluesky", bluesky[0].address),
            ("bluesky2", bluesky[1].address), ("mastodon", f"http://127.0.0.1:{deaf.getsockname()[1]}"),
        ]  # fmt: skip


@pytest.fixture
def start(
    environment: dict[str, str], tmp_path: Path, addresses: list[tuple[str, str]]
) -> Iterator[Callable[..., tuple[Up, float]]]:
    """Starts the product with its feeds, stops it, and returns it with the seconds that its end took."""
    environment |= {"RESPONDER_FEED_NETWORKS": "127.0.0.0/8", "OMP_NUM_THREADS": "1"}
    subprocess.run(
        [sys.executable, "-c", MAKE_FEEDS], input=json.dumps(addresses), text=True, check=True, cwd=tmp_path,
        env=environment | {"DJANGO_SETTINGS_MODULE": "responder.settings"},
    )  # fmt: skip
    started: list[Up] = []

    def start_and_stop(stop: Callable[[Up], None]) -> tuple[Up, float]:
        up = Up(environment, tmp_path, free_port(), demo=False)
        started.append(up)
        up.until("Responder is running at")
        _until_the_feeds_run(up)
        began = time.monotonic()
        stop(up)
        up.process.wait(60)
        return up, time.monotonic() - began

    yield start_and_stop
    for up in started:
        up.stop()


def _until_the_feeds_run(up: Up) -> None:
    """Four are live, and the fifth waits for an answer that never comes."""
    deadline = time.monotonic() + 180
    while (found := _feeds(up)) != [("live", 1)] * 4 + [("starting", 1)]:
        assert time.monotonic() < deadline, f"{found}\n{up.log.read_text()}"
        time.sleep(0.2)


def _feeds(up: Up) -> list[tuple[str, int]]:
    """The state of each feed, and whether a process holds it."""
    with closing(sqlite3.connect(Path(up.data) / "responder.sqlite3", timeout=20)) as database:
        return sorted(database.execute("SELECT state, lease_owner != '' FROM responder_feed").fetchall())


def press_ctrl_c(up: Up) -> None:
    os.killpg(up.process.pid, signal.SIGINT)


def terminate(up: Up) -> None:
    """As a service manager or `kill` does: the launcher alone gets the signal."""
    up.process.terminate()


def assert_ended_cleanly(up: Up, seconds: float, status: int) -> None:
    log = up.log.read_text()
    assert up.process.returncode == status, log
    assert seconds <= ENDS_WITHIN_S, f"{seconds:.1f} s\n{log}"
    assert up.children() == [], log
    assert "all processes have ended after" in log and "killed" not in log and "Traceback" not in log, log
    assert [held for _state, held in _feeds(up)] == [0] * 5  # whoever starts next need not wait for leases to expire


@pytest.mark.slow
def test_ctrl_c_ends_everything_while_feeds_are_read(start: Callable[..., tuple[Up, float]]) -> None:
    assert_ended_cleanly(*start(press_ctrl_c), status=130)


@pytest.mark.slow
def test_twenty_starts_and_stops_with_feeds(start: Callable[..., tuple[Up, float]]) -> None:
    took, failures = [], []
    for number in range(TIMES):
        stop, status = [(press_ctrl_c, 130), (terminate, 143)][number % 2]
        up, seconds = start(stop)
        took.append(round(seconds, 2))
        print(f"stop {number + 1}: {stop.__name__}, {seconds:.2f} s", file=sys.__stderr__, flush=True)
        try:
            assert_ended_cleanly(up, seconds, status)
        except AssertionError as error:
            failures.append(f"stop {number + 1}: {error}")
    print(f"{TIMES} stops, seconds: {took}; the longest {max(took)}", file=sys.__stderr__)
    assert not failures, "\n\n".join(failures)
