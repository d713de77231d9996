"""Requests that race with one Idempotency-Key: threads over a database in a file, two web processes over PostgreSQL."""

from pathlib import Path

import pytest

from tests import figures
from tests.responder.api.servers import ran
from tests.services import running_postgres, running_redis


def test_racing_requests_with_one_key_have_one_effect(tmp_path: Path) -> None:
    result = ran("race.py", folder=tmp_path)
    assert result["effects"] == 1
    assert {status for status, _body in result["answers"]} <= {200, 409}, result
    assert len({body for status, body in result["answers"] if status == 200}) == 1
    assert result["answers"][-1][0] == 200


@pytest.mark.slow
def test_pairs_that_race_on_two_web_processes_over_postgresql_have_one_effect_each(tmp_path: Path) -> None:
    with running_postgres() as database, running_redis(tmp_path) as broker:
        result = ran(
            "racing_pairs.py", folder=tmp_path, DATABASE_URL=database, REDIS_URL=broker,
            DJANGO_SETTINGS_MODULE="responder.settings", RESPONDER_PREDICT_RATE="100000/min",
        )  # fmt: skip
    figures.record("racing-pairs", **result)
    assert result["effects"] == result["records"] == result["pairs"] == 100
    assert result["pairs_with_different_answers"] == 0
    assert result["statuses"].keys() <= {"200", "409"} and result["statuses"]["200"] >= 100
