"""100,000 rows by a real queue that is killed: every row once, in order, within bounded memory."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests import figures

ROWS, MOST_RSS = int(os.environ.get("JOB_ROWS", "100000")), 600 * 1024 * 1024
SETUP = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from responder import prediction_jobs, roles
from responder.models import User
person = User.objects.create_user("partner")
roles.grant(user=person, role="partner")
pieces = [b"id,text\\n"] + [b"%d,We need water and food for %d families at the school in Beira\\n" % (n, n) for n in range(ROWS)]
pieces[ROWS // 2] = b"this row is broken\\n"
print(prediction_jobs.accept(owner=person, name="a.csv", pieces=pieces, actor="user:partner").pk)
"""
STATE = """
import django; django.setup()
import json
from responder import prediction_jobs
from responder.models import PredictionJob
prediction_jobs.wake()
job = PredictionJob.objects.get()
print(json.dumps([job.state, job.rows_read, job.bad_rows, job.error]))
"""
CHECK = """
import django; django.setup()
import json
from classifier.models import Prediction
from responder import prediction_jobs
from responder.models import PredictionJob
job = PredictionJob.objects.get()
ids = [json.loads(line)["id"] for piece in prediction_jobs.results(job) for line in piece.splitlines()]
print(json.dumps([ids == [str(n) for n in range(ROWS) if n != ROWS // 2 - 1], Prediction.objects.count()]))
"""


@pytest.mark.slow
def test_a_large_file_survives_kills_within_bounded_memory(tmp_path: Path) -> None:
    environment = os.environ | {"RESPONDER_DATA_DIR": str(tmp_path), "DJANGO_SETTINGS_MODULE": "responder.settings"}

    def python(code: str) -> str:
        code = f"ROWS = {ROWS}\n{code}"
        ran = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True, timeout=300
        )
        return ran.stdout.strip().splitlines()[-1]

    def queue() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "responder.cli", "qcluster"]
        return subprocess.Popen(command, env=environment, start_new_session=True, stdout=log, stderr=log)

    log = (tmp_path / "queue.log").open("wb")
    python(SETUP)
    cluster, kills, peak, began, state, seen = queue(), 0, 0, time.monotonic(), [], [0]
    try:
        while not state or state[0] in ("waiting", "running"):
            time.sleep(5)
            assert cluster.poll() is None, f"the queue ended by itself: {(tmp_path / 'queue.log').read_text()[-2000:]}"
            peak = max(peak, largest_of(cluster.pid))
            state = json.loads(python(STATE))
            seen.append(state[1])
            if kills < 2 and state[1] > ROWS * (kills + 1) // 4:
                os.killpg(cluster.pid, signal.SIGKILL)
                cluster.wait(20)
                cluster, kills = queue(), kills + 1
            assert time.monotonic() - began < 3_000, state
    finally:
        log.close()
        os.killpg(cluster.pid, signal.SIGKILL)
        cluster.wait(20)
    seconds = round(time.monotonic() - began)
    figures.record(
        "prediction-job", rows=ROWS, kills=kills, seconds=seconds, largest_process_mb=round(peak / 2**20),
        different_readings_of_progress=len(set(seen)), bad_rows=state[2],
    )  # fmt: skip
    assert state == ["done", ROWS, [{"line": ROWS // 2 + 1, "reason": state[2][0]["reason"]}], ""]
    assert seen == sorted(seen) and len(set(seen)) > 5
    assert json.loads(python(CHECK)) == [True, ROWS - 1]
    assert kills == 2 and peak <= MOST_RSS


def largest_of(pid: int) -> int:
    """Bytes in memory of the largest process of a tree."""
    sizes = [0]
    for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
        with suppress(psutil.Error):  # gone meanwhile
            sizes.append(process.memory_info().rss)
    return max(sizes)
