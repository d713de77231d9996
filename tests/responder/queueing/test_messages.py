"""The queue calls the functions on its list, whatever a row of the database says; no message is a pickle."""

import json
import os
import pickle
from datetime import timedelta
from pathlib import Path
from queue import Queue
from threading import Event
from typing import Any

import pytest
from django.core import signing
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ, Schedule, Task
from django_q.pusher import pusher
from django_q.scheduler import scheduler
from django_q.tasks import async_task
from kombu import serialization
from kombu.exceptions import ContentDisallowed

from responder import jobs
from responder.celery import app
from responder.corrections.running import CORRECTIONS
from responder.exports.background import EXPORTS
from responder.imports.running import IMPORTS
from responder.prediction_jobs.running import JOBS
from responder.queueing import cluster, long_jobs, messages
from responder.situation.files import FILES as SITUATION_FILES
from responder.webhooks import sending

pytestmark = pytest.mark.django_db


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """A file that is there once something ran that must not run."""
    return tmp_path / "it-ran"


def pushed() -> list[dict[str, Any]]:
    """What django-q's pusher hands to the workers of the messages that are there."""
    tasks: Queue[dict[str, Any]] = Queue()
    stopped = Event()
    stopped.set()  # after one look
    OrmQ.objects.update(lock=timezone.now() - timedelta(seconds=1))
    pusher(tasks, stopped)
    return [tasks.get_nowait() for _ in range(tasks.qsize())]


def put(message: Any, dumps: Any = pickle.dumps) -> None:
    """A message of somebody who knows the key that signs them."""
    serializer = type("Serializer", (), {"dumps": staticmethod(dumps)})
    payload = signing.dumps(message, key=Conf.SECRET_KEY, salt=Conf.PREFIX, serializer=serializer)
    OrmQ.objects.create(key=Conf.CLUSTER_NAME, payload=payload, lock=timezone.now())


def message(**changes: Any) -> dict[str, Any]:
    task = {"id": "a" * 32, "name": "n", "func": "responder.jobs.make_export", "args": [7], "kwargs": {}}
    return task | {"started": timezone.now().isoformat()} | changes


def test_a_schedule_written_into_the_database_runs_nothing(mark: Path) -> None:
    assert Conf.SCHEDULER is False
    Schedule.objects.create(func="os.system", args=f"'touch {mark}'", next_run=timezone.now() - timedelta(days=1))
    scheduler()  # as if somebody had switched it on again
    assert not OrmQ.objects.exists()
    assert not mark.exists()


def test_a_message_for_another_function_is_not_sent() -> None:
    for func in ("os.system", "django.core.management.call_command", os.system, "responder.jobs"):
        with pytest.raises(messages.MessageRefused):
            async_task(func, "true")
    assert not OrmQ.objects.exists()


def test_a_pickle_with_a_good_signature_is_dropped_unread(mark: Path) -> None:
    class Bomb:
        def __reduce__(self) -> Any:
            return os.system, (f"touch {mark}",)

    put(Bomb())
    assert pushed() == []
    assert not mark.exists()
    assert not OrmQ.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"func": "os.system", "args": ["true"]}, {"func": "os.system"}, {"func": ["responder.jobs.make_export"]},
        {"hook": "os.system"}, {"chain": [["os.system", ["true"]]]}, {"cached": True}, {"sync": True}, {"timeout": 1},
        {"args": ["7"]}, {"args": [{"a": 1}]}, {"args": [True]}, {"args": None}, {"kwargs": {"job_id": 7}},
        {"started": "soon"}, {"id": 1},
    ],
    ids=str,
)  # fmt: skip
def test_a_signed_message_that_is_not_one_of_ours_is_dropped(changes: dict[str, Any]) -> None:
    put(message(**changes), lambda task: json.dumps(task).encode())
    assert pushed() == []
    assert not OrmQ.objects.exists()


def test_a_message_of_ours_arrives_as_it_was_sent() -> None:
    async_task("responder.jobs.make_export", 7, group="exports", task_name="a name")
    (task,) = pushed()
    sent = {name: task[name] for name in ("name", "func", "args", "kwargs", "group")}
    assert sent == {
        "name": "a name", "func": "responder.jobs.make_export", "args": (7,), "kwargs": {}, "group": "exports",
    }  # fmt: skip
    assert timezone.is_aware(task["started"])


def test_every_function_of_the_queue_is_listed_and_exists() -> None:
    ours = {
        f"responder.jobs.{name}"
        for name, value in vars(jobs).items()
        if getattr(value, "__module__", "") == jobs.__name__
    }
    assert ours == messages.FUNCTIONS
    works: list[long_jobs.LongWork[Any, Any]] = [EXPORTS, IMPORTS, JOBS, CORRECTIONS, SITUATION_FILES]
    assert {work.task for work in works} | {sending.TASK} == ours


class Broker:
    def __init__(self) -> None:
        self.acknowledged: list[Any] = []

    def acknowledge(self, ack_id: Any) -> None:
        self.acknowledged.append(ack_id)


def finished(*, success: bool) -> dict[str, Any]:
    now = timezone.now()
    return message(started=now, stopped=now, result="why", success=success, ack_id=3, cluster="responder")


def noted(broker: Broker, *tasks: dict[str, Any]) -> Task:
    results: Queue[Any] = Queue()
    for task in [*tasks, "STOP"]:
        results.put(task)
    cluster.note_results(results, broker)
    return Task.objects.only("success", "attempt_count").get()


def test_a_finished_task_is_noted_without_pickles_and_calls_no_hook(mark: Path) -> None:
    broker = Broker()
    row = noted(broker, finished(success=False))
    assert (row.success, row.attempt_count, broker.acknowledged) == (False, 1, [])
    Task.objects.update(hook="os.system")
    row = noted(broker, finished(success=True))
    assert (row.success, row.attempt_count, broker.acknowledged) == (True, 2, [3])
    assert not Task.objects.exclude(args=None, kwargs=None, result=None).exists()


def test_a_task_that_failed_too_often_comes_no_more() -> None:
    broker = Broker()
    noted(broker, *(finished(success=False) for _ in range(Conf.MAX_ATTEMPTS)))
    assert broker.acknowledged == [3]


def test_old_tasks_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Conf, "SAVE_LIMIT", 2)
    results: Queue[Any] = Queue()
    for number in range(5):
        results.put(finished(success=True) | {"id": f"{number:032}"})
    results.put("STOP")
    cluster.note_results(results, Broker())  # type: ignore[arg-type]
    assert set(Task.objects.values_list("pk", flat=True)) == {f"{3:032}", f"{4:032}"}


def test_celery_takes_json_alone() -> None:
    pickled = pickle.dumps(["os.system"])
    with pytest.raises(ContentDisallowed):
        serialization.loads(pickled, "application/x-python-serialize", "binary", accept=app.conf.accept_content)
    kinds = {app.conf[f"{part}_serializer"] for part in ("task", "result", "event")}
    assert kinds == {"json"}
    assert list(app.conf.accept_content) == list(app.conf.result_accept_content) == ["json"]
