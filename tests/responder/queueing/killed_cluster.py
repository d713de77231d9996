"""Run by test_cluster in a process of its own: kills each process of an idle queue in turn; does it go on?"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import django
import psutil

AT_MOST_S = 120


def main() -> None:
    django.setup()
    from django_q.models import Success
    from django_q.tasks import async_task

    cluster = subprocess.Popen(
        [sys.executable, "-m", "responder.cli", "qcluster"], start_new_session=True, stdout=sys.stderr
    )
    results = []
    try:
        for killed in range(3):
            processes = until(lambda: looked_after(cluster.pid))
            processes[killed].kill()
            processes[killed].wait(AT_MOST_S)
            async_task("responder.jobs.deliver_webhooks")
            results.append(until(lambda: taken(Success)))
        json.dump(results, sys.stdout)
    finally:
        os.killpg(cluster.pid, signal.SIGKILL)
        cluster.wait(20)


def taken(rows: Any) -> Any:
    """The function of what is done, whose row goes."""
    if (row := rows.objects.first()) is None:
        return None
    row.delete()
    return row.func


def looked_after(pid: int) -> list[psutil.Process]:
    """The three processes that a cluster's sentinel looks after, once they are there and idle."""
    sentinels = psutil.Process(pid).children()
    found = sentinels[0].children() if sentinels else []
    idle = len(found) == 3 and all(time.time() - one.create_time() > 1 for one in found)
    return found if idle else []


def until(ready: Callable[[], Any]) -> Any:
    """What `ready` gives, once it gives something."""
    end = time.monotonic() + AT_MOST_S
    while not (found := ready()):
        assert time.monotonic() < end, "the queue stands still"
        time.sleep(0.2)
    return found


if __name__ == "__main__":
    main()
