"""deploy/kubernetes/apply.sh, with programs in place of kustomize and kubectl that write down how they are called."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
KUBECTL = """#!/bin/sh
echo "$@" >> "$CALLS"
[ "$1" != kustomize ] || cat ../../base/settings.yaml names.yaml
"""


def _apply(folder: Path, proxies: str) -> tuple[subprocess.CompletedProcess[str], str]:
    kubernetes = folder / "kubernetes"
    shutil.copytree(ROOT / "deploy/kubernetes", kubernetes)
    names = kubernetes / "overlays/staging/names.yaml"
    names.write_text(
        names.read_text().replace('RESPONDER_TRUSTED_PROXIES: ""', f"RESPONDER_TRUSTED_PROXIES: {proxies}")
    )
    for name, text in (("kubectl", KUBECTL), ("kustomize", "#!/bin/sh\n")):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    (folder / "calls").touch()
    given = {"OVERLAY": "staging", "SERVE": "a", "TRAINING": "b", "CALLS": str(folder / "calls")}
    ran = subprocess.run(
        ["sh", str(kubernetes / "apply.sh")], env=os.environ | given | {"PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return ran, (folder / "calls").read_text()


def test_nothing_is_applied_while_nobody_said_whom_to_trust(tmp_path: Path) -> None:
    ran, calls = _apply(tmp_path, '""')
    assert ran.returncode == 1 and "Set RESPONDER_TRUSTED_PROXIES in overlays/staging/names.yaml" in ran.stderr
    assert calls.split() == ["kustomize", "."]


@pytest.mark.parametrize("proxies", ["10.244.3.17", "10.244.3.0/28,10.244.4.0/28", "'fd12::/64'"])
def test_it_is_applied_with_the_proxies_of_the_cluster(tmp_path: Path, proxies: str) -> None:
    ran, calls = _apply(tmp_path, proxies)
    assert ran.returncode == 0, ran.stderr
    assert "rollout status deployment/feeds" in calls


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
