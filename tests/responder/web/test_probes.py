"""Probes ask by any host."""

from typing import Any

import pytest
from django.test import Client


@pytest.mark.parametrize("hosts", [["*"], [".example.org"], ["example.org"], []])
def test_probes_are_answered_whatever_hosts_the_site_has(hosts: list[str], settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.DEBUG = hosts, True
    assert Client().get("/healthz", HTTP_HOST="10.0.0.7:8000").status_code == 200
