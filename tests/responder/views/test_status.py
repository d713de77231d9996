"""The public status page: open to anybody, true to the rows, silent about people."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from classifier import clock, serving
from classifier.models import Deployment, ModelVersion, TrainingRun
from monitoring.models import AccuracyWindow
from responder import roles
from responder.models import User
from responder.processes import supervisor
from responder.views import status

pytestmark = pytest.mark.django_db
URL = "/status/"


@pytest.fixture(autouse=True)
def _nothing_kept() -> None:
    caches["process"].clear()


def shown(client: Client | None = None) -> str:
    answer = (client or Client()).get(URL)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_before_any_version_it_says_so() -> None:
    assert "No version is in production" in shown()


def test_it_tells_version_figures_limits_and_card_of_what_serves(people: dict[str, User]) -> None:
    serving.register_shipped()
    live = Deployment.objects.select_related("version").get(ended_at=None, role="production").version
    AccuracyWindow.objects.create(
        kind="audited", metric="accuracy", window_from=clock.now() - timedelta(days=7), window_to=clock.now(), n=300,
        point=0.712, low=0.658, high=0.761, baseline=0.79, method="Wilson", model=str(live),
    )  # fmt: skip
    TrainingRun.objects.create(
        run_key="m:2026-W47", trigger="weekly", label_cutoff=clock.now(), state=status.watchdog.COMPLETED[0],
        started_at=clock.now(), finished_at=clock.now().replace(year=2026, month=11, day=23),
    )  # fmt: skip
    html = shown()
    assert str(live) in html and live.sha256 in html and "23 Nov 2026" in html
    assert "300 posts" in html and "0.712" in html and "0.658–0.761" in html
    low, high = live.metrics["category"]["macro_f1_interval"]
    assert f"{live.metrics['category']['macro_f1']:.3f}" in html and f"{low:.3f}–{high:.3f}" in html
    known, card = html.index("Known limits"), html.index("Full model card")
    assert known < card and len(html[known:card]) > 200
    for person in people.values():
        assert person.username not in html and person.display_name not in html


def test_a_card_cannot_bring_a_script_in() -> None:
    serving.register_shipped()
    ModelVersion.objects.update(card="# M\n\n## Limits\n\n<script>alert(1)</script> [x](javascript:alert(1))\n")
    html = shown()
    assert "<script>alert" not in html and 'href="javascript' not in html and "&lt;script&gt;" in html


@pytest.mark.parametrize("role", [*roles.ROLES, "superuser"])
def test_every_role_may_look_too(people: dict[str, User], role: str) -> None:
    client = Client()
    client.force_login(people[role])
    assert "Model status" in shown(client)


def test_strangers_cannot_make_the_database_work_and_nothing_is_written() -> None:
    serving.register_shipped()
    shown()
    with CaptureQueriesContext(connection) as queries:
        shown()
    assert len(queries) == 0
    assert Client().post(URL).status_code == 405
    assert "no-store" in Client().get(URL)["Cache-Control"]


def test_it_tells_which_processes_died_and_which_is_down_now(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    assert "Restarted processes" not in shown()
    (tmp_path / supervisor.FILE).write_text(json.dumps({
        "web": {"state": "running", "restarts": 0, "died_at": "", "status": None},
        "worker": {"state": "running", "restarts": 2, "died_at": "2026-11-23T04:05:06+00:00", "status": -9},
        "beat": {"state": "waiting", "restarts": 1, "died_at": "2026-11-23T05:06:07+00:00", "status": 1},
    }))  # fmt: skip
    html = " ".join(shown().split())
    assert "<code>worker</code>: crashed 2 times and was restarted, last 23 Nov 2026 04:05 UTC." in html
    assert (
        "<code>beat</code>: crashed once and was restarted, 23 Nov 2026 05:06 UTC. <strong>It is down and will" in html
    )
    assert "<code>web</code>" not in html


@pytest.mark.parametrize("text", ["", "[]", '{"web": 1}', '{"web": {"unknown": 1}}'])
def test_a_file_that_cannot_be_read_tells_of_no_process(settings: Any, tmp_path: Path, text: str) -> None:
    settings.DATA_DIR = tmp_path
    (tmp_path / supervisor.FILE).write_text(text)
    assert "Restarted processes" not in shown()
