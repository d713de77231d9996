"""The parts of the suite that depend on the database, once more on PostgreSQL and Redis."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services import running_postgres, running_redis

ROOT = Path(__file__).parents[1]
# Races, plans, keys, locks and texts: where the two databases differ most.
SUITES = [
    "tests/responder/feeds/test_ingest.py", "tests/responder/classification/test_pipeline.py", "tests/responder/triage/test_verbs.py",
    "tests/responder/partners/test_tokens.py", "tests/responder/partners/test_idempotency.py", "tests/responder/web/test_live.py",
    "tests/responder/queries", "tests/responder/views/test_feed.py", "tests/responder/incidents/test_grouping.py",
    "tests/responder/incidents/test_verbs.py", "tests/monitoring/test_audit.py", "tests/monitoring/test_anchors.py",
    "tests/monitoring/test_alerts.py", "tests/classifier/test_labelling.py", "tests/responder/triage/test_copies.py",
    "tests/responder/triage/test_claims.py", "tests/responder/triage/test_snoozes.py",
    "tests/responder/feeds/test_listener.py", "tests/responder/feeds/test_edits.py", "tests/responder/feeds/test_erasure.py",
    "tests/responder/feeds/test_shared_ids.py", "tests/responder/test_rekeying.py", "tests/fuzz/test_bounds.py",
    "tests/responder/test_hostile_addresses.py::test_no_argument_of_an_address_breaks_it[NUL]",
]  # fmt: skip
# Pages with odd rows, times and figures: they take four times as long, and seldom differ.
MORE = [
    "tests/responder/incidents", "tests/responder/dashboards/test_panels.py", "tests/responder/test_poisoned_rows.py",
    "tests/responder/test_times.py", "tests/fuzz",
    "tests/responder/test_hostile_addresses.py::test_no_value_of_a_query_or_form_breaks_a_page[NUL]",
]  # fmt: skip


@pytest.mark.parametrize("suites", [SUITES, pytest.param(MORE, marks=pytest.mark.slow)], ids=["first", "more"])
def test_the_suites_that_touch_the_database_pass_on_postgresql_and_redis(suites: list[str], tmp_path: Path) -> None:
    with running_postgres() as database, running_redis(tmp_path) as broker:
        environment = os.environ | {
            "DATABASE_URL": database, "REDIS_URL": broker, "RESPONDER_DATA_DIR": str(tmp_path / "data"),
            "RESPONDER_LOG_LEVEL": "ERROR", "FUZZ_EXAMPLES": "300",
        }  # fmt: skip
        ran = subprocess.run(
            [
                sys.executable, "-m", "pytest", "-q", "-m", "not slow and not browser", "-p", "no:cacheprovider",
                "--ignore", "tests/responder/incidents/test_pairs.py", *suites,
            ],
            cwd=ROOT, env=environment, capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip
    assert ran.returncode == 0, ran.stdout[-8000:] + ran.stderr[-2000:]


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("py3*.txt")), ids=lambda path: path.name)
def test_no_lock_pulls_cuda(lock: Path) -> None:
    text = lock.read_text().lower()
    assert not [word for word in ("nvidia", "cuda", "triton") if word in text]
