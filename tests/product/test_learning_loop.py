"""The learning loop as it runs for real: four weeks by themselves, and what a kill -9 does to it."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="needs the training extra")

from tests.classifier.corpus import make_corpus
from tests.product.conftest import ROOT, Run

QUICK = {"RESPONDER_TRAINING_PROFILE": "quick"}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    return make_corpus(tmp_path / "corpus")


@pytest.mark.slow
def test_four_weeks_run_by_themselves(environment: dict[str, str], corpus: Path, tmp_path: Path) -> None:
    report = tmp_path / "story.json"
    ran = subprocess.run(
        [sys.executable, "-m", "tests.product.four_weeks", str(report)], cwd=ROOT, capture_output=True, text=True,
        env=environment | QUICK | {"RESPONDER_CORPUS_DIR": str(corpus)}, timeout=3_000, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr[-4_000:]
    story = json.loads(report.read_text())
    good, worse, *others = story["weeks"]
    assert story["runs"] == story["snapshots"] == story["evaluations"] == 4
    assert good["state"] == "requested" and good["then"].startswith("approved, canaried, promoted, rolled back")
    assert worse["state"] == "refused" and worse["gates"]["not_worse"] == "failed"
    assert worse["delta_macro_f1"]["point"] == pytest.approx(-0.05, abs=0.02)
    assert [week["state"] for week in others] == ["requested", "requested"]
    assert not story["errors"] and story["asked"][good["version"].split()[1]] > 0
    assert story["audit"]["intact"] and story["production"] == good["against"]


SETUP = """
import django; django.setup()
from classifier import serving, train
from responder import roles
from responder.models import User
ana = User.objects.create_user("ana"); roles.grant(user=ana, role="approver")
serving.register_shipped()
print(train.freeze(run_key="responder-tweets:test", trigger="early")[0].pk)
"""
PROMOTION = """
import os, signal, sys, django; django.setup()
from classifier import releases, serving
from classifier.models import Deployment, ModelVersion
from responder import roles
from responder.models import User
from tests.classifier.versions import make_evaluation, make_version
if sys.argv[1] == "prepare":
    ana = User.objects.create_user("ana"); roles.grant(user=ana, role="approver")
    serving.register_shipped()
    request = releases.propose(evaluation=make_evaluation(make_version()))
    releases.tick()
    releases.approve(request_id=request.pk, by=ana, reason="The evidence is sound and whole.", evidence_hash=request.evidence_hash)
else:
    ana, canary = User.objects.get(), ModelVersion.objects.get(state="canary")
    if sys.argv[1] == "die":
        Deployment.objects.create = lambda **columns: os.kill(os.getpid(), signal.SIGKILL)
    releases.promote(version_id=canary.pk, by=ana)
"""


def python(code: str, environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120,
        check=False,
    )  # fmt: skip


def query(data: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(data / "responder.sqlite3", timeout=20)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


@pytest.fixture
def site(environment: dict[str, str], corpus: Path, responder: Run) -> dict[str, str]:
    """A migrated installation in quick profile."""
    whole = environment | QUICK | {
        "DJANGO_SETTINGS_MODULE": "responder.settings", "RESPONDER_CORPUS_DIR": str(corpus), "RESPONDER_SHADOW_HOURS": "0",
    }  # fmt: skip
    assert responder("migrate").returncode == 0
    return whole


def test_a_promotion_that_is_killed_half_way_leaves_one_live_version(site: dict[str, str]) -> None:
    data = Path(site["RESPONDER_DATA_DIR"])
    assert python(PROMOTION, site, "prepare").returncode == 0
    assert python(PROMOTION, site, "die").returncode == -signal.SIGKILL
    states = query(data, "SELECT origin, state FROM classifier_modelversion ORDER BY id")
    assert states == [("shipped", "production"), ("trained here", "canary")]
    assert python(PROMOTION, site, "go on").returncode == 0
    states = query(data, "SELECT origin, state FROM classifier_modelversion ORDER BY id")
    assert states == [("shipped", "superseded"), ("trained here", "production")]


@pytest.mark.slow
def test_a_training_run_that_is_killed_is_taken_up_by_another_process(site: dict[str, str]) -> None:
    data = Path(site["RESPONDER_DATA_DIR"])
    prepared = python(SETUP, site)
    assert prepared.returncode == 0, prepared.stderr
    command = [sys.executable, "-m", "django", "run_training", prepared.stdout.strip()]
    first = subprocess.Popen(command, cwd=ROOT, env=site)
    log = "SELECT text FROM classifier_runline ORDER BY id"
    deadline = time.monotonic() + 180
    while not any(text.startswith("step 51 ") for (text,) in query(data, log)):
        assert time.monotonic() < deadline and first.poll() is None, query(data, log)
        time.sleep(0.2)
    os.kill(first.pid, signal.SIGKILL)
    first.wait()
    connection = sqlite3.connect(data / "responder.sqlite3", timeout=20)
    with connection:  # as if the lease had run out
        connection.execute("UPDATE classifier_trainingrun SET lease_until = '2020-01-01 00:00:00'")
    connection.close()
    again = subprocess.run(command, cwd=ROOT, env=site, capture_output=True, text=True, timeout=400, check=False)
    lines = [text for (text,) in query(data, log)]
    assert again.returncode == 0, again.stderr
    assert any(line.startswith("resuming at step") for line in lines), lines
    assert query(data, "SELECT state, attempts FROM classifier_trainingrun") == [("requested", 2)], lines[-5:]
