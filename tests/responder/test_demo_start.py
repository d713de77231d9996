"""`up --demo` makes accounts in a database of its own, and touches no other; nobody else sees their names."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from responder import exercise, launcher
from responder.models import Event, User

pytestmark = pytest.mark.django_db


def test_production_refuses_the_demo(tmp_path: Path, settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(exercise.NotForTheDemo, match="does not run in production"):
        exercise.prepare(tmp_path)
    assert not User.objects.exists()


def test_a_database_with_people_keeps_their_passwords(tmp_path: Path, people: dict[str, User]) -> None:
    mine = User.objects.create_user("demo-lead", password="a password of my own")
    with pytest.raises(exercise.NotForTheDemo, match="people or events of your own"):
        exercise.prepare(tmp_path)
    mine.refresh_from_db()
    assert mine.check_password("a password of my own") and not (tmp_path / exercise.CREDENTIALS).exists()


def test_a_database_with_an_event_of_its_own_is_refused(tmp_path: Path, event: Event) -> None:
    with pytest.raises(exercise.NotForTheDemo):
        exercise.prepare(tmp_path)
    assert not User.objects.exists()


def test_a_database_of_its_own_is_prepared_once_and_found_again(tmp_path: Path) -> None:
    first = exercise.prepare(tmp_path)
    exercise.current_run()
    User.objects.create_user("my-own-account", password="made while the demo played")
    assert exercise.prepare(tmp_path) == first
    (tmp_path / exercise.CREDENTIALS).unlink()
    User.objects.get(username="my-own-account").delete()
    assert exercise.prepare(tmp_path).password != first.password


def test_the_command_says_why(tmp_path: Path, settings: Any, event: Event, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DATA_DIR = tmp_path
    monkeypatch.setattr(launcher, "require_free_port", lambda _host, _port: None)
    monkeypatch.setattr("responder.management.commands.up.Command._prepare", lambda _self: None)
    with pytest.raises(CommandError, match="another RESPONDER_DATA_DIR"):
        call_command("up", "--demo")


def test_the_log_in_page_names_demo_accounts_only_while_the_demo_plays(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path
    exercise.prepare(tmp_path)
    User.objects.create_user("demo-somebody-else", password="not the exercise's")
    assert b"demo-lead" not in Client().get("/login/").content
    exercise.switch(tmp_path, on=True)
    page = Client().get("/login/").content
    assert b"demo-lead" in page and b"demo-somebody-else" not in page
    settings.PRODUCTION = True
    assert b"demo-lead" not in Client().get("/login/").content
    settings.PRODUCTION = False
    exercise.switch(tmp_path, on=False)
    assert b"demo-lead" not in Client().get("/login/").content
