"""The process that listens to feeds, with a thread for each, while any feed should run.

A worker starts it (`start_if_needed`) when a started feed has no lease, and again after it was killed. Leases ensure that
two processes never read the same feed. To run feeds on a separate machine, run `responder run-feeds` there as a service:
workers then find a lease on every feed, and start nothing.
"""

import subprocess
import threading
import time

import structlog
from django.db import DatabaseError, close_old_connections, connections

from classifier import children
from responder import heartbeat
from responder.feeds import listener, testing

log = structlog.get_logger(__name__)
MOST_FEEDS = 50
POLL_S = 2.0
GAPS_S = 10.0
IDLE_S = 60.0
END_S = 2.5  # less than the launcher, or a service manager, gives the whole process
# On a busy machine a process needs so long until it holds its feeds; until then no second one is started beside it.
STARTS_WITHIN_S = 60.0
_starting: tuple[subprocess.Popen[bytes], float] | None = None


def run(stop: threading.Event, *, forever: bool) -> None:
    """Listen to feeds until `stop` is set or, unless `forever`, there was nothing to do for a minute.

    At the end the feeds have `END_S` together to store what they read. The lease of one that still waits for its source is
    given back, so that another process can take the feed at once; its thread ends with this process.
    """
    threads: dict[int, _Thread] = {}
    tests: list[threading.Thread] = []
    busy = gaps_checked_at = time.monotonic()
    while not stop.is_set():
        heartbeat.beat()
        threads = {feed_id: thread for feed_id, thread in threads.items() if thread.is_alive()}
        try:
            for feed_id in list(listener.unclaimed_feeds())[: MOST_FEEDS - len(threads)]:
                if feed_id not in threads:
                    threads[feed_id] = _Thread(feed_id, stop)
                    threads[feed_id].start()
            tests = _run_tests(tests)
            if time.monotonic() - gaps_checked_at > GAPS_S:
                gaps_checked_at = time.monotonic()
                listener.watch_for_gaps()
        except DatabaseError as error:  # the database is down for a while
            log.warning("the feeds cannot be looked up", error=str(error)[:200])
            close_old_connections()
        busy = time.monotonic() if threads or tests else busy
        if not forever and time.monotonic() - busy > IDLE_S:
            break
        stop.wait(POLL_S)
    _end(list(threads.values()))


def _run_tests(running: list[threading.Thread]) -> list[threading.Thread]:
    """Take waiting tests of feeds, each in a thread. Returns the threads that run."""
    running = [thread for thread in running if thread.is_alive()]
    for test_id in testing.unclaimed()[: testing.MOST_AT_ONCE - len(running)]:
        thread = threading.Thread(target=_test, args=(test_id,), name=f"feed-test-{test_id}", daemon=True)
        thread.start()
        running.append(thread)
    return running


def _test(test_id: int) -> None:
    try:
        testing.run(test_id)
    except Exception:  # its page says after a while that it was interrupted
        log.exception("a test of a feed ended", test=test_id)
    finally:
        connections.close_all()


def _end(threads: list["_Thread"]) -> None:
    until = time.monotonic() + END_S
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    for thread in threads:
        if thread.is_alive():
            log.info("a feed still waits for its source; it is given up", feed=thread.listener.feed_id)
            try:
                thread.listener.release()
            except DatabaseError as error:  # the lease expires by itself
                log.warning("a feed could not be given back", error=str(error)[:200])


class _Thread(threading.Thread):
    """Reads one feed. It is a daemon: a source that does not answer must not hold up the end of the process."""

    def __init__(self, feed_id: int, stop: threading.Event) -> None:
        super().__init__(name=f"feed-{feed_id}", daemon=True)
        self.listener = listener.Listener(feed_id, stop=stop)

    def run(self) -> None:
        try:
            self.listener.run()
        except Exception:  # one feed's error must not stop the others; its lease expires, and it is restarted
            log.exception("a feed ended", feed=self.listener.feed_id)
        finally:
            connections.close_all()


def start_if_needed() -> bool:
    """Start the process if a feed should run, or be tested, and no process has it. Returns whether it was started."""
    global _starting
    if _is_starting():
        return False
    if next(listener.unclaimed_feeds(), None) is None and not testing.unclaimed(older_than=testing.LEFT_TO_OTHERS):
        return False
    command = children.python("responder.cli", "run-feeds", "--while-wanted")
    # It writes where the worker writes, and outlives it: the lease, not its parent, says whether it is needed.
    child = subprocess.Popen(  # noqa: S603
        command, cwd=children.FOLDER, env=children.environment(), stdin=subprocess.DEVNULL, start_new_session=True
    )
    _starting = child, time.monotonic()
    return True


def _is_starting() -> bool:
    """Whether the process that was started last still runs, and may not have got as far as its feeds yet."""
    return _starting is not None and _starting[0].poll() is None and time.monotonic() - _starting[1] < STARTS_WITHIN_S
