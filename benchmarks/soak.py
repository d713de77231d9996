"""The whole product on PostgreSQL and Redis under mixed load, with processes killed meanwhile.

    python benchmarks/soak.py [--minutes 30] [--rate 60] [--kill-every 30] [--partners 5] [--output docs/figures/soak.json]
                             [--plot docs/images/soak-memory.png]

1. PostgreSQL and Redis of its own, then `responder up`: web, worker, beat, queue, and the feeds that the worker starts.
2. Load until the time is over: posts of a feed at `rate` a second, people who decide on posts, partners who ask for
   predictions, files to classify (20 of them), three exports a minute.
3. With `--kill-every`, one process of each kind in turn is killed with SIGKILL, that of the feed among them.
4. Then the load stops and everything waiting is worked off. `problems` lists what may not be: posts lost or doubled or not
   classified, jobs or exports that stand still, deadlocks, transactions left idle, connections that grew, answers other than
   2xx, 409, 429 and 503, and memory that grew.
"""

import argparse
import itertools
import json
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.services import free_port, running_postgres, running_redis  # noqa: E402

KINDS = ("web", "worker", "beat", "queue", "feeds")
JOBS, JOB_ROWS, EXPORTS_A_MINUTE, SHORTEST_S = 20, 200, 3, 8.0
SAMPLE_S, IDLE_TOO_LONG_S, DRAINED_WITHIN_S, STARTS_WITHIN_S = 2.0, 10, 600, 240
LATE_FEED_S = 600
MOST_BACKENDS = 60  # of all processes together
MOST_GROWTH = 1.5  # of a kind's memory, from the first third of the time to the last
PASSWORD = "correct horse battery"
PREPARE = f"""
import django; django.setup()
import json
from responder import roles
from responder.feeds import ingest
from responder.partners import tokens
from responder.models import Feed, User
event = ingest.event_for(ref="soak")
Feed.objects.create(name="Soak", kind="file", address=PATH, channel=RATE, event=event, wanted=True)
def person(name, role):
    user = User.objects.create_user(name, password={PASSWORD!r})
    roles.grant(user=user, role=role)
    return user
person("reviewer", "reviewer")
root = User.objects.create_superuser("root")
scopes = ["predict", "read:posts", "export"]
print(json.dumps([
    tokens.issue(owner=person(f"partner-{{n}}", "partner"), organisation=f"Relief {{n}}", name="Desk", scopes=scopes, by=root)[1]
    for n in range(PARTNERS)
]))
"""
IDLE = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%%'
    AND now() - state_change > make_interval(secs => %s)"""
BACKENDS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
STANDING = """SELECT (SELECT count(*) FROM responder_post WHERE state <> 'classified'),
    (SELECT count(*) FROM responder_predictionjob WHERE state NOT IN ('done', 'failed')),
    (SELECT count(*) FROM responder_exportjob WHERE state NOT IN ('done', 'failed'))"""


@dataclass
class Samples:
    """What was seen while the load was on."""

    answers: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    unanswered: Counter[str] = field(default_factory=Counter)  # while the web process itself was dead
    memory_mb: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    backends: list[int] = field(default_factory=list)
    idle_in_transaction: int = 0
    kills: Counter[str] = field(default_factory=Counter)


class Product:
    """`responder up` on a database and a broker of its own."""

    def __init__(self, database: str, broker: str, folder: Path) -> None:
        self.database, self.port, self.data = database, free_port(), folder / "data"
        self.url, self.log = f"http://127.0.0.1:{self.port}", folder / "up.log"
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("RESPONDER_", "DJANGO_"))}
        self.environment = kept | {
            "DATABASE_URL": database, "REDIS_URL": broker, "RESPONDER_DATA_DIR": str(self.data), "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "responder.settings", "OMP_NUM_THREADS": "1", "RESPONDER_PREDICT_RATE": "100000/min",
        }  # fmt: skip

    def run(self, *arguments: str) -> str:
        """Run Python to its end; what it printed."""
        ran = subprocess.run(
            [sys.executable, *arguments], env=self.environment, cwd=ROOT, capture_output=True, text=True, check=False
        )
        if ran.returncode:
            raise RuntimeError(ran.stderr[-2000:])
        return ran.stdout

    def start(self) -> None:
        """Start everything; returns when the site answers."""
        with self.log.open("w") as log:
            self._up = subprocess.Popen(
                [sys.executable, "-m", "responder.cli", "up", "--port", str(self.port)],
                env=self.environment, cwd=ROOT, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        end = time.monotonic() + STARTS_WITHIN_S
        while "Responder is running at" not in self.log.read_text():
            if self._up.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"it did not start: {self.log.read_text()[-2000:]}")
            time.sleep(0.3)

    def stop(self) -> None:
        """Ask the launcher to end; kill what is left."""
        self._up.terminate()
        with suppress(subprocess.TimeoutExpired):
            self._up.wait(30)
        for process in self.processes():
            with suppress(psutil.Error):
                process.kill()

    def processes(self) -> list[psutil.Process]:
        found = []
        for process in psutil.process_iter():
            with suppress(psutil.Error, OSError):
                if process.environ().get("RESPONDER_INSTALLATION") == str(self.data):
                    found.append(process)
        return found

    def by_kind(self) -> dict[str, list[psutil.Process]]:
        """Kind → its processes, parents first."""
        found: dict[str, list[psutil.Process]] = defaultdict(list)
        for process in self.processes():
            with suppress(psutil.Error):
                if kind := _kind(" ".join(process.cmdline())):
                    found[kind].append(process)
        return found


def _kind(command: str) -> str:
    marks = {
        "responder.processes.server": "web",
        " worker": "worker",
        " beat": "beat",
        "qcluster": "queue",
        "run-feeds": "feeds",
    }
    return next((kind for mark, kind in marks.items() if mark in command), "")


def soak(*, seconds: float, rate: float, kill_every: float, partners: int) -> dict[str, Any]:
    """Figures of one run, `problems` among them: empty where everything held."""
    with (
        tempfile.TemporaryDirectory(prefix="soak-") as name,
        running_postgres() as database,
        running_redis(Path(name)) as broker,
    ):
        folder = Path(name)
        product = Product(database, broker, folder)
        product.run("-m", "responder.cli", "migrate", "--verbosity", "0")
        posts = folder / "posts.ndjson"
        offered = _write_posts(posts, seconds=seconds, rate=rate)
        chosen = {"PARTNERS": str(partners), "PATH": repr(str(posts)), "RATE": repr(str(rate))}
        prepare = re.sub("|".join(chosen), lambda match: chosen[match[0]], PREPARE)
        secrets = json.loads(product.run("-c", prepare).splitlines()[-1])
        product.start()
        try:
            return _under_load(product, secrets, seconds=seconds, kill_every=kill_every, offered=offered)
        finally:
            product.stop()


def _write_posts(path: Path, *, seconds: float, rate: float) -> int:
    """Posts that are `rate` a second apart; how many."""
    texts = [json.loads(line)["text"] for line in (ROOT / "responder/demo/exercise.ndjson").read_text().splitlines()]
    chance, began, number = random.Random(1), datetime.now(UTC), int(seconds * rate)
    with path.open("w") as out:
        for n in range(number):
            post = {"id": f"s{n}", "text": f"{chance.choice(texts)} – report {n}"}
            post["created_at"] = (began + timedelta(seconds=n / rate)).isoformat()
            out.write(json.dumps(post) + "\n")
    return number


def _under_load(
    product: Product, secrets: list[str], *, seconds: float, kill_every: float, offered: int
) -> dict[str, Any]:
    seen, stop = Samples(), threading.Event()
    work: list[Callable[[], None]] = [
        lambda: _sample_until(product, seen, stop),
        lambda: _review(product, seen, stop),
        lambda: _send_jobs(product, seen, stop, secrets[0], max(seconds / JOBS, SHORTEST_S)),
        lambda: _ask_exports(product, seen, stop, secrets, 60 / EXPORTS_A_MINUTE),
        *(lambda secret=secret: _predict(product, seen, stop, secret) for secret in secrets),  # type: ignore[misc]
    ]
    if kill_every:
        work.append(lambda: _kill(product, seen, stop, kill_every))
    threads = [threading.Thread(target=one, daemon=True) for one in work]
    for thread in threads:
        thread.start()
    _all_stored(product, offered, within_s=seconds + LATE_FEED_S)
    stop.set()
    for thread in threads:
        thread.join(60)
    return _figures(product, seen, seconds=seconds, offered=offered, drained_s=_drained(product))


def _all_stored(product: Product, offered: int, *, within_s: float) -> None:
    """Wait for the feed: after each kill it goes on where it was, at the same rate, so it ends late."""
    end = time.monotonic() + within_s
    with psycopg.connect(product.database, autocommit=True) as database:
        while time.monotonic() < end and _one(database, "SELECT count(*) FROM responder_post") < offered:
            time.sleep(1)


def _drained(product: Product) -> float | None:
    """Seconds until nothing waits any more; None where something stands still."""
    began = time.monotonic()
    with psycopg.connect(product.database, autocommit=True) as database:
        while time.monotonic() - began < DRAINED_WITHIN_S:
            if database.execute(STANDING).fetchone() == (0, 0, 0):
                return round(time.monotonic() - began, 1)
            time.sleep(1)
    return None


def _sample_until(product: Product, seen: Samples, stop: threading.Event) -> None:
    with psycopg.connect(product.database, autocommit=True) as database:
        while not stop.wait(SAMPLE_S):
            seen.backends.append(_one(database, BACKENDS))
            seen.idle_in_transaction = max(seen.idle_in_transaction, _one(database, IDLE, IDLE_TOO_LONG_S))
            for kind, processes in product.by_kind().items():
                seen.memory_mb[kind].append(sum(_rss(process) for process in processes) >> 20)


def _rss(process: psutil.Process) -> int:
    with suppress(psutil.Error):
        return int(process.memory_info().rss)
    return 0


def _one(database: Any, statement: str, *values: Any) -> int:
    return int(database.execute(statement, values or None).fetchone()[0])


def _kill(product: Product, seen: Samples, stop: threading.Event, every: float) -> None:
    turn = 0
    while not stop.wait(every):
        kind = KINDS[turn % len(KINDS)]
        turn += 1
        if processes := product.by_kind().get(kind):
            with suppress(psutil.Error):
                min(processes, key=lambda process: process.create_time()).kill()
                seen.kills[kind] += 1


@contextmanager
def _asking(product: Product, seen: Samples, **headers: str) -> Iterator[Callable[..., httpx.Response | None]]:
    """A function that asks and counts what is answered; None where nobody answered."""
    with httpx.Client(base_url=product.url, headers=headers, timeout=60) as http:

        def ask(name: str, method: str, path: str, **more: Any) -> httpx.Response | None:
            try:
                response = http.request(method, path, **more)
            except httpx.HTTPError:
                seen.unanswered[name] += 1
                time.sleep(0.5)
                return None
            seen.answers[name][response.status_code] += 1
            return response

        ask.cookies = http.cookies  # type: ignore[attr-defined]
        yield ask


def _predict(product: Product, seen: Samples, stop: threading.Event, secret: str) -> None:
    with _asking(product, seen, Authorization=f"Token {secret}") as ask:
        number = 0
        while not stop.wait(0.4):
            number += 1
            messages = [{"id": str(n), "text": f"Water needed at house {number}, row {n}"} for n in range(5)]
            ask("predictions", "POST", "/api/v1/predictions", json={"messages": messages})
            ask("posts", "GET", "/api/v1/posts?limit=20")


def _send_jobs(product: Product, seen: Samples, stop: threading.Event, secret: str, every: float) -> None:
    rows = "id,text\n" + "".join(f"{n},We need food for {n} families\n" for n in range(JOB_ROWS))
    with _asking(product, seen, Authorization=f"Token {secret}") as ask:
        while True:
            ask("jobs", "POST", "/api/v1/prediction-jobs", files={"file": ("soak.csv", rows, "text/csv")})
            if stop.wait(every):
                return


def _ask_exports(product: Product, seen: Samples, stop: threading.Event, secrets: list[str], every: float) -> None:
    """Each partner in turn, as one may have two exports made at a time."""
    with _asking(product, seen) as ask:
        for secret in itertools.cycle(secrets):
            token = {"Authorization": f"Token {secret}"}
            ask("exports", "POST", "/api/v1/exports", json={"kind": "csv", "event": "soak"}, headers=token)
            if stop.wait(every):
                return


def _review(product: Product, seen: Samples, stop: threading.Event) -> None:
    """Look at the map's figures and the queue, and confirm the newest post that the model could read."""
    with _asking(product, seen) as ask, psycopg.connect(product.database, autocommit=True) as database:
        while not _signed_in(ask):
            if stop.wait(1):
                return
        while not stop.wait(0.4):
            ask("map", "GET", "/map/data?event=soak&bbox=-180,-90,180,90&z=3")
            ask("queue", "GET", "/triage/?event=soak")
            found = database.execute(
                "SELECT id, version FROM responder_post WHERE state = 'classified' AND status = 'unreviewed' "
                """AND "group" <> 'unmeasured' ORDER BY id DESC LIMIT 1"""
            ).fetchone()
            if found:
                form = {"version": str(found[1]), "csrfmiddlewaretoken": ask.cookies.get("csrftoken", "")}  # type: ignore[attr-defined]
                headers = {"Accept": "application/json", "X-Requested-With": "fetch"}
                ask("decisions", "POST", f"/triage/{found[0]}/confirm", data=form, headers=headers)


