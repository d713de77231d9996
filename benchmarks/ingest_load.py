"""Posts at full load through the whole product: stored, classified, placed, grouped, told to an open page.

    python benchmarks/ingest_load.py [--minutes 5] [--rate 250] [--burst 670] [--then 100] [--output docs/figures/ingest-load.json]

Starts a PostgreSQL and a Redis of its own (both with their usual durability) and the product's processes: two workers,
beat, web, and one process that listens to a feed. Everything, the feed's source included, shares this machine.

1. Bare model: as many processes as workers run only the model over the same texts, at the same time.
2. Steady: posts are offered at a fixed rate; an open event stream notes when each is told. Posts that the usual filter
   hides are never told, so times are of the others.
3. Burst: a minute at a higher rate, then a low one until nothing waits. While more than 1,000 posts wait, posts
   classified per second are the saturated rate.
4. Nothing may be lost or doubled: counted in the database at the end.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
WORKERS = 2
WARM_UP_S, BURST_S, CATCH_UP_WITHIN_S = 15.0, 60.0, 900.0
BARE_TEXTS = 3_000
WAITING_MUCH = 1_000
POLL_S = 0.5
PASSWORD = "correct horse battery"


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    options.add_argument("--minutes", type=float, default=5.0)
    options.add_argument("--rate", type=float, default=250.0)
    options.add_argument("--burst", type=float, default=670.0)
    options.add_argument("--then", type=float, default=100.0)
    options.add_argument("--output", type=Path)
    options.add_argument("--feed", help=argparse.SUPPRESS)  # this process is the feed
    options.add_argument("--bare", help=argparse.SUPPRESS)  # this process only runs the model
    chosen = options.parse_args()
    if chosen.feed:
        return feed(Path(chosen.feed), profile(chosen))
    if chosen.bare:
        return bare(int(chosen.bare))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started ends too
    figures = measured(chosen)
    text = json.dumps(figures, indent=1)
    print(text)
    if chosen.output:
        chosen.output.write_text(text + "\n")
    return 0


def profile(chosen: Any) -> list[tuple[float, float]]:
    """(seconds, posts a second) of each phase; the last goes on until it is stopped."""
    steady = WARM_UP_S + chosen.minutes * 60
    return [(steady, chosen.rate), (BURST_S, chosen.burst), (CATCH_UP_WITHIN_S, chosen.then)]


def due(number: int, phases: list[tuple[float, float]]) -> float:
    """Seconds after the start at which post `number` is offered."""
    began = 0.0
    for seconds, rate in phases:
        if number < seconds * rate:
            return began + number / rate
        number -= int(seconds * rate)
        began += seconds
    return float("inf")


def texts(number: int, seed: int = 1) -> list[str]:
    """Texts of the exercise, each with a number of its own, so that none is answered from memory."""
    from django.conf import settings

    from responder.drill import events

    chance, bank = random.Random(seed), events.texts_of(Path(settings.EXERCISE_FILE), most=1_500)
    return [f"{chance.choice(bank)} – report {i}" for i in range(number)]


def _django() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "responder.settings")
    import django

    django.setup()


def bare(seed: int) -> int:
    """Posts a second of the model alone, printed; begins when told to by a line of input."""
    _django()
    from classifier import serving

    runtime, rows = serving._runtime(serving.shipped_folder()), texts(BARE_TEXTS, seed)
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.monotonic()
    for at in range(0, len(rows), 256):
        runtime.predict(rows[at : at + 256])
    print(len(rows) / (time.monotonic() - began), flush=True)
    return 0


def feed(folder: Path, phases: list[tuple[float, float]]) -> int:
    """Listen to a source that offers posts as `phases` say, until the file `stop` is there; notes when it began."""
    _django()
    from responder.feeds.connectors.base import NOTHING, Item
    from responder.feeds.listener import Listener
    from responder.feeds.raw_post import RawPost
    from responder.models import Feed

    rows, stop = texts(20_000), threading.Event()

    class Offered:
        source, replays = "load", True
        closing = False

        def close(self) -> None:
            self.closing = True

        def read(self, cursor: str, *, cursor_at: datetime | None) -> Iterator[Item]:
            self.closing = False
            number, began = int(cursor or 0), time.time()
            if not number:
                (folder / "began").write_text(repr(began))
            else:
                began = float((folder / "began").read_text())
            yield Item(caught_up=True)
            enough = False
            while not self.closing:
                if number % 100 == 0:
                    enough = (folder / "enough").exists()
                if enough or time.time() - began < due(number, phases):
                    enough = (folder / "enough").exists()
                    time.sleep(0.1)  # a source's own beat: posts come in handfuls
                    if (folder / "stop").exists():
                        stop.set()
                    yield NOTHING
                    continue
                yield Item(
                    post=RawPost(
                        str(number), f"{rows[number % len(rows)]}/{number}", created_at=datetime.now(UTC), lang="en",
                        author_handle=f"a{number % 4_999}",
                    ),
                    cursor=str(number + 1), at=datetime.now(UTC),
                )  # fmt: skip
                number += 1

    feeds = Feed.objects.all()
    feeds.update(wanted=True)  # only now, so that no worker starts a process that reads it
    Listener(feeds.get().pk, connector=Offered(), stop=stop).run()  # type: ignore[arg-type]
    feeds.update(wanted=False)
    return 0


class Screen:
    """An open page: which post was told when."""

    def __init__(self, address: str, cookies: dict[str, str]) -> None:
        self.shown_at: dict[int, float] = {}
        self.reloads = 0
        self._address, self._cookies, self._stop = address, cookies, threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> "Screen":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(20)

    def _watch(self) -> None:
        last = ""
        while not self._stop.is_set():
            with (
                suppress(httpx.HTTPError),
                httpx.Client(base_url=self._address, cookies=self._cookies, timeout=30) as client,
            ):
                headers = {"Last-Event-ID": last} if last else {}
                with client.stream("GET", "/live/stream?event=load", headers=headers) as answer:
                    for line in answer.iter_lines():
                        last = line[4:] if line.startswith("id: ") else last
                        self._line(line)
                        if self._stop.is_set():
                            return

    def _line(self, line: str) -> None:
        if line.startswith("event: reload"):
            self.reloads += 1
        elif line.startswith("data: ") and '"posts"' in line:
            now = time.time()
            for post in json.loads(line[6:])["posts"]:
                self.shown_at.setdefault(post["id"], now)


class Machine:
    """PostgreSQL, Redis and the product's processes, in a folder that goes away."""

    def __init__(self, folder: Path, arguments: list[str]) -> None:
        from responder.drill.services import Postgres, Redis, free_port

        for name in ("pg", "redis", "data"):
            (folder / name).mkdir()
        folder.chmod(0o755)
        self.folder, self.port, self.arguments = folder, free_port(), arguments
        self.redis, self.postgres = Redis(folder / "redis"), Postgres(folder / "pg", durable=True)
        self.running: list[subprocess.Popen[bytes]] = []

    def open(self) -> None:
        self.redis.start()
        self.postgres.start()
        self.postgres.create("load")
        os.environ |= {
            "DATABASE_URL": self.postgres.url("load"), "REDIS_URL": self.redis.url, "OMP_NUM_THREADS": "1",
            "RESPONDER_DATA_DIR": str(self.folder / "data"), "RESPONDER_LOG_LEVEL": "WARNING", "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        _django()
        from django.core.management import call_command

        from classifier import serving
        from responder import roles
        from responder.feeds import ingest
        from responder.models import Feed, User

        call_command("migrate", verbosity=0)
        event = ingest.event_for(ref="load", name="Load")
        event.country_codes = ["MZ"]
        event.save()
        Feed.objects.create(name="Load", kind="file", address="-", event=event)
        roles.grant(user=User.objects.create_user("lead-ana", password=PASSWORD, toured=True), role="lead")
        serving.current()

    def start(self, *command: str, **options: Any) -> subprocess.Popen[bytes]:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen([sys.executable, *command], stderr=log, cwd=ROOT, **({"stdout": log} | options))
        self.running.append(process)
        return process

    def start_product(self) -> None:
        celery = ["-m", "celery", "--quiet", "-A", "responder.celery"]
        for number in range(WORKERS):
            self.start(*celery, "worker", "--loglevel", "WARNING", "--concurrency", "1", "--without-gossip",
                       "--without-mingle", "--hostname", f"w{number}@%h")  # fmt: skip
        self.start(
            *celery, "beat", "--loglevel", "ERROR", "--pidfile=", "--schedule", str(self.folder / "data" / "beat")
        )
        self.start("-m", "uvicorn", "responder.asgi:application", "--port", str(self.port), "--no-access-log",
                   "--log-level", "warning")  # fmt: skip

    def start_feed(self) -> subprocess.Popen[bytes]:
        return self.start(str(Path(__file__).resolve()), "--feed", str(self.folder), *self.arguments)

    def signed_in(self) -> tuple[str, dict[str, str]]:
        address, deadline = f"http://127.0.0.1:{self.port}", time.monotonic() + 120
        while True:
            with suppress(httpx.HTTPError), httpx.Client(base_url=address, timeout=30) as client:
                client.get("/readyz").raise_for_status()
                client.get("/login/")
                form = {
                    "username": "lead-ana",
                    "password": PASSWORD,
                    "csrfmiddlewaretoken": client.cookies["csrftoken"],
                }
                client.post("/login/", data=form, headers={"Referer": address})
                return address, {"sessionid": client.cookies["sessionid"]}
            if time.monotonic() > deadline:
                raise SystemExit((self.folder / "log").read_text()[-3_000:])
            time.sleep(0.5)

    def ask(self, sql: str) -> Any:
        with psycopg.connect(self.postgres.url("load")) as connection:
            return connection.execute(sql.encode()).fetchall()

    def close(self) -> None:
        for process in self.running:
            process.terminate()
        for process in self.running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
        self.redis.kill()
        self.postgres.stop()


@contextmanager
def _machine(arguments: list[str]) -> Iterator[Machine]:
    folder = Path(tempfile.mkdtemp(prefix="responder-load-"))
    machine = Machine(folder, arguments)
    try:
        machine.open()
        yield machine
    finally:
        machine.close()
        shutil.rmtree(folder, ignore_errors=True)


def measured(chosen: Any) -> dict[str, Any]:
    """All figures of one run."""
    arguments = ["--minutes", str(chosen.minutes), "--rate", str(chosen.rate), "--burst", str(chosen.burst),
                 "--then", str(chosen.then)]  # fmt: skip
    load = os.getloadavg()[0]
    with _machine(arguments) as machine:
        alone = bare_rate(machine)
        machine.start_product()
        address, cookies = machine.signed_in()
        with Screen(address, cookies) as screen:
            time.sleep(5)
            feeding = machine.start_feed()
            history = watched(machine, profile(chosen))
            feeding.wait(30)
            time.sleep(10)
        began = float((machine.folder / "began").read_text())
        return {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": {"cores": os.cpu_count(), "load_before": round(load, 2)},
            "workers": WORKERS, "offered_per_s": chosen.rate, "burst_per_s": chosen.burst, "then_per_s": chosen.then,
            "minutes": chosen.minutes,
            "bare_model_per_s": round(alone),
            **latencies(machine, screen, began, profile(chosen)),
            **saturated(history, alone, profile(chosen)),
            "kept": kept(machine), "page_told_to_reload": screen.reloads,
        }  # fmt: skip


def bare_rate(machine: Machine) -> float:
    """The sum of what as many processes as there are workers classify at the same time, with nothing around it."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    started = [machine.start(str(Path(__file__).resolve()), "--bare", str(n + 1), **pipes) for n in range(WORKERS)]
    for process in started:
        assert process.stdout and process.stdout.readline().strip() == b"ready"
    for process in started:
        assert process.stdin
        process.stdin.write(b"\n")
        process.stdin.flush()
    return sum(float(process.stdout.readline()) for process in started if process.stdout)


def watched(machine: Machine, phases: list[tuple[float, float]]) -> list[tuple[float, int, int]]:
    """Look twice a second until the burst is over and nothing waits any more; (seconds, stored, classified)."""
    while not (machine.folder / "began").exists():
        time.sleep(0.1)
    began = float((machine.folder / "began").read_text())
    calm_after, history = phases[0][0] + phases[1][0], []
    waits_little = 0
    while True:
        ((stored, waiting),) = machine.ask(
            "SELECT coalesce((SELECT max(id) FROM responder_post), 0), count(*) FROM responder_post WHERE state = 'accepted'"
        )
        now = time.time() - began
        history.append((now, stored, stored - waiting))
        waits_little = waits_little + 1 if now > calm_after and waiting < 3 * phases[0][1] else 0
        if waits_little >= 6 or now > calm_after + CATCH_UP_WITHIN_S:
            break
        time.sleep(POLL_S)
    (machine.folder / "enough").touch()
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        ((waiting, ungrouped),) = machine.ask(
            "SELECT (SELECT count(*) FROM responder_post WHERE state = 'accepted'), "
            "(SELECT count(*) FROM responder_postembedding WHERE grouped_at IS NULL)"
        )
        if not waiting and not ungrouped:
            break
        time.sleep(POLL_S)
    (machine.folder / "stop").touch()
    return history


def latencies(machine: Machine, screen: Screen, began: float, phases: list[tuple[float, float]]) -> dict[str, Any]:
    """Seconds from the moment that a post was due at the source until the open page was told of it."""
    numbers = dict(machine.ask("SELECT id, source_id::int FROM responder_post"))
    waits: dict[str, list[float]] = {"steady": [], "burst": []}
    for post_id, seen_at in screen.shown_at.items():
        offered = due(numbers[post_id], phases)
        if WARM_UP_S <= offered < phases[0][0]:
            waits["steady"].append(seen_at - began - offered)
        elif offered >= phases[0][0]:
            waits["burst"].append(seen_at - began - offered)
    return {f"{name}_post_to_screen_s": _spread(values) for name, values in waits.items()}


def _spread(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    at = {f"p{share}": round(ordered[int(len(ordered) * share / 100)], 2) for share in (50, 95, 99)} if ordered else {}
    return {"posts": len(ordered)} | at | ({"worst": round(ordered[-1], 2)} if ordered else {})


def saturated(history: list[tuple[float, int, int]], alone: float, phases: list[tuple[float, float]]) -> dict[str, Any]:
    """Posts a second while more wait than can be done at once, against the bare model; and how the burst ended."""
    much = [row for row in history if row[1] - row[2] >= WAITING_MUCH]
    over = phases[0][0] + phases[1][0]
    ended = next((at for at, stored, done in history if at > over and stored - done < 3 * phases[0][1]), None)
    rate = (much[-1][2] - much[0][2]) / (much[-1][0] - much[0][0]) if len(much) > 10 else None
    return {
        "saturated_per_s": round(rate) if rate else None,
        "saturated_share_of_bare": round(rate / alone, 2) if rate else None,
        "most_waiting": max(stored - done for _, stored, done in history),
        "caught_up_s_after_burst": round(ended - over, 1) if ended is not None else None,
    }


def kept(machine: Machine) -> dict[str, int]:
    """What must add up: offered = stored = classified = announced = predicted = grouped."""
    names = {
        "offered": "SELECT cursor::int FROM responder_feed",
        "stored": "SELECT count(*) FROM responder_post",
        "distinct": "SELECT count(DISTINCT source_id) FROM responder_post",
        "classified": "SELECT count(*) FROM responder_post WHERE state = 'classified'",
        "announced": "SELECT count(*) FROM responder_change WHERE kind = 'new'",
        "predicted": "SELECT count(*) FROM classifier_prediction",
        "grouped": "SELECT count(*) FROM responder_postembedding WHERE grouped_at IS NOT NULL",
        "incidents": "SELECT count(*) FROM responder_incident",
    }
    return {name: machine.ask(sql)[0][0] for name, sql in names.items()}


if __name__ == "__main__":
    raise SystemExit(main())
