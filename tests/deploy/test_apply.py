"""deploy/kubernetes/apply.sh, with a program in place of kubectl that writes down how it is called."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
KUBECTL = """#!/bin/sh
echo "$@" >> "$CALLS"
[ "$1" != kustomize ] || cat ../../base/settings.yaml ../../base/workers.yaml names/names.yaml
[ "$3 $5" != "get $LACKING" ] || exit 1
[ "$1 $2" != "apply --filename" ] || grep "image:" "$3" >> "$IMAGES"
"""


def _apply(folder: Path, proxies: str, lacking: str = "") -> tuple[subprocess.CompletedProcess[str], str]:
    kubernetes = folder / "kubernetes"
    shutil.copytree(ROOT / "deploy/kubernetes", kubernetes)
    names = kubernetes / "overlays/staging/names/names.yaml"
    names.write_text(
        names.read_text().replace('RESPONDER_TRUSTED_PROXIES: ""', f"RESPONDER_TRUSTED_PROXIES: {proxies}")
    )
    (folder / "kubectl").write_text(KUBECTL)
    (folder / "kubectl").chmod(0o755)
    (folder / "calls").touch()
    given = {
        "OVERLAY": "staging", "SERVE": "host/serve@sha256:1a", "TRAINING": "host/training@sha256:2b", "LACKING": lacking,
        "CALLS": str(folder / "calls"), "IMAGES": str(folder / "images"),
    }  # fmt: skip
    ran = subprocess.run(
        ["sh", str(kubernetes / "apply.sh")], env=os.environ | given | {"PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return ran, (folder / "calls").read_text()


def test_nothing_is_applied_while_nobody_said_whom_to_trust(tmp_path: Path) -> None:
    ran, calls = _apply(tmp_path, '""')
    assert ran.returncode == 1 and "Set RESPONDER_TRUSTED_PROXIES in overlays/staging/names/names.yaml" in ran.stderr
    assert calls.split() == ["kustomize", "."]


@pytest.mark.parametrize("proxies", ["10.244.3.17", "10.244.3.0/28,10.244.4.0/28", "'fd12::/64'"])
def test_it_is_applied_with_the_proxies_of_the_cluster(tmp_path: Path, proxies: str) -> None:
    ran, calls = _apply(tmp_path, proxies)
    assert ran.returncode == 0, ran.stderr
    assert "rollout status deployment/feeds" in calls
    images = set((tmp_path / "images").read_text().split()) - {"image:"}
    assert images == {"host/serve@sha256:1a", "host/training@sha256:2b"}


@pytest.mark.parametrize("secret", ["responder", "responder-tls"])
def test_a_missing_secret_is_named_before_anything_is_applied(tmp_path: Path, secret: str) -> None:
    ran, calls = _apply(tmp_path, "10.244.3.17", lacking=secret)
    assert ran.returncode == 1 and f"The secret {secret} is missing" in ran.stderr
    assert "apply" not in calls


def test_no_manifest_trusts_a_network_of_its_own_choice() -> None:
    found = []
    for path in (ROOT / "deploy/kubernetes").rglob("*.yaml"):
        for one in yaml.safe_load_all(path.read_text()):
            found += (
                [one["data"]["RESPONDER_TRUSTED_PROXIES"]]
                if "RESPONDER_TRUSTED_PROXIES" in (one.get("data") or {})
                else []
            )
    assert found == ["", "", ""]
