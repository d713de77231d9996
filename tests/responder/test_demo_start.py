"""`up --demo` makes accounts in a database of its own, and touches no other; nobody else sees their names."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from classifier import clock
from responder import exercise
from responder.models import ApiToken, Event, Feed, User
from responder.partners import tokens
from responder.processes import launcher

pytestmark = pytest.mark.django_db


def test_production_refuses_the_demo(tmp_path: Path, settings: Any) -> None:
    settings.PRODUCTION = True
    with pytest.raises(exercise.NotForTheDemo, match="does not run in production"):
        exercise.prepare(tmp_path)
    assert not User.objects.exists()


def test_a_database_with_people_keeps_their_passwords(tmp_path: Path, people: dict[str, User]) -> None:
    mine = User.objects.create_user("demo-lead", password="a password of my own")
    with pytest.raises(exercise.NotForTheDemo, match="it contains people of your own"):
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
    assert exercise.prepare(tmp_path) == first
    (tmp_path / exercise.CREDENTIALS).unlink()
    assert exercise.prepare(tmp_path).password != first.password


def a_person() -> None:
    User.objects.create_user("ana", password="joined while the demo played")


def a_token() -> None:
    partner = User.objects.get(username="demo-partner")
    admin = User.objects.get(username="demo-lead")
    admin.is_superuser = True
    tokens.issue(owner=partner, organisation="Relief", name="Sync", scopes=["predict"], by=admin)


def an_event() -> None:
    Event.objects.create(ref="flood", name="Flood", started_at=clock.now())


def a_feed() -> None:
    Feed.objects.create(name="Bluesky", kind="bluesky")


@pytest.mark.parametrize("keeps_credentials", [True, False])
@pytest.mark.parametrize(
    ("begin", "named"), [(a_person, "people"), (a_token, "API tokens"), (an_event, "events"), (a_feed, "feeds")]
)
def test_a_demo_that_came_into_real_use_is_refused_and_left_as_it_is(
    tmp_path: Path, begin: Callable[[], None], named: str, keeps_credentials: bool
) -> None:
    exercise.prepare(tmp_path)
    begin()
    User.objects.filter(username="demo-lead").update(is_active=False)
    User.objects.get(username="demo-viewer").delete()
    if not keeps_credentials:
        (tmp_path / exercise.CREDENTIALS).unlink()
    accounts = list(User.objects.order_by("pk").values("username", "password", "is_active"))
    kept_tokens = list(ApiToken.objects.order_by("pk").values("digest", "revoked_at"))
    with pytest.raises(exercise.NotForTheDemo, match=f"it contains {named} of your own.*without --demo"):
        exercise.prepare(tmp_path)
    assert list(User.objects.order_by("pk").values("username", "password", "is_active")) == accounts
    assert list(ApiToken.objects.order_by("pk").values("digest", "revoked_at")) == kept_tokens


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
