"""Azure is an extra: nothing imports it before it is used, and without it each command says what to install."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import classifier
from classifier.serving import SHIPPED

REPOSITORY = Path(classifier.__file__).parents[1]
NOT_THERE = """
import sys
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name == "azure" or name.startswith("azure."):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hidden())
from responder.cli import main
sys.argv = ["responder", *sys.argv[1:]]
main()
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
    subprocess.run([sys.executable, "-c", "from responder.cli import main; main()", "migrate", "-v", "0"],
                   env=_environment(folder), check=True, capture_output=True)  # fmt: skip
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


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_without_the_extra_each_command_says_what_to_install(installation: Path, arguments: tuple[str, ...]) -> None:
    command = [sys.executable, "-c", NOT_THERE, *arguments]
    ran = subprocess.run(command, env=_environment(installation, **SET), capture_output=True, text=True, check=False)
    assert ran.returncode == 2
    assert "pip install 'relief-responder[azure]'" in ran.stderr
    assert "Traceback" not in ran.stderr
