"""Azure is an extra: nothing imports it before it is used, and without it each command says what to install."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import classifier
from classifier.serving import SHIPPED
from tests import migrated

REPOSITORY = Path(classifier.__file__).parents[1]
NOT_THERE = """
import json, os, sys, tempfile
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name == "azure" or name.startswith("azure."):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hidden())
import django
from responder.cli import main
django.setup()
said = []
for arguments in json.load(sys.stdin):
    with tempfile.TemporaryFile() as errors:
        if not (child := os.fork()):  # each in a process of its own, without importing everything again
            os.dup2(errors.fileno(), 2)
            sys.argv = ["responder", *arguments]
            main()
            sys.exit()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        errors.seek(0)
        said.append([arguments, status, errors.read().decode()])
print(json.dumps(said))
"""
SET = {
    "RESPONDER_AZURE_SUBSCRIPTION": "s", "RESPONDER_AZURE_RESOURCE_GROUP": "g", "RESPONDER_AZURE_WORKSPACE": "w",
    "RESPONDER_AZURE_REGISTRY": "r", "RESPONDER_MODEL_REGISTRY": "azureml", "RESPONDER_AZURE_ENDPOINT": "e",
}  # fmt: skip


def _environment(folder: Path, **changes: str) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("RESPONDER_", "DJANGO_"))}
    return kept | {"PYTHONPATH": str(REPOSITORY), "RESPONDER_DATA_DIR": str(folder)} | changes


def test_the_site_starts_without_importing_azure(tmp_path: Path) -> None:
    code = (
        "import django, sys; django.setup(); from django.urls import get_resolver; get_resolver().url_patterns; "
        "import responder.celery, classifier.management.commands.models; "
        "print([name for name in sys.modules if name == 'azure' or name.startswith(('azure.', 'msal', 'msrest'))])"
    )
    environment = _environment(tmp_path, DJANGO_SETTINGS_MODULE="responder.settings", **SET)
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_with_azure_away_a_new_process_answers_from_the_models_that_are_here(installation: Path) -> None:
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:9", "https_proxy": "http://127.0.0.1:9"}  # nobody listens there
    texts = installation / "texts.ndjson"
    texts.write_text(json.dumps({"id": "1", "text": "We need water in Beira"}) + "\n")
    command = [
        sys.executable,
        "-c",
        "from responder.cli import main; main()",
        "classify",
        str(texts),
        "--format",
        "ndjson",
    ]
    environment = _environment(installation, **SET, **nowhere, RESPONDER_SCORING_PLACE="azure")
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    assert json.loads(ran.stdout)["model"]["version"] == VERSION


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated data directory."""
    folder = tmp_path_factory.mktemp("installation")
    migrated.copy(folder / "responder.sqlite3").close()
    return folder


VERSION = str(max(int(path.name.rsplit("-", 1)[1]) for path in SHIPPED.glob("responder-tweets-*")))
COMMANDS = [
    ("models", "list"),
    ("models", "pull", "responder-tweets"),
    ("models", "pull", "azureml://registries/r/models/responder-tweets/versions/2"),
    ("models", "push", "responder-tweets", VERSION),
    ("models", "share", "responder-tweets", VERSION),
    ("azure", "status"),
    ("azure", "deploy", "responder-tweets", VERSION),
    ("azure", "smoke", "responder-tweets", VERSION),
    ("azure", "follow"),
    ("azure", "schedule"),
    ("azure", "unschedule"),
    ("azure", "runs"),
    ("azure", "sync"),
]


@pytest.fixture(scope="module")
def said(installation: Path) -> dict[tuple[str, ...], tuple[int, str]]:
    """Command → exit code and errors, where the extra is not installed."""
    environment = _environment(installation, **SET, DJANGO_SETTINGS_MODULE="responder.settings")
    ran = subprocess.run([sys.executable, "-c", NOT_THERE], input=json.dumps(COMMANDS), env=environment,
                         capture_output=True, text=True, check=True, timeout=300)  # fmt: skip
    answers = json.loads(ran.stdout.splitlines()[-1])
    return {tuple(arguments): (status, errors) for arguments, status, errors in answers}


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_without_the_extra_each_command_says_what_to_install(
    said: dict[tuple[str, ...], tuple[int, str]], arguments: tuple[str, ...]
) -> None:
    status, errors = said[arguments]
    assert status == 2
    assert "pip install 'relief-responder[azure]'" in errors
    assert "Traceback" not in errors
