"""Alerts: told once, again once a day, never in a flood, and never at the cost of what they watch."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
import time_machine
from django.core import mail

from classifier import clock
from classifier.models import Deployment, ModelVersion, TrainingRun
from monitoring import alerts, tasks
from monitoring.alerts import Matter
from monitoring.models import Alert, DriftReport

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def received() -> Iterator[tuple[str, list[tuple[dict[str, Any], str, bytes]]]]:
    """A real web server's address, and what was posted to it."""
    got: list[tuple[dict[str, Any], str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.append((json.loads(body), self.headers["X-Responder-Signature"], body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", got
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def failed_run() -> TrainingRun:
    return TrainingRun.objects.create(
        run_key="responder-tweets:2026-W47",
        trigger="weekly",
        state="failed",
        error="the disk is full",
        label_cutoff=NOW,
    )


def test_an_alert_that_goes_on_is_sent_once_a_day_not_each_time(
    settings: Any, failed_run: TrainingRun, received: tuple[str, list[Any]]
) -> None:
    settings.ALERT_EMAILS, settings.ALERT_WEBHOOK = ["desk@example.org"], received[0]
    with time_machine.travel(NOW, tick=False) as traveller:
        for _ in range(6 * 25):  # every ten minutes for 25 hours
            alerts.check()
            traveller.shift(timedelta(minutes=10))
    alert = Alert.objects.get(key=f"run {failed_run.pk} failed")
    assert alert.times == 150 and len(mail.outbox) == len(received[1]) == 2
    content, signed, body = received[1][0]
    assert content["text"] == "the disk is full" and signed == f"sha256={alerts.signature(body)}"
    assert "failed" in mail.outbox[0].subject


def test_what_is_over_is_closed_and_comes_back_as_a_new_alert(failed_run: TrainingRun) -> None:
    (alert,) = alerts.check()
    TrainingRun.objects.update(state="requested")
    assert alerts.check() == []
    alert.refresh_from_db()
    assert alert.resolved_at is not None
    TrainingRun.objects.update(state="failed")
    alerts.check()
    assert Alert.objects.count() == 2


def test_a_flood_is_held_back(settings: Any) -> None:
    settings.ALERT_EMAILS = ["desk@example.org"]
    for number in range(50):
        alerts.open_(Matter(f"matter {number}", alerts.WARNING, "Look"))
    assert alerts.send_waiting() == alerts.MOST_AN_HOUR and alerts.send_waiting() == 0
    assert len(mail.outbox) == alerts.MOST_AN_HOUR


def test_a_webhook_that_is_away_is_tried_again_and_harms_nothing(settings: Any, failed_run: TrainingRun) -> None:
    settings.ALERT_WEBHOOK = "http://127.0.0.1:9/away"
    (alert,) = alerts.check()
    alert.refresh_from_db()
    assert alert.sent_at is None and "URLError" in alert.problem
    settings.ALERT_WEBHOOK, settings.ALERT_EMAILS = None, ["desk@example.org"]
    alerts.check()
    alert.refresh_from_db()
    assert alert.sent_at is not None and not alert.problem


def test_other_schemes_are_refused(settings: Any, failed_run: TrainingRun) -> None:
    settings.ALERT_WEBHOOK = "file:///etc/passwd"
    alerts.check()
    assert "http or https" in Alert.objects.get().problem


def test_eight_days_without_a_run_and_an_unreviewed_rollback_are_told() -> None:
    version = ModelVersion.objects.create(
        name="m", version="1", sha256="a" * 64, folder="x", origin="shipped", created_at=NOW
    )
    Deployment.objects.create(version=version, role="production", kind="rollback", by="user:ana", started_at=NOW)
    with time_machine.travel(NOW + timedelta(days=7)):
        assert {alert.title for alert in alerts.check()} == {"A rollback waits for a second person's review"}
    with time_machine.travel(NOW + timedelta(days=9)):
        assert any("8 days" in alert.title for alert in alerts.check())
        TrainingRun.objects.create(
            run_key="k", trigger="weekly", state="refused", label_cutoff=NOW, finished_at=clock.now()
        )
        assert not any("8 days" in alert.title for alert in alerts.check())


def test_a_new_event_is_told_by_the_schedule() -> None:
    DriftReport.objects.create(
        kind="full", at=NOW, window_from=NOW, window_to=NOW, reference_from=NOW, n_window=900, n_reference=900,
        model="m 1", verdict="new event", summary="Most posts are of an event that was not there before.", action="none",
    )  # fmt: skip
    assert tasks.look_after_the_loop() == 1
    assert Alert.objects.get().title == "Posts of a new event"
