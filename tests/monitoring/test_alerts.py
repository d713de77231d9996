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
from django.utils.crypto import salted_hmac

from classifier import clock
from classifier.models import Deployment, ModelVersion, TrainingRun
from monitoring import alerts, sending, tasks
from monitoring.models import Alert, DriftReport
from tests.fakes.inside import INSIDE, listening

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


@pytest.fixture
def received(settings: Any) -> Iterator[tuple[str, list[tuple[dict[str, Any], str, bytes]]]]:
    """A real web server's address, and what was posted to it."""
    settings.WEBHOOK_NETWORKS = ["127.0.0.0/8"]
    got: list[tuple[dict[str, Any], str, bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.path != "/hook":
                self.send_response(302)
                self.send_header("Location", "/hook")
                self.end_headers()
                return
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
        finished_at=NOW,
    )


@pytest.fixture
def now() -> Iterator[Any]:
    """A clock that stands still and can be moved on."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def test_an_alert_that_goes_on_is_sent_once_a_day_not_each_time(
    settings: Any, now: Any, failed_run: TrainingRun, received: tuple[str, list[Any]]
) -> None:
    settings.ALERT_EMAILS, settings.ALERT_WEBHOOK = ["desk@example.org"], received[0]
    sent = 0
    for _ in range(6 * 25):  # every ten minutes for 25 hours
        sent += alerts.check()
        now.shift(timedelta(minutes=10))
    alert = Alert.objects.get(key=f"training-failed:{failed_run.pk}")
    assert alert.times == 150 and sent == len(mail.outbox) == len(received[1]) == 2
    content, signed, body = received[1][0]
    assert content["text"] == "the disk is full"
    assert signed == f"sha256={salted_hmac(sending.SALT, body, algorithm='sha256').hexdigest()}"
    assert "failed" in mail.outbox[0].subject


def test_what_is_over_is_closed_and_comes_back_later_as_a_new_alert(now: Any, failed_run: TrainingRun) -> None:
    alerts.check()
    TrainingRun.objects.update(state="requested")
    alerts.check()
    assert Alert.objects.get().resolved_at == NOW
    now.shift(alerts.FLAPS_WITHIN + timedelta(minutes=1))
    TrainingRun.objects.update(state="failed")
    alerts.check()
    assert Alert.objects.count() == 2


def test_what_comes_and_goes_within_the_hour_is_one_alert_and_one_message(
    settings: Any, now: Any, failed_run: TrainingRun
) -> None:
    settings.ALERT_EMAILS = ["desk@example.org"]
    for state in ("failed", "requested") * 3:
        TrainingRun.objects.update(state=state)
        alerts.check()
        now.shift(timedelta(minutes=5))
    assert Alert.objects.get().times == 3 and len(mail.outbox) == 1


def test_a_flood_is_held_back(settings: Any, now: Any) -> None:
    settings.ALERT_EMAILS = ["desk@example.org"]
    for number in range(50):
        alerts.raise_(key=f"matter {number}", level=Alert.Level.WARNING, title="Look")
    assert sending.deliver() == sending.AN_HOUR and sending.deliver() == 0
    assert len(mail.outbox) == sending.AN_HOUR
    now.shift(timedelta(hours=1, seconds=1))
    assert sending.deliver() == sending.AN_HOUR


def test_a_webhook_that_is_away_is_tried_again_alone_and_its_address_is_told_to_nobody(
    settings: Any, now: Any, failed_run: TrainingRun, received: tuple[str, list[Any]]
) -> None:
    settings.ALERT_WEBHOOK = "http://127.0.0.1:9/secret"
    assert alerts.check() == 0
    alert = Alert.objects.get()
    assert alert.sent_at is None and alert.problem.startswith("webhook: ") and "secret" not in alert.problem
    settings.ALERT_EMAILS = ["desk@example.org"]
    assert alerts.check() == 1 and "webhook: " in Alert.objects.get().problem
    settings.ALERT_WEBHOOK = received[0]
    assert alerts.check() == 0
    assert Alert.objects.get().problem == "" and len(mail.outbox) == len(received[1]) == 1


def test_a_redirect_is_not_followed(settings: Any, failed_run: TrainingRun, now: Any, received: Any) -> None:
    settings.ALERT_WEBHOOK = received[0].replace("/hook", "/elsewhere")
    assert alerts.check() == 0
    assert Alert.objects.get().problem == "webhook: answered 302" and received[1] == []


def test_no_inside_address_is_reached_unless_its_network_is_allowed(settings: Any, now: Any) -> None:
    settings.WEBHOOK_NETWORKS = ["192.0.2.99/32"]
    alerts.raise_(key="any", level=Alert.Level.WARNING, title="Look")
    for schemes in ("http", "https"):
        with listening() as inside:
            for host in INSIDE:
                settings.ALERT_WEBHOOK = f"{schemes}://{inside.authority(host)}/hook"
                assert sending.deliver() == 0
                assert Alert.objects.get().problem.startswith("webhook: "), host
            assert inside.opened == [] and inside.accepted == 0


def test_other_schemes_are_refused(settings: Any, now: Any, failed_run: TrainingRun) -> None:
    settings.ALERT_WEBHOOK = "file:///etc/passwd"
    assert alerts.check() == 0
    assert Alert.objects.get().problem == "webhook: ValueError"


def test_eight_days_without_a_run_and_an_unreviewed_rollback_are_told(now: Any) -> None:
    version = ModelVersion.objects.create(
        name="m", version="1", sha256="a" * 64, folder="x", origin="shipped", created_at=NOW
    )
    Deployment.objects.create(version=version, role="production", kind="rollback", by="user:ana", started_at=NOW)
    assert _open_titles() == set()
    now.shift(timedelta(days=7))
    assert _open_titles() == {"A rollback is waiting for review"}
    now.shift(timedelta(days=2))
    assert _open_titles() == {
        "A rollback is waiting for review",
        "No training run has completed in the last eight days",
    }
    TrainingRun.objects.create(
        run_key="k", trigger="weekly", state="refused", label_cutoff=NOW, finished_at=clock.now()
    )
    assert _open_titles() == {"A rollback is waiting for review"}


def test_a_new_event_is_told_by_the_schedule(settings: Any, now: Any) -> None:
    settings.ALERT_EMAILS = ["desk@example.org"]
    DriftReport.objects.create(
        kind="full", at=NOW, window_from=NOW, window_to=NOW, reference_from=NOW, n_window=900, n_reference=900,
        model="m 1", verdict="new event", summary="Most posts are of an event that was not there before.", action="none",
    )  # fmt: skip
    assert tasks.look_after_the_loop() == 1
    assert Alert.objects.get().title == "Posts are from a new event that needs labels"


def _open_titles() -> set[str]:
    """Titles of the alerts that are open after a look."""
    alerts.check()
    return set(Alert.objects.filter(resolved_at=None).values_list("title", flat=True))
