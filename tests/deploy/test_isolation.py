"""What the deployment files keep apart: who reaches the outside, who may write to Redis, what a container may do."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml

from tests.services import free_port

ROOT = Path(__file__).parents[2]
OUTSIDE = {"worker", "queue", "feeds"}  # sources, webhooks, alerts, Azure


def _compose() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "compose.yaml").read_text()))


def _policies() -> dict[str, dict[str, Any]]:
    documents = yaml.safe_load_all((ROOT / "deploy/kubernetes/base/network.yaml").read_text())
    return {one["metadata"]["name"]: one["spec"] for one in documents if one["kind"] == "NetworkPolicy"}


def test_only_who_speaks_to_others_joins_the_outside_network() -> None:
    compose = _compose()
    assert compose["networks"]["inside"] == {"internal": True}
    reaching = {name for name, service in compose["services"].items() if "outside" in service["networks"]}
    assert reaching == OUTSIDE | {"proxy"}


def test_no_container_gains_rights_or_writes_to_its_image() -> None:
    for name, service in _compose()["services"].items():
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service.get("cap_add", []) == (["NET_BIND_SERVICE"] if name == "proxy" else []), name


def test_the_passwords_of_the_stores_are_files_not_variables() -> None:
    compose = _compose()
    assert compose["services"]["database"]["environment"]["POSTGRES_PASSWORD_FILE"] == "/run/secrets/postgres_password"
    assert "environment" not in compose["services"]["redis"]
    assert compose["secrets"] == {
        "postgres_password": {"environment": "POSTGRES_PASSWORD"}, "redis_password": {"environment": "REDIS_PASSWORD"},
        "metrics_token": {"environment": "RESPONDER_METRICS_TOKEN"},
    }  # fmt: skip


def _redis_script(secret: Path) -> str:
    shell, option, script = _compose()["services"]["redis"]["command"]
    assert (shell, option) == ("sh", "-c")
    return str(script).replace("$$", "$").replace("/run/secrets/redis_password", str(secret))


def test_redis_starts_with_its_password_and_answers_nobody_without_it(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("words-of-the-test")
    port = free_port()
    script = _redis_script(tmp_path / "password").replace("redis-server -", f"redis-server - --port {port}", 1)
    server = subprocess.Popen(["sh", "-c", script], cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        next(line for line in server.stdout if "Ready to accept connections" in line)
        with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        with redis.Redis(port=port, password="words-of-the-test") as ours:
            assert ours.ping() and ours.config_get("save") == {"save": ""}
        command_line = Path(f"/proc/{server.pid}/cmdline").read_bytes()
        assert b"redis-server" in command_line and b"words-of-the-test" not in command_line
    finally:
        server.terminate()
        server.communicate(timeout=20)


def test_redis_without_a_password_does_not_start(tmp_path: Path) -> None:
    (tmp_path / "password").touch()
    ran = subprocess.run(
        ["sh", "-c", _redis_script(tmp_path / "password")], capture_output=True, text=True, timeout=20, check=False
    )
    assert ran.returncode == 1 and "Set REDIS_PASSWORD" in ran.stdout


def test_the_namespace_denies_what_no_policy_allows() -> None:
    assert _policies()["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    assert {name for name, spec in _policies().items() if "ingress" in spec} == {"web"}


def test_pods_reach_names_and_stores_and_three_of_them_the_public_internet() -> None:
    policies = _policies()
    names, stores = policies["stores"]["egress"]
    assert {port["port"] for port in names["ports"]} == {53}
    assert {port["port"] for port in stores["ports"]} == {5432, 6379, 6380}
    assert all(block["ipBlock"]["cidr"] not in ("0.0.0.0/0", "::/0") for block in stores["to"])
    (outside,) = policies["outside"]["egress"]
    assert [port["port"] for port in outside["ports"]] == [443]
    assert {"169.254.0.0/16", "10.0.0.0/8", "fc00::/7"} <= {
        one for to in outside["to"] for one in to["ipBlock"]["except"]
    }
    (chosen,) = policies["outside"]["podSelector"]["matchExpressions"]
    assert chosen["operator"] == "In" and set(chosen["values"]) == OUTSIDE
    reaching_everything = [name for name, spec in policies.items() if "0.0.0.0/0" in str(spec)]
    assert reaching_everything == ["outside", "mail"]


def test_the_worker_which_sends_mail_reaches_public_mail_servers_and_nothing_else_by_that() -> None:
    mail = _policies()["mail"]
    assert mail["podSelector"] == {"matchLabels": {"app": "responder", "part": "worker"}}
    (rule,) = mail["egress"]
    assert [port["port"] for port in rule["ports"]] == [587]
    assert rule["to"] == _policies()["outside"]["egress"][0]["to"]


def _pins(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, ROOT / "scripts/pins.py", *arguments], capture_output=True, text=True, check=False
    )


def test_every_image_and_action_that_a_tag_could_move_is_listed() -> None:
    listed = {line.split(": ", 1)[1] for line in _pins().stdout.splitlines() if ": " in line}
    images = {service["image"] for service in _compose()["services"].values()} - {
        "responder:serve",
        "responder:training",
    }
    assert images <= listed
    workflows = [yaml.safe_load(path.read_text()) for path in ROOT.glob(".github/workflows/*.yml")]
    steps = [step for flow in workflows for job in flow["jobs"].values() for step in job.get("steps", [])]
    assert {step["uses"] for step in steps if "uses" in step} <= listed


def test_the_strict_list_fails_while_anything_moves() -> None:
    ran = _pins("--strict")
    assert ran.returncode == (1 if "can be moved" in ran.stdout else 0)
