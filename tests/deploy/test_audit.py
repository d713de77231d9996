"""The offline comparison with known vulnerabilities finds what is affected, and says when it compared nothing."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def audit(*arguments: str | Path) -> tuple[int, str]:
    ran = subprocess.run(
        [sys.executable, ROOT / "scripts/audit.py", *arguments], capture_output=True, text=True, check=False
    )
    return ran.returncode, ran.stdout + ran.stderr


def record(package: str, *events: dict[str, str], **more: Any) -> dict[str, Any]:
    affected = {
        "package": {"ecosystem": "PyPI", "name": package}, "ranges": [{"type": "ECOSYSTEM", "events": list(events)}]
    }  # fmt: skip
    return {"id": "TEST-1", "modified": "2026-11-01T00:00:00Z", "summary": "a flaw", "affected": [affected]} | more


def written(tmp_path: Path, *records: dict[str, Any]) -> Path:
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number, one in enumerate(records):
            archive.writestr(f"{number}.json", json.dumps(one))
    return path


def test_without_advisories_it_says_that_nothing_was_compared() -> None:
    status, output = audit()
    assert status == 0 and output.startswith("NOT RUN")
    assert audit("--require")[0] == audit("/nowhere.zip")[0] == 2


@pytest.mark.parametrize(
    ("events", "affected"),
    [
        ([{"introduced": "0"}], True),
        ([{"introduced": "0"}, {"fixed": "999"}], True),
        ([{"introduced": "0"}, {"fixed": "1.0"}], False),
        ([{"introduced": "999"}], False),
        ([{"introduced": "0"}, {"last_affected": "1.0"}], False),
        ([{"introduced": "1.0"}, {"introduced": "0"}, {"fixed": "0.5"}], True),
    ],
)
def test_ranges_decide_which_locked_version_is_affected(
    tmp_path: Path, events: list[dict[str, str]], affected: bool
) -> None:
    status, output = audit(written(tmp_path, record("Django", *events)))
    assert status == int(affected) and ("TEST-1" in output) is affected, output


def test_withdrawn_records_and_other_ecosystems_do_not_count(tmp_path: Path) -> None:
    elsewhere = record("django", {"introduced": "0"})
    elsewhere["affected"][0]["package"]["ecosystem"] = "npm"
    gone = record("django", {"introduced": "0"}, withdrawn="2026-11-02T00:00:00Z")
    assert audit(written(tmp_path, elsewhere, gone))[0] == 0


def test_old_advisories_are_called_old(tmp_path: Path) -> None:
    status, output = audit(
        written(tmp_path, record("nothing-of-ours", {"introduced": "0"}, modified="2021-07-01T00:00:00Z"))
    )
    assert status == 0 and "01 July 2021" in output and "more than 30 days old" in output
