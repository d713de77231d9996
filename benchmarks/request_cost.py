"""Processor time of one prediction request of one message, beside that of the model alone, in one process and thread.

    python benchmarks/request_cost.py [--requests 300] [--output FILE] [--profile FILE]

Starts a PostgreSQL and a Redis of its own. The request goes through the handler of the web process from the parsed
HTTP scope to the answer's bytes: middleware, token, limits, validation, model, records, JSON. Five runs of each kind,
interleaved; medians. `--profile` writes where the time goes, by function, as cProfile sees it.
"""

import argparse
import cProfile
import json
import os
import platform
import pstats
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
RUNS, WARM_UP = 5, 50


def main() -> None:
    """Print the figures as JSON."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    arguments.add_argument("--requests", type=int, default=300, help="in each run")
    arguments.add_argument("--output", type=Path)
    arguments.add_argument("--profile", type=Path)
    chosen = arguments.parse_args()
    with ExitStack() as started:
        prepare(started)
        figures = measure(chosen.requests, chosen.profile)
    text = json.dumps(figures, indent=1)
    print(text)
    if chosen.output:
        chosen.output.write_text(text + "\n")


def prepare(started: ExitStack) -> None:
    """Start the services, and migrate."""
    sys.path.insert(0, str(ROOT))
    from tests.services import running_postgres, running_redis

    folder = Path(started.enter_context(tempfile.TemporaryDirectory()))
    os.environ.update(
        DJANGO_SETTINGS_MODULE="responder.settings", RESPONDER_DATA_DIR=str(folder), OMP_NUM_THREADS="1",
        DATABASE_URL=started.enter_context(running_postgres()),
        REDIS_URL=started.enter_context(running_redis(folder)), RESPONDER_PREDICT_RATE="1000000/min",
        RESPONDER_DAILY_QUOTA="100000000", RESPONDER_LOG_LEVEL="WARNING",
    )  # fmt: skip
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)


def measure(requests: int, profile: Path | None) -> dict[str, Any]:
    """Milliseconds of processor time, of a request and of the model alone."""
    from classifier import serving
    from responder.web.handler import PooledHandler

    secret = token()
    handler, runtime = PooledHandler(), serving.current().runtime
    texts = iter([f"Water is rising near house {n}, {n % 90} people need boats now" for n in range(100_000)])

    def request() -> None:
        body = json.dumps({"messages": [{"id": "1", "text": next(texts)}]}).encode()
        response = handler._answer(scope(secret, len(body)), Body(body))
        assert response.status_code == 200, response.content

    def model() -> None:
        from classifier.predict import Message, classify

        classify([Message(id="1", text=next(texts), lang=None)], runtime=runtime)

    kinds: dict[str, Callable[[], None]] = {"request": request, "model": model}
    spent: dict[str, list[float]] = {name: [] for name in kinds}
    for call in kinds.values():
        milliseconds(call, WARM_UP)
    for _run in range(RUNS):
        for name, call in kinds.items():
            spent[name].append(milliseconds(call, requests))
    if profile:
        write_profile(request, requests, profile)
    medians = {name: round(statistics.median(found), 3) for name, found in spent.items()}
    beside = round(medians["request"] - medians["model"], 3)
    return {
        "requests_in_a_run": requests, "runs": RUNS, "processor_ms": medians, "beside_the_model_ms": beside,
        "spread_ms": {name: [round(min(found), 3), round(max(found), 3)] for name, found in spent.items()},
        "python": platform.python_version(), "machine": f"{os.cpu_count()} cores, {platform.machine()}",
    }  # fmt: skip


def milliseconds(call: Callable[[], None], times: int) -> float:
    """Processor time of a call, in all of the process's threads; the mean of `times` calls."""
    began = time.process_time()
    for _ in range(times):
        call()
    return (time.process_time() - began) * 1e3 / times


def write_profile(call: Callable[[], None], times: int, path: Path) -> None:
    """The forty functions that take most time, with those that they call."""
    profiler = cProfile.Profile(time.process_time)
    profiler.enable()
    for _ in range(times):
        call()
    profiler.disable()
    with path.open("w") as file:
        pstats.Stats(profiler, stream=file).strip_dirs().sort_stats("cumulative").print_stats(90)
        pstats.Stats(profiler, stream=file).strip_dirs().sort_stats("tottime").print_stats(40)


class Body:
    """A received body."""

    def __init__(self, content: bytes) -> None:
        self.file = BytesIO(content)

    def close(self) -> None:
        self.file.close()


def scope(secret: str, length: int) -> dict[str, Any]:
    """An HTTP scope as the server hands it over."""
    headers = {
        "host": "localhost", "authorization": f"Bearer {secret}", "content-type": "application/json",
        "accept": "*/*", "accept-encoding": "gzip", "user-agent": "benchmark", "content-length": str(length),
    }  # fmt: skip
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/api/v1/predictions", "raw_path": b"/api/v1/predictions", "query_string": b"", "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 50_000), "server": ("127.0.0.1", 8_000),
    }  # fmt: skip


def token() -> str:
    """The secret of a partner's token."""
    from django.contrib.auth.models import Group

    from responder.models import User
    from responder.partners import tokens

    person = User.objects.create_user("partner", password=None, is_superuser=True)
    person.groups.add(Group.objects.get(name="partner"))
    return tokens.issue(owner=person, organisation="Partner", name="cost", scopes=["predict"], by=person)[1]


if __name__ == "__main__":
    main()
