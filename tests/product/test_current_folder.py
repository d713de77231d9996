"""Files of the folder that a command is called from are data: none of them is ever imported."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
import redis

from responder.processes.launcher import MARK
from tests.product.conftest import ROOT, open_to_others
from tests.services import free_port

RESPONDER = str(Path(sys.executable).with_name("responder"))
MODULES = (
    "amqp", "asyncio", "beat", "billiard", "celery", "celeryconfig", "classifier", "click", "django", "django_q", "honcho",
    "json", "kombu", "logging", "monitoring", "numpy", "onnxruntime", "psutil", "psycopg", "redis", "responder",
    "sitecustomize", "structlog", "usercustomize", "uvicorn", "uvloop", "vine", "yaml",
)  # fmt: skip


class Trap:
    """A folder whose modules write their names down when somebody imports them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.caught = folder / "downloads", folder / "caught"
        self.folder.mkdir()
        for name in MODULES:
            code = f"import os, sys\nwith open({str(self.caught)!r}, 'a') as f: f.write({name!r} + f' in {{sys.argv}}\\n')\n"
            (self.folder / f"{name}.py").write_text(code)

    def imported(self) -> str:
        return self.caught.read_text() if self.caught.exists() else ""


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    return Trap(tmp_path)


@pytest.fixture
def relative(environment: dict[str, str]) -> dict[str, str]:
    """The data directory as people write it: relative to the folder that they are in."""
    return environment | {"RESPONDER_DATA_DIR": "../data"}


def test_the_trap_catches_what_python_imports_from_its_folder(trap: Trap, environment: dict[str, str]) -> None:
    subprocess.run([sys.executable, "-m", "celery", "--version"], cwd=trap.folder, env=environment, check=False)
    assert "celery in" in trap.imported()


def test_commands_import_nothing_from_the_current_folder(trap: Trap, relative: dict[str, str]) -> None:
    (trap.folder / "posts.csv").write_text("id,text\n1,Water needed in Beira\n")
    for command in (
        ["migrate", "--verbosity", "0"],
        ["classify", "posts.csv"],
        ["import-posts", "posts.csv", "--source", "trial", "--no-wait"],
        ["backup", "kept.tar"],
    ):
        ran = subprocess.run(
            [RESPONDER, *command],
            cwd=trap.folder,
            env=relative,
            capture_output=True,
            text=True,
            check=False,
            umask=0o022,
        )
        assert ran.returncode == 0, ran.stderr
        assert trap.imported() == "", command
    assert open_to_others(trap.folder.parent / "data", trap.folder / "kept.tar") == []


@pytest.fixture
def up(trap: Trap, relative: dict[str, str]) -> Iterator[Path]:
    """`responder up` in the folder, as far as its worker waiting for work; its log."""
    log = trap.folder / "up.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            [RESPONDER, "up", "--port", str(free_port())], cwd=trap.folder, env=relative, stdout=output, stderr=output,
            start_new_session=True, umask=0o022,
        )  # fmt: skip
    try:
        yield log
    finally:
        process.terminate()
        process.wait(30)


@pytest.mark.slow
def test_no_process_imports_from_the_current_folder_or_writes_for_others(up: Path, trap: Trap, tmp_path: Path) -> None:
    _until_the_worker_waits(tmp_path / "data" / "redis" / "redis.sock", up)
    children = [process for process in psutil.process_iter() if _mark_of(process) == str(tmp_path / "data")]
    assert len(children) >= 5
    assert {process.cwd() for process in children if process.name() != "redis-server"} == {"/"}
    assert trap.imported() == "", up.read_text()
    assert open_to_others(tmp_path / "data") == [], "files that others may read"


def _until_the_worker_waits(socket: Path, log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with suppress(redis.ConnectionError):
            client = redis.Redis(unix_socket_path=str(socket))
            running = "Responder is running at" in log.read_text()
            if running and any(one["cmd"] == "brpop" for one in client.client_list()):
                return
        time.sleep(0.2)
    raise AssertionError(log.read_text())


def _mark_of(process: psutil.Process) -> str:
    with suppress(psutil.Error, OSError):
        return process.environ().get(MARK, "")
    return ""


def test_python_is_started_in_one_way_alone() -> None:
    """`children` keeps the current folder off the module path: whoever writes the command by hand forgets it."""
    own = {"classifier/children.py", "responder/processes/launcher.py", "classifier/tables/spreadsheets.py"}
    assert '[sys.executable, "-I", ' in (ROOT / "classifier/tables/spreadsheets.py").read_text()  # stricter than -P
    for package in ("responder", "classifier", "monitoring"):
        for path in (ROOT / package).rglob("*.py"):
            if str(path.relative_to(ROOT)) not in own:
                assert "sys.executable" not in path.read_text(), path
    for line in (ROOT / "responder" / "Procfile").read_text().splitlines():
        assert "{python}" not in line or re.search(r"exec \{python\} -P -m ", line), line


def test_an_empty_entry_of_the_module_path_is_not_handed_on(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from classifier import children

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["", "mine", ""]))
    entries = children.environment()["PYTHONPATH"].split(os.pathsep)
    assert entries == [str(ROOT), str(tmp_path / "mine")]
