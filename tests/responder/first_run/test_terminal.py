"""The first run in a terminal: all or nothing, never twice, and no password on the screen."""

import io
import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from responder import installation, roles
from responder.errors import InvalidFields
from responder.first_run import organisation, terminal
from responder.management.commands import init
from responder.models import Event, User

PASSWORD = "brave green tortoise 42"
ANSWERS = {
    "organisation": "Relief Org", "language": "en", "time_zone": "Africa/Maputo", "username": "ana", "name": "Ana Mucavele",
    "email": "", "password": PASSWORD, "again": PASSWORD, "event": "", "countries": "",
}  # fmt: skip


@pytest.fixture(autouse=True)
def quiet(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """No migrations and no memory of this installation."""
    monkeypatch.setattr(init, "call_command", lambda *_, **__: None)
    monkeypatch.setattr(installation, "remember", lambda *_: None)


def stored() -> tuple[int, int, str]:
    return User.objects.count(), Event.objects.count(), organisation.current().name


def test_everything_is_stored_together() -> None:
    started = terminal.start(ANSWERS | {"event": "River flood", "countries": "mz, MW"})
    person, event = started.administrator, started.event
    assert person.check_password(PASSWORD) and roles.allows(person, roles.ADMINISTER) and not person.is_superuser
    assert event and (event.name, event.country_codes, event.time_zone) == (
        "River flood",
        ["MZ", "MW"],
        "Africa/Maputo",
    )
    row = organisation.current()
    assert (row.name, row.language, row.time_zone) == ("Relief Org", "en", "Africa/Maputo")


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"username": "", "password": "short"}, {"username", "password", "again"}),
        ({"organisation": "x", "time_zone": "Manila"}, {"organisation", "time_zone"}),
        ({"again": "another"}, {"again"}),
        ({"event": "x", "countries": "XX"}, {"event", "countries"}),
        ({"organisation": "", "event": "River flood", "countries": "nowhere"}, {"organisation", "countries"}),
    ],
)
def test_a_mistake_leaves_nothing_behind_and_all_are_named(wrong: dict[str, str], fields: set[str]) -> None:
    with pytest.raises(InvalidFields) as refused:
        terminal.start(ANSWERS | wrong)
    assert set(refused.value.fields) == fields
    assert stored() == (0, 0, "")


def run(*arguments: str) -> str:
    output = io.StringIO()
    call_command("init", *arguments, stdout=output, stderr=output)
    return output.getvalue()


GIVEN = ("--no-input", "--organisation", "Relief Org", "--username", "ana", "--name", "Ana")


def test_without_questions_and_the_password_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    said = run(*GIVEN, "--password-file", str(file))
    assert "The administrator ana was created." in said and PASSWORD not in said and "responder doctor" in said
    assert User.objects.get().check_password(PASSWORD)


def test_a_second_time_changes_nothing(tmp_path: Path) -> None:
    terminal.start(ANSWERS)
    before = stored()
    assert "has an administrator already. Nothing was changed." in run("--no-input", "--username", "eve")
    assert stored() == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (GIVEN, "--password-file FILE"),
        ((*GIVEN, "--password-file", "/nowhere/password"), "can't be read from /nowhere/password"),
        (("--organisation", "Relief Org"), "Standard input is not a terminal"),
    ],
)
def test_what_is_missing_is_said_with_status_2(arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError, match=said) as refused:
        run(*arguments)
    assert refused.value.returncode == 2 and stored() == (0, 0, "")


def test_wrong_options_are_named_together(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("short\n")
    with pytest.raises(CommandError, match="Nothing was stored") as refused:
        run("--no-input", "--username", "", "--password-file", str(tmp_path / "password"))
    assert refused.value.returncode == 2 and "--username: " in str(refused.value) and "Password: " in str(refused.value)


def test_no_password_is_an_argument() -> None:
    with pytest.raises(CommandError):
        run("--no-input", "--password", PASSWORD)


def test_in_a_terminal_wrong_answers_are_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: dict[str, list[str]] = {
        "Name of your organisation": ["Relief Org"], "Language": [""], "Time zone": ["Manila", "Africa/Maputo"],
        "User name": ["ana"], "Their full name": ["Ana"], "Their email": [""], "Name of a first event": [""],
    }  # fmt: skip
    secrets = iter([PASSWORD, PASSWORD])
    monkeypatch.setattr(sys, "stdin", type("Terminal", (), {"isatty": lambda _self: True})())
    monkeypatch.setattr(
        "builtins.input", lambda asked: next(v for k, v in answers.items() if asked.startswith(k)).pop(0)
    )
    monkeypatch.setattr(init.getpass, "getpass", lambda _asked: next(secrets))
    said = run()
    assert "--time-zone: Choose a time zone" in said and "The administrator ana was created." in said
    assert organisation.current().time_zone == "Africa/Maputo" and not any(answers.values())
