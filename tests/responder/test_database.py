"""The web process's connections to PostgreSQL."""

import pytest
from django.db import connections

from responder import database


def test_the_web_process_shares_few_connections_and_no_statement_keeps_one_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    postgres = {"ENGINE": "django.db.backends.postgresql", "OPTIONS": {"options": "-c lock_timeout=5s"}}
    sqlite = {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": {}}
    monkeypatch.setitem(connections.settings, "default", postgres)
    database.pool_connections()
    assert postgres["OPTIONS"] == {
        "pool": database.POOL, "options": f"-c lock_timeout=5s -c statement_timeout={database.STATEMENT_S}s"
    }  # fmt: skip
    monkeypatch.setitem(connections.settings, "default", sqlite)
    database.pool_connections()
    assert sqlite["OPTIONS"] == {}
