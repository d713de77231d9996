"""score.py under Azure's own inference server, in an environment of its own: the same answers as `responder classify`."""

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.services import free_port

REPOSITORY = Path(__file__).parents[2]
AZURE = REPOSITORY / "deploy" / "azure"
pytestmark = [pytest.mark.azure, pytest.mark.slow]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The packages that the deployment's environment names, installed; the server, started; its address."""
    folder = tmp_path_factory.mktemp("scoring")
    python = _environment(folder)
    port = free_port()
    model = max((REPOSITORY / "classifier" / "shipped").glob("*/manifest.json")).parent
    command = [
        str(python.with_name("azmlinfsrv")), "--entry_script", str(AZURE / "scoring" / "score.py"),
        "--port", str(port), "--model_dir", str(model),
    ]  # fmt: skip
    variables = {key: value for key, value in os.environ.items() if "proxy" not in key.lower() and key != "PYTHONPATH"}
    with (folder / "server.log").open("wb") as output:
        process = subprocess.Popen(command, cwd=folder, env=variables, stdout=output, stderr=output)
    try:
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 180
        while not _is_up(address):
            assert process.poll() is None and time.monotonic() < deadline, (folder / "server.log").read_text()[-3000:]
            time.sleep(0.5)
        yield f"{address}/score"
    finally:
        process.terminate()
        process.wait(20)


def _environment(folder: Path) -> Path:
    if ready := os.environ.get("RESPONDER_SCORING_PYTHON"):  # made before, for those who run this often
        return Path(ready)
    content = yaml.safe_load((AZURE / "environments" / "conda-scoring.yml").read_text())
    packages = next(part["pip"] for part in content["dependencies"] if isinstance(part, dict))
    uv = str(Path(sys.executable).with_name("uv"))
    subprocess.run([uv, "venv", "-q", "--python", sys.executable, str(folder / "venv")], check=True)
    python = folder / "venv" / "bin" / "python"
    subprocess.run([uv, "pip", "install", "-q", "--python", str(python), *packages], check=True)
    return python


def _is_up(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _post(address: str, body: bytes) -> tuple[int, Any]:
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def test_five_hundred_texts_get_the_answers_of_responder_classify(server: str, tmp_path: Path) -> None:
    lines = (REPOSITORY / "responder" / "demo" / "exercise.ndjson").read_text().splitlines()
    texts = list(dict.fromkeys(json.loads(line).get("text", "") for line in lines))
    messages = [{"id": str(n), "text": text} for n, text in enumerate(text for text in texts if text)][:500]
    assert len(messages) == 500
    source = tmp_path / "texts.ndjson"
    source.write_text("".join(json.dumps(message) + "\n" for message in messages))
    ran = subprocess.run(
        [sys.executable, "-c", "from responder.cli import main; main()", "classify", str(source), "--format", "ndjson"],
        env=os.environ | {"PYTHONPATH": str(REPOSITORY), "RESPONDER_DATA_DIR": str(tmp_path / "var")},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    here = [json.loads(line) for line in ran.stdout.splitlines()]
    status, there = _post(server, json.dumps({"messages": messages}).encode())
    assert status == 200
    assert there["predictions"] == here


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"messages": [', 400),
        (b"\xff\xfe", 400),
        (b"", 400),
        (b"[]", 422),
        (b'{"messages": []}', 422),
        (b'{"messages": [{"id": "1"}]}', 422),
        (b'{"messages": [{"id": 1, "text": "water"}]}', 422),
        (json.dumps({"messages": [{"id": "1", "text": "x" * 10_001}]}).encode(), 422),
        (json.dumps({"messages": [{"id": "1", "text": "x"}] * 1_001}).encode(), 422),
    ],
)
def test_what_is_malformed_gets_a_4xx(server: str, body: bytes, status: int) -> None:
    assert _post(server, body)[0] == status
