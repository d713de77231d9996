"""The chaos drill: the state after a storm of kills must equal that of an undisturbed run.

How a drill goes:
1. It starts its own PostgreSQL and Redis, and prepares a database.
2. The undisturbed run: one process reads the events and classifies them, in a copy of that database.
3. The storm: two workers, beat, feeds and web work on another copy, while at random moments one of them is killed, or
   Redis is, or its content, or PostgreSQL; each comes back. A partner asks the API all the while.
4. When the last event was read, the faults stop; the backlog must drain, and both states are compared.
"""

import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import redis

from classifier import children
from responder.drill import events, processes, states
from responder.drill.partner import Partner
from responder.drill.services import Postgres, Redis, free_port
from responder.processes.launcher import MARK, stop_leftovers

DRAIN_WITHIN_S = 600.0
POLL_S = 0.5
QUICK_S, SLOWEST_RATE = 600.0, 20  # posts a second that the undisturbed run manages even on a busy machine
DOWN_S = (0.5, 2.0)
FAULTS = ("worker-1", "worker-2", "feeds", "beat", "web", "redis", "flush", "postgres")


@dataclass(frozen=True, slots=True)
class Plan:
    """The settings of a drill.

    Arguments:
        posts: how many posts the events are about.
        rate: events a second.
        every: shortest and longest time between two faults, in seconds.
        faults: how many; default: as long as events are read, and each kind once at least.
        seed: of the events and of the faults.
        exercise: file of the bundled exercise, for its texts.
    """

    posts: int
    rate: float
    every: tuple[float, float]
    exercise: Path
    faults: int | None = None
    seed: int = 1


@dataclass(slots=True)
class Report:
    """The result of a drill."""

    events: int
    verdict: states.StateDiff
    faults: Counter[str] = field(default_factory=Counter)
    storm_s: float = 0.0
    drained_s: float = 0.0
    answers: Counter[int] = field(default_factory=Counter)
    unanswered: int = 0
    wrong: dict[int, int] = field(default_factory=dict)

    @property
    def passed(self) -> bool:
        return self.verdict.passed and not self.wrong