def _signed_in(ask: Any) -> bool:
    page = ask("log-in", "GET", "/login/")
    if page is None:
        return False
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
    form = {"username": "reviewer", "password": PASSWORD, "csrfmiddlewaretoken": token[1] if token else ""}
    answer = ask("log-in", "POST", "/login/", data=form)
    return answer is not None and answer.status_code == 302


def _figures(
    product: Product, seen: Samples, *, seconds: float, offered: int, drained_s: float | None
) -> dict[str, Any]:
    with psycopg.connect(product.database, autocommit=True) as database:
        stored, distinct = database.execute(
            "SELECT count(*), count(DISTINCT source_id) FROM responder_post"
        ).fetchone() or (0, 0)
        standing = database.execute(STANDING).fetchone()
        jobs = dict(database.execute("SELECT state, count(*) FROM responder_predictionjob GROUP BY state").fetchall())
        exports = dict(database.execute("SELECT state, count(*) FROM responder_exportjob GROUP BY state").fetchall())
        deadlocks, idle = _one(database, DEADLOCKS), _one(database, IDLE, IDLE_TOO_LONG_S)
        decided = _one(database, "SELECT count(*) FROM responder_triageaction")
    figures = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"), "seconds": seconds, "cores": os.cpu_count(),
        "offered": offered, "stored": stored, "distinct": distinct, "drained_s": drained_s, "jobs": jobs, "exports": exports,
        "decided": decided, "deadlocks": deadlocks, "idle_in_transaction": max(idle, seen.idle_in_transaction),
        "most_backends": max(seen.backends, default=0), "kills": dict(seen.kills),
        "answers": {name: {str(status): n for status, n in sorted(all_.items())} for name, all_ in seen.answers.items()},
        "unanswered": dict(seen.unanswered), "memory_mb": dict(seen.memory_mb),
    }  # fmt: skip
    return figures | {"problems": list(_problems(figures, standing))}


