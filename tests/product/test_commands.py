"""The command line: help in groups, suggestions, failures in a sentence, and which installation a command uses."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands

from responder.commands import GROUPS, SUMMARIES, overview
from tests.product.conftest import Run

OURS = ("responder", "classifier", "monitoring")


def test_every_command_of_ours_is_listed_once_with_hyphens_and_every_listed_one_exists() -> None:
    known = {name.replace("_", "-"): str(app).split(".")[0] for name, app in get_commands().items()}
    assert {name for name, app in known.items() if app in OURS} <= set(SUMMARIES) <= set(known)
    assert sum(map(len, GROUPS.values())) == len(SUMMARIES)
    assert all(len(line) <= 100 for line in overview().splitlines())


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",), ("help",)])
def test_help_lists_our_commands_alone_in_groups(here: Run, arguments: tuple[str, ...]) -> None:
    shown = here(*arguments)
    assert shown.returncode == 0 and shown.stderr == ""
    assert [line[:-1] for line in shown.stdout.splitlines() if line in {f"{group}:" for group in GROUPS}] == list(
        GROUPS
    )
    assert "  import-posts " in shown.stdout and "import_posts" not in shown.stdout
    assert "sqlmigrate" not in shown.stdout


def test_help_all_lists_those_of_django_too(here: Run) -> None:
    shown = here("help", "--all").stdout
    assert "  import-posts " in shown and "sqlmigrate" in shown and "axes-reset" in shown


@pytest.mark.parametrize("arguments", [("help", "import-posts"), ("import-posts", "--help"), ("help", "import_posts")])
def test_help_explains_a_command(here: Run, arguments: tuple[str, ...]) -> None:
    shown = here(*arguments)
    assert shown.returncode == 0 and "usage: responder import" in shown.stdout and "--create-event" in shown.stdout


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("import-post", "Did you mean import-posts"),
        ("modles", "Did you mean models?"),
        ("xyzzy", "“xyzzy”. responder --help"),
    ],
)
def test_an_unknown_command_gets_a_suggestion_and_status_2(here: Run, typed: str, hint: str) -> None:
    refused = here(typed)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert f"There is no command “{typed}”." in refused.stderr and hint in refused.stderr


def test_wrong_settings_are_named_together_without_a_traceback(responder: Run) -> None:
    refused = responder(
        "up", RESPONDER_ENVIRONMENT="production", RESPONDER_TRAINING_MINUTES="many", DATABASE_URL="", REDIS_URL=""
    )
    assert refused.returncode == 2 and "Traceback" not in refused.stderr
    named = [line.split()[1] for line in refused.stderr.splitlines() if line.startswith("- ")]
    assert named == [
        "RESPONDER_TRAINING_MINUTES", "RESPONDER_SECRET_KEY", "RESPONDER_ALLOWED_HOSTS", "RESPONDER_HTTPS", "DATABASE_URL",
        "REDIS_URL",
    ]  # fmt: skip


def test_the_web_server_refuses_them_in_words_too(environment: dict[str, str], tmp_path: Path) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "responder.processes.server"], env=environment | {"RESPONDER_DAILY_QUOTA": "-1"},
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert refused.returncode == 2 and "RESPONDER_DAILY_QUOTA must be 1 or more" in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.fresh
@pytest.mark.parametrize("command", [("migrate", "--check"), ("backup",), ("verify-audit",), ("models", "list")])
def test_a_database_that_is_down_is_a_sentence(responder: Run, command: tuple[str, ...]) -> None:
    refused = responder(*command, DATABASE_URL="postgres://nobody:words@127.0.0.1:9/none")
    assert refused.returncode != 0 and "Traceback" not in refused.stderr
    assert "127.0.0.1" in refused.stderr and "words" not in refused.stderr


@pytest.mark.fresh
def test_a_database_without_tables_says_what_to_run(responder: Run) -> None:
    refused = responder("verify-audit")
    assert refused.returncode == 2 and "Traceback" not in refused.stderr
    assert "Run: responder migrate" in refused.stderr and "RESPONDER_DATA_DIR" in refused.stderr


def test_traceback_shows_where_it_happened(responder: Run) -> None:
    assert "Traceback" in responder("verify-audit", "--traceback", DATABASE_URL="postgres://u@127.0.0.1:9/none").stderr


def test_a_data_directory_that_cannot_be_made_is_a_sentence(responder: Run) -> None:
    refused = responder("models", "list", RESPONDER_DATA_DIR="/proc/nowhere")
    assert refused.returncode == 2 and "/proc/nowhere" in refused.stderr and "Traceback" not in refused.stderr


def test_a_command_finds_the_installation_that_ran_last_and_says_so(
    environment: dict[str, str], tmp_path: Path
) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    for folder in (home, elsewhere):
        folder.mkdir()
    del environment["RESPONDER_DATA_DIR"]

    def run(folder: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "responder.cli", *arguments], cwd=folder, env=environment, input=stdin, text=True,
            capture_output=True, check=False, timeout=300,
        )  # fmt: skip

    who = ["--organisation", "Relief Org", "--username", "ana", "--name", "Ana", "--password-file", "-"]
    made = run(home, "init", "--no-input", *who, stdin="brave green tortoise 42\n")
    assert made.returncode == 0 and made.stderr == "", made.stderr
    found = run(elsewhere, "doctor", "--json")
    assert f"Using the installation in {home / 'var'}. Set RESPONDER_DATA_DIR to use another." in found.stderr
    assert "There is an administrator." in found.stdout and not (elsewhere / "var").exists()
    assert "Using the installation" not in run(home, "doctor").stderr