def drill(plan: Plan, say: Callable[[str], None]) -> Report:
    """Run the drill. Raises CannotDrill, or RuntimeError where the product did not come to an end.

    Arguments:
        say: called with a line for each step.
    """
    with _folder() as folder:
        arena = _Arena(folder, plan, say)
        try:
            arena.open()
            return arena.storm(arena.calm())
        finally:
            arena.close()


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="responder-drill-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Arena:
    def __init__(self, folder: Path, plan: Plan, say: Callable[[str], None]) -> None:
        self.folder, self.plan, self.say = folder, plan, say
        self.chance = random.Random(plan.seed)  # noqa: S311  which fault is next
        for name in ("pg", "redis", "data", "logs"):
            (folder / name).mkdir()
        folder.chmod(0o755)  # PostgreSQL may run as another user
        self.file = folder / "events.ndjson"
        self.redis, self.postgres = Redis(folder / "redis"), Postgres(folder / "pg")
        self.running: dict[str, processes.Process] = {}
        self.count = 0

    def open(self) -> None:
        """Make events, services and a database that is ready."""
        self.count = events.write(
            self.file, self.plan.posts, texts=events.texts_of(self.plan.exercise), seed=self.plan.seed
        )
        self.redis.start()
        self.postgres.start()
        self.postgres.create("ready")
        self.say(f"{self.count:,} events about {self.plan.posts:,} posts")
        self._run(["migrate", "--verbosity", "0"], "ready")
        self.secret = self._run(
            ["drill", "prepare", "--file", str(self.file), "--rate", str(self.plan.rate)], "ready"
        ).strip()
        for name in ("calm", "storm"):
            self.postgres.create(name, "ready")

    def calm(self) -> states.State:
        """The undisturbed run."""
        began = time.monotonic()
        self._run(["drill", "calm"], "calm", within_s=QUICK_S + self.plan.posts / SLOWEST_RATE)
        state = states.read(self.postgres.url("calm"))
        self.say(f"undisturbed: {len(state.posts):,} posts in {time.monotonic() - began:.0f} s")
        if state.never:
            raise RuntimeError(f"the undisturbed run is wrong already: {state.never}")
        return state

    def storm(self, calm: states.State) -> Report:
        """The same events under faults, compared with the undisturbed run."""
        port = free_port()
        for name, command in processes.commands(data=self.folder / "data", port=port).items():
            self.running[name] = processes.Process(
                name, command, environment=self._environment("storm"), logs=self.folder / "logs"
            )
            self.running[name].start()
        partner = Partner(port, self.secret)
        partner.start()
        began = time.monotonic()
        faults = self._strike()
        ended = time.monotonic()
        self._drain()
        drained = time.monotonic()
        partner.stop()
        verdict = states.compare(calm, states.read(self.postgres.url("storm")))
        return Report(
            events=self.count, verdict=verdict, faults=faults, storm_s=ended - began, drained_s=drained - ended,
            answers=partner.answers, unanswered=partner.unanswered, wrong=partner.wrong,
        )  # fmt: skip

    def _strike(self) -> Counter[str]:
        """Faults at random moments, each kind in its turn."""
        struck: Counter[str] = Counter()
        order: list[str] = []
        while self._goes_on(struck.total()):
            self._wait(self.chance.uniform(*self.plan.every))
            if not order:
                order = self.chance.sample(FAULTS, len(FAULTS))
            name = order.pop()
            self.say(f"kill -9 {name}" if name != "flush" else "FLUSHALL")
            self._fault(name)
            struck[name] += 1
        return struck

    def _goes_on(self, faults: int) -> bool:
        if self.plan.faults is not None:
            return faults < self.plan.faults
        return faults < len(FAULTS) or self._progress()["cursor"] < self.count

    def _fault(self, name: str) -> None:
        down = self.chance.uniform(*DOWN_S)
        if name == "flush":
            with suppress(redis.RedisError), redis.Redis.from_url(self.redis.url) as client:
                client.flushall()
        elif name in self.running:
            self.running[name].kill()
            time.sleep(down)
            self.running[name].start()
        else:
            service = self.redis if name == "redis" else self.postgres
            service.kill()
            time.sleep(down)
            service.start()

    def _drain(self) -> None:
        deadline = time.monotonic() + DRAIN_WITHIN_S
        while True:
            now = self._progress()
            if now["cursor"] >= self.count and not now["waiting"] and not now["ungrouped"]:
                return
            if time.monotonic() > deadline:
                raise RuntimeError(f"the backlog did not drain: {now}\n{self._last_lines()}")
            self._wait(POLL_S)

    def _wait(self, seconds: float) -> None:
        """Wait, and restart processes that ended, as a supervisor would."""
        time.sleep(seconds)
        for process in self.running.values():
            if not process.alive:
                process.start()

    def _progress(self) -> dict[str, int]:
        with suppress(psycopg.Error):
            return states.progress(self.postgres.url("storm"))
        return {"cursor": 0, "waiting": 1, "ungrouped": 1}

    def _last_lines(self) -> str:
        return "\n".join(f"{path.name}: {path.read_text()[-1_500:]}" for path in (self.folder / "logs").iterdir())

    def _run(self, arguments: list[str], database: str, *, within_s: float = QUICK_S) -> str:
        environment = self._environment(database)
        return processes.run(arguments, environment=environment, logs=self.folder / "logs", within_s=within_s)

    def _environment(self, database: str) -> dict[str, str]:
        return children.environment() | {
            "DATABASE_URL": self.postgres.url(database), "REDIS_URL": self.redis.url, "DJANGO_SETTINGS_MODULE": "responder.settings",
            "RESPONDER_DATA_DIR": str(self.folder / "data"), "RESPONDER_LOG_LEVEL": "WARNING", MARK: str(self.folder),
        }  # fmt: skip

    def close(self) -> None:
        """Stop everything that the drill started, and nothing else."""
        for process in self.running.values():
            process.kill()
        stop_leftovers(self.folder)  # what a worker started is not of its group
        self.redis.kill()
        self.postgres.stop()