def _problems(figures: dict[str, Any], standing: Any) -> Iterator[str]:
    if figures["stored"] != figures["offered"] or figures["distinct"] != figures["offered"]:
        yield f"of {figures['offered']} posts {figures['stored']} are stored, {figures['distinct']} of them distinct"
    if figures["drained_s"] is None:
        yield f"still waiting: {standing[0]} posts, {standing[1]} jobs, {standing[2]} exports"
    for name in ("jobs", "exports"):
        if failed := {state: n for state, n in figures[name].items() if state != "done"}:
            yield f"{name} that are not done: {failed}"
        if not figures[name]:
            yield f"there were no {name}"
    for name in ("deadlocks", "idle_in_transaction"):
        if figures[name]:
            yield f"{name}: {figures[name]}"
    if figures["most_backends"] > MOST_BACKENDS:
        yield f"{figures['most_backends']} connections at once"
    if not figures["decided"]:
        yield "nobody could decide"
    for name, answers in figures["answers"].items():
        wrong = {
            status: n for status, n in answers.items() if status[0] not in "23" and status not in ("409", "429", "503")
        }
        if wrong:
            yield f"{name} answered {wrong}"
    yield from _growth(figures)


def _growth(figures: dict[str, Any]) -> Iterator[str]:
    for kind, series in figures["memory_mb"].items():
        third = len(series) // 3
        if third < 30 or figures["kills"].get(kind):  # a minute at least, of one process's life
            continue
        first, last = sorted(series[third : 2 * third])[third // 2], sorted(series[-third:])[third // 2]
        if last > first * MOST_GROWTH:
            yield f"memory of {kind} grew from {first} to {last} MB"


def plot(figures: dict[str, Any], path: Path) -> None:
    """Draw the memory of each kind of process over the run."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 4), layout="constrained")
    for kind, series in sorted(figures["memory_mb"].items()):
        minutes = [n * figures["seconds"] / 60 / len(series) for n in range(len(series))]
        axes.plot(minutes, series, label=kind, linewidth=1)
    axes.set(xlabel="minutes", ylabel="resident memory, MB", ylim=(0, None))
    axes.legend(loc="upper right")
    figure.savefig(path, dpi=110)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    options.add_argument("--minutes", type=float, default=30.0)
    options.add_argument("--rate", type=float, default=60.0)
    options.add_argument("--kill-every", type=float, default=0.0)
    options.add_argument("--partners", type=int, default=5)
    options.add_argument("--output", type=Path)
    options.add_argument("--plot", type=Path, help="a picture of the memory of each kind of process")
    chosen = options.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started ends too
    figures = soak(
        seconds=chosen.minutes * 60, rate=chosen.rate, kill_every=chosen.kill_every, partners=chosen.partners
    )
    text = json.dumps(figures, indent=1)
    print(text)
    if chosen.output:
        chosen.output.write_text(text + "\n")
    if chosen.plot:
        plot(figures, chosen.plot)
    return 1 if figures["problems"] else 0


if __name__ == "__main__":
    sys.exit(main())
