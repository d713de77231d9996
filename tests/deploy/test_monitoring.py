"""Metrics, their reference, alert rules and dashboard name the same things; the runbook knows every alert."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from classifier.models import ModelVersion
from classifier.registry import transfer
from responder.api import doors
from responder.models import Post

ROOT = Path(__file__).parents[2]
MONITORING = ROOT / "deploy" / "monitoring"
REFERENCE = ROOT / "docs" / "reference" / "metrics.md"


def _documented() -> dict[str, str]:
    return dict(re.findall(r"^\| `(responder_\w+)` \| (\w+)", REFERENCE.read_text(), re.M))


def _expressions() -> list[str]:
    rules = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"][0]["rules"]
    board = json.loads((MONITORING / "grafana-dashboard.json").read_text())
    return [rule["expr"] for rule in rules] + [t["expr"] for panel in board["panels"] for t in panel["targets"]]


@pytest.fixture
def exposed(client: Client, make_post: Any, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Sample name → kind, of an installation in which everything has happened once."""
    from responder.partners import counters

    make_post()
    transfer.keep_the_shipped_first()
    assert ModelVersion.objects.filter(state=ModelVersion.State.PRODUCTION).exists()
    monkeypatch.setattr(counters, "read", lambda keys: dict.fromkeys(keys, 1))
    text = client.get("/metrics", REMOTE_ADDR="127.0.0.1").content.decode()
    families = list(text_string_to_metric_families(text))
    return {sample.name: family.type for family in families for sample in family.samples}


def test_the_reference_lists_exactly_what_is_exposed(exposed: dict[str, str]) -> None:
    assert _documented() == exposed


def test_rules_and_dashboard_ask_for_metrics_that_exist_and_for_states_that_exist() -> None:
    assert len(_expressions()) > 10
    for expression in _expressions():
        assert set(re.findall(r"\bresponder_\w+", expression)) <= set(_documented()), expression
        assert set(re.findall(r'state="(\w+)"', expression)) <= set(Post.State.values), expression
        for status in re.findall(r'status="(\d+)"', expression):
            assert int(status) in doors.STATUSES


def test_the_runbook_says_what_to_do_at_each_alert() -> None:
    rules = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"][0]["rules"]
    alerts = re.findall(r"^\| `([A-Z]\w+)` \|", (ROOT / "docs/runbook.md").read_text().split("## Alerts")[1], re.M)
    assert alerts == [rule["alert"] for rule in rules]
    assert all(rule["labels"]["severity"] in ("page", "ticket") and rule["annotations"]["summary"] for rule in rules)
