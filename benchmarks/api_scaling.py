"""The prediction API on PostgreSQL and Redis: one web process beside two, and beside Azure's inference server.

    python benchmarks/api_scaling.py [--out FILE.json]

Starts everything itself, on loopback, in folders that go away; one run, one machine, the clients on the same cores.
The peer is `azureml-inference-server-http` with `transformers.pipeline` over the same model; it checks no token and
keeps no record, ours does both. PostgreSQL runs with fsync off. At last ten times as many requests as the throttle
allows: what comes back is counted by status.
"""

import argparse
import http.client
import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.services import free_port, running_postgres, running_redis  # noqa: E402

PEER = ["azureml-inference-server-http==1.5.1"]
LOADS = {"one message, 8 clients": (1, 8), "64 messages, 2 clients": (64, 2)}
SECONDS = float(os.environ.get("SECONDS_EACH", "8"))
TURNS = 3
STARTS_WITHIN_S = 180
ALLOWED = 600  # requests a minute in the overload, offered ten times
numbers = itertools.count()


def body(messages: int) -> bytes:
    sent = [
        {"id": str(n), "text": f"The bridge over river {next(numbers)} is down, {n % 90} families need water and food"}
        for n in range(messages)
    ]
    return json.dumps({"messages": sent}).encode()


def load(
    address: tuple[int, str], headers: dict[str, str], messages: int, clients: int, seconds: float
) -> dict[str, Any]:
    """Clients that each ask again as soon as they are answered; requests a second, waiting times, statuses."""
    port, path = address
    spent: list[float] = []
    statuses: Counter[str] = Counter()
    end = time.perf_counter() + seconds

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        while time.perf_counter() < end:
            content, began = body(messages), time.perf_counter()
            connection.request("POST", path, content, headers | {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            spent.append(time.perf_counter() - began)
            suffix = "" if answer.status != 429 or answer.headers["Retry-After"] else " without Retry-After"
            statuses[f"{answer.status}{suffix}"] += 1
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent.sort()
    return {
        "requests_per_s": round(len(spent) / (time.perf_counter() - began), 1),
        "p50_ms": round(spent[len(spent) // 2] * 1e3, 1),
        "p99_ms": round(spent[int(len(spent) * 0.99)] * 1e3, 1),
        "statuses": dict(statuses),
    }


@contextmanager
def process(command: list[str], environment: dict[str, str], folder: Path, port: int, path: str) -> Iterator[None]:
    with (folder / f"{port}.log").open("wb") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)
    try:
        end = time.monotonic() + STARTS_WITHIN_S
        while not answers(port, path):
            assert server.poll() is None and time.monotonic() < end, (folder / f"{port}.log").read_text()[-3000:]
            time.sleep(0.5)
        yield
    finally:
        server.terminate()
        server.wait(30)


def answers(port: int, path: str) -> bool:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False


def token(environment: dict[str, str]) -> str:
    """Migrates, and issues a token for a partner."""
    os.environ.update(environment)
    import django

    django.setup()
    from django.core.management import call_command

    from responder import roles
    from responder.models import User
    from responder.partners import tokens

    call_command("migrate", verbosity=0)
    partner = User.objects.create_user("partner")
    roles.grant(user=partner, role="partner")
    return tokens.issue(owner=partner, organisation="Relief", name="Load", scopes=["predict"], by=partner)[1]


@contextmanager
def ours(environment: dict[str, str], folder: Path, workers: int) -> Iterator[int]:
    port = free_port()
    command = [
        sys.executable, "-m", "uvicorn", "--port", str(port), "--workers", str(workers), "--log-level", "error",
        "--no-access-log", "responder.asgi:application",
    ]  # fmt: skip
    with process(command, environment, folder, port, "/healthz"):
        yield port


@contextmanager
def peer(environment: dict[str, str], folder: Path) -> Iterator[int]:
    """Azure's server in an environment of its own, which borrows torch and transformers from this one."""
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(folder / "venv")], check=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run([uv, "pip", "install", "-q", "--python", str(python), *PEER], check=True)
    environment = environment | {"BORROWED": next(path for path in sys.path if path.endswith("site-packages"))}
    port = free_port()
    script = ROOT / "benchmarks" / "peer_score.py"
    command = [str(python.with_name("azmlinfsrv")), "--entry_script", str(script), "--port", str(port)]
    with process(command, environment, folder, port, "/"):
        yield port


def middle(turns: list[dict[str, Any]]) -> dict[str, Any]:
    return {key: round(median(turn[key] for turn in turns), 1) for key in ("requests_per_s", "p50_ms", "p99_ms")} | {
        "statuses": dict(sum((Counter(turn["statuses"]) for turn in turns), Counter()))
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    result: dict[str, Any] = {"machine": {"cores": os.cpu_count(), "load_before": round(os.getloadavg()[0], 2)}}
    with (
        tempfile.TemporaryDirectory(prefix="responder-api-", ignore_cleanup_errors=True) as name,
        running_postgres() as database,
        running_redis(Path(name)) as redis,
    ):
        folder = Path(name)
        environment = os.environ | {
            "DATABASE_URL": database, "REDIS_URL": redis, "RESPONDER_DATA_DIR": name, "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "responder.settings", "RESPONDER_PREDICT_RATE": "1000000/min",
        }  # fmt: skip
        headers = {"Authorization": f"Token {token(environment)}"}
        api = "/api/v1/predictions"
        plain = {key: value for key, value in environment.items() if key != "PYTHONPATH"}
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        with (
            ours(environment, folder, 1) as one, ours(environment, folder, 2) as two, peer(plain, folder) as other,
        ):  # fmt: skip
            sides = {"one process": (one, api), "two processes": (two, api), "peer": (other, "/score")}
            for _turn, (side, address), (what, (messages, clients)) in itertools.product(
                range(TURNS), sides.items(), LOADS.items()
            ):
                load(address, headers, messages, clients, 1.0)
                found.setdefault((what, side), []).append(load(address, headers, messages, clients, SECONDS))
        for what in LOADS:
            rates = {side: middle(found[what, side]) for side in sides}
            two_rate, one_rate, peer_rate = (
                rates[side]["requests_per_s"] for side in ("two processes", "one process", "peer")
            )
            result[what] = rates | {
                "two_over_one": round(two_rate / one_rate, 2), "two_over_peer": round(two_rate / peer_rate, 2),
                "one_over_peer": round(one_rate / peer_rate, 2),
            }  # fmt: skip
        throttled = environment | {"RESPONDER_PREDICT_RATE": f"{ALLOWED}/min"}
        with ours(throttled, folder, 2) as port:
            result["overload"] = load((port, api), headers, 1, 80, 30.0)
    print(json.dumps(result, indent=1))
    if arguments.out:
        arguments.out.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
