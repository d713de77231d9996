"""The sign of life of processes without a port, and probes that ask by an address instead of the site's name."""

import threading
from pathlib import Path
from typing import Any

import pytest
from celery.beat import PersistentScheduler
from celery.signals import heartbeat_sent
from django.test import Client

from responder import heartbeat
from responder.celery import app
from responder.feeds import runner
from responder.processes.beat import Scheduler
from responder.queueing.cluster import Heartbeat


@pytest.fixture
def file(settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    settings.HEARTBEAT_FILE = tmp_path / "heartbeat"
    monkeypatch.setattr(heartbeat, "_touched_at", -heartbeat.EVERY_S)
    return tmp_path / "heartbeat"


def test_the_worker_touches_it_when_celery_sends_a_heartbeat(file: Path) -> None:
    assert app.tasks
    heartbeat_sent.send(sender=None)
    assert file.exists()


def test_the_queue_touches_it_in_each_round_of_its_guard(file: Path) -> None:
    Heartbeat(sentinel=None).save()  # type: ignore[arg-type]
    assert file.exists()


def test_beat_touches_it_at_each_tick(file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PersistentScheduler, "tick", lambda self: 1.0)
    Scheduler(app, schedule_filename=str(tmp_path / "schedule")).tick()
    assert file.exists()


@pytest.mark.django_db
def test_feeds_touch_it_in_each_round(file: Path) -> None:
    stop = threading.Event()
    monitor = threading.Timer(0.2, stop.set)
    monitor.start()
    runner.run(stop, forever=True)
    assert file.exists()


def test_it_is_touched_at_most_every_few_seconds_and_a_full_disk_ends_nothing(file: Path) -> None:
    heartbeat.beat()
    file.unlink()
    heartbeat.beat()
    assert not file.exists()


def test_a_file_that_cannot_be_touched_is_no_error(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.HEARTBEAT_FILE = Path("/proc/no/such/file")
    monkeypatch.setattr(heartbeat, "_touched_at", -heartbeat.EVERY_S)
    heartbeat.beat()


@pytest.mark.django_db
@pytest.mark.parametrize("host", ["web:8000", "10.0.3.7:8000", "127.0.0.1"])
def test_prometheus_and_probes_may_ask_by_any_address_without_tls(client: Client, settings: Any, host: str) -> None:
    settings.ALLOWED_HOSTS, settings.SECURE_SSL_REDIRECT = [".responder.example.org"], True
    settings.METRICS_TOKEN = "a token of the collector"
    assert client.get("/healthz", headers={"Host": host}).status_code == 200
    assert client.get("/metrics", headers={"Host": host}).status_code == 403
    allowed = {"Host": host, "Authorization": "Bearer a token of the collector"}
    assert client.get("/metrics", headers=allowed).status_code == 200
    assert client.get("/login/", headers={"Host": host}).status_code == 400
