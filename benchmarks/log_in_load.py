"""How long partners wait for predictions while forty connections try passwords at the log-in page.

    python benchmarks/log_in_load.py [--out FILE.json]

One web process on PostgreSQL and Redis, all on loopback; the clients share the cores with it. One client asks for a
prediction at a time: alone, while the connections guess, and alone again.
"""

import argparse
import http.client
import json
import os
import re
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlencode

from api_scaling import ROOT, body, free_port, process, running_postgres, running_redis, token

CONNECTIONS, SECONDS, PAUSE_S = 40, 20.0, 0.02


def predictions(port: int, headers: dict[str, str]) -> dict[str, Any]:
    """Milliseconds that one client waits for one message at a time."""
    waited, statuses, end = list[float](), Counter[int](), time.monotonic() + SECONDS
    while time.monotonic() < end:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        began = time.perf_counter()
        connection.request("POST", "/api/v1/predictions", body(1), headers)
        answer = connection.getresponse()
        answer.read()
        waited.append((time.perf_counter() - began) * 1e3)
        statuses[answer.status] += 1
        connection.close()
        time.sleep(PAUSE_S)
    percentiles = quantiles(waited, n=100)
    return {"n": len(waited), "p50_ms": round(percentiles[49], 1), "p95_ms": round(percentiles[94], 1),
            "most_ms": round(max(waited), 1), "statuses": dict(statuses)}  # fmt: skip


def guess(port: int, number: int, stop: threading.Event, statuses: Counter[str]) -> None:
    """Try passwords one after the other, each under a name of its own, as fast as they are answered."""
    tries = 0
    while not stop.is_set():
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", "/login/")
            page = connection.getresponse()
            cookie = (page.headers["Set-Cookie"] or "").partition(";")[0]
            found = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', page.read())
            secret = found[1].decode() if found else ""
            tries += 1
            form = urlencode({"csrfmiddlewaretoken": secret, "username": f"n{number}-{tries}", "password": "wrong"})
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
            connection.request("POST", "/login/", form, headers)
            answer = connection.getresponse()
            answer.read()
            statuses[str(answer.status)] += 1
            connection.close()
        except (OSError, http.client.HTTPException):
            statuses["no answer"] += 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--out", type=Path)
    out = parser.parse_args().out
    result: dict[str, Any] = {"cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 2)}
    with (
        tempfile.TemporaryDirectory(prefix="responder-log-in-", ignore_cleanup_errors=True) as name,
        running_postgres() as database,
        running_redis(Path(name)) as redis,
    ):
        environment = os.environ | {
            "DATABASE_URL": database, "REDIS_URL": redis, "RESPONDER_DATA_DIR": name, "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "responder.settings", "RESPONDER_PREDICT_RATE": "1000000/min",
        }  # fmt: skip
        headers = {"Authorization": f"Token {token(environment)}", "Content-Type": "application/json"}
        port = free_port()
        command = [sys.executable, "-m", "responder.processes.server", "--port", str(port)]
        with process(command, environment, Path(name), port, "/healthz"):
            predictions(port, headers)  # the model is loaded
            result["alone"] = predictions(port, headers)
            stop, statuses = threading.Event(), Counter[str]()
            threads = [
                threading.Thread(target=guess, args=(port, n, stop, statuses), daemon=True) for n in range(CONNECTIONS)
            ]
            for thread in threads:
                thread.start()
            result["while forty guess"] = predictions(port, headers)
            stop.set()
            for thread in threads:
                thread.join(60)
            result["log-ins"] = dict(statuses)
            result["alone again"] = predictions(port, headers)
    print(json.dumps(result, indent=1))
    if out:
        out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
