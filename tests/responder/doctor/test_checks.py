"""What the doctor finds on this machine, in the database and in Responder's own work."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.db import DatabaseError, connection

from classifier import clock
from classifier.errors import ModelUnavailable
from monitoring import audit
from responder import roles
from responder.doctor import machine, running, services, signs, work
from responder.doctor.findings import Check, worst
from responder.models import Event, Feed, Post, ReportChannel, User
from responder.privacy import secrets
from responder.processes.supervisor import FILE

Found = list[tuple[str, str, str]]


def states(found: Any) -> list[str]:
    return [state for state, _message, _action in found]


def said(found: Any, state: str) -> str:
    """Messages and actions of a state."""
    return "\n".join(f"{message} {action}" for one, message, action in found if one == state)


def test_a_check_that_hangs_has_failed_and_what_needs_it_is_skipped() -> None:
    release = threading.Event()

    def hangs() -> Iterator[tuple[Any, str, str]]:
        release.wait(60)
        yield "ok", "late", ""

    began = time.monotonic()
    checks = (
        Check("one", hangs, within_s=0.1),
        Check("two", lambda: [("ok", "fine", "")], needs=("one",)),
        Check("three", lambda: [("ok", "fine", "")]),
    )
    found = list(running.run(checks))
    release.set()
    assert time.monotonic() - began < 5
    assert [(one.check, one.state) for one in found] == [("one", "failed"), ("two", "skipped"), ("three", "ok")]
    assert "within 0.1 seconds" in found[0].message and worst(found) == "failed"


def test_a_check_that_breaks_is_a_finding() -> None:
    def breaks() -> Iterator[tuple[Any, str, str]]:
        yield "ok", "first", ""
        raise ValueError("nothing\nto see")

    assert [(one.state, one.message) for one in running.run((Check("odd", breaks),))] == [
        ("ok", "first"),
        ("failed", "ValueError: nothing to see"),
    ]


def test_no_check_takes_longer_than_five_seconds_but_the_model() -> None:
    assert {check.name for check in running.CHECKS if check.within_s > 5} == {"model"}


def test_a_variable_that_nothing_reads_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESPONDER_SECRET_KEYS", "hidden-word")
    found = list(machine.check_settings())
    assert "RESPONDER_SECRET_KEYS. Did you mean RESPONDER_SECRET_KEY?" in said(found, "warning")
    assert "hidden-word" not in str(found)


@pytest.mark.parametrize(("free", "state"), [(10**11, "ok"), (2 * 10**9, "warning"), (10**8, "failed")])
def test_disk(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path, free: int, state: str) -> None:
    settings.DATA_DIR = tmp_path / "not" / "there"
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _path: type("Usage", (), {"free": free}))
    assert states(machine.check_disk()) == [state]


def test_files_that_others_can_read_are_named(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    (tmp_path / "responder.sqlite3").touch()
    (tmp_path / "responder.sqlite3").chmod(0o600)
    tmp_path.chmod(0o755)
    assert states(machine.check_files()) == ["ok"]
    (tmp_path / "media").mkdir()
    (tmp_path / "media").chmod(0o755)
    assert "media. chmod -R go=" in said(machine.check_files(), "warning")
    tmp_path.chmod(0o700)  # nobody gets as far as the folder
    assert states(machine.check_files()) == ["ok"]


def test_a_key_that_can_be_guessed_or_read(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR, settings.SECRET_KEY = tmp_path, "change-me" * 10
    assert states(machine.check_secret_key()) == ["failed"]
    settings.SECRET_KEY = "xyk26sbufbSoIpZy0iQ0kf--yD6MGUThPHYsqX8jGq-hkH3EPLVIiGg5hiJDVMcLlOQ"
    assert states(machine.check_secret_key()) == ["ok"]
    (tmp_path / "secret_key").write_text("x")
    (tmp_path / "secret_key").chmod(0o644)
    assert "chmod 600" in said(machine.check_secret_key(), "failed")


def test_a_database_that_is_well(db: None) -> None:
    for check in (services.check_database, services.check_migrations, services.check_writes):
        assert states(check()) == ["ok"], check


def test_a_migration_that_is_missing_or_of_a_newer_version(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('responder', '9999_new', '2030-01-01')"
        )
        assert "newer version (responder.9999_new)" in said(services.check_migrations(), "warning")
        cursor.execute("DELETE FROM django_migrations WHERE app = 'monitoring'")
    assert "Run: responder migrate" in said(services.check_migrations(), "failed")


def test_a_database_that_refuses(monkeypatch: pytest.MonkeyPatch, db: None) -> None:
    def refuse(*_: object) -> None:
        raise DatabaseError("connection failed: no such host")

    monkeypatch.setattr(services, "_version", refuse)
    assert "no such host." in said(services.check_database(), "failed")


@pytest.fixture
def deaf() -> Iterator[int]:
    """The port of a server that accepts and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(8)
        yield server.getsockname()[1]


def test_a_redis_that_never_answers_holds_nothing_up(settings: Any, deaf: int) -> None:
    settings.REDIS_URL, settings.EMBEDDED_REDIS = f"redis://:hidden-word@127.0.0.1:{deaf}/0", False
    began = time.monotonic()
    found = list(running.run((Check("redis", services.check_redis),)))
    assert [one.state for one in found] == ["failed"] and "hidden-word" not in str(found)
    assert time.monotonic() - began < 8


def test_the_embedded_redis_is_no_failure_while_nothing_runs(settings: Any, tmp_path: Path) -> None:
    settings.REDIS_URL, settings.EMBEDDED_REDIS = f"unix://{tmp_path}/none.sock", True
    assert "responder up" in said(services.check_redis(), "warning")
    assert states(work.check_worker()) == ["warning"]


@pytest.mark.parametrize(("ahead", "state"), [(0.3, "ok"), (-5.0, "warning"), (120.0, "failed")])
def test_clocks(monkeypatch: pytest.MonkeyPatch, ahead: float, state: str) -> None:
    monkeypatch.setattr(services, "_other_clocks", lambda: iter([("the database", ahead)]))
    found = list(services.check_clock())
    assert states(found) == [state]
    if state != "ok":
        assert ("behind this machine" if ahead < 0 else "ahead of this machine") in found[0][1]


def test_mail_only_where_it_is_configured(settings: Any, monkeypatch: pytest.MonkeyPatch, deaf: int) -> None:
    assert "nothing is mailed" in said(services.check_mail(), "ok")
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"email_host": "127.0.0.1"})
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", deaf
    monkeypatch.setattr(services, "TIMEOUT_S", 0.2)
    assert "RESPONDER_EMAIL_" in said(services.check_mail(), "failed")


def test_a_model_that_does_not_load(monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable() -> None:
        raise ModelUnavailable("its folder holds other bytes than were approved.")

    monkeypatch.setattr(work.serving, "current", unavailable)
    assert "other bytes" in said(work.check_model(), "failed")


def test_processes_of_the_launcher(settings: Any, tmp_path: Path) -> None:
    settings.DATA_DIR = tmp_path
    assert "does not run here" in said(work.check_processes(), "ok")
    (tmp_path / FILE).write_text('{"web": {"state": "running"}, "worker": {"state": "running", "restarts": 2}}')
    assert "worker died 2 times" in said(work.check_processes(), "warning")
    (tmp_path / FILE).write_text('{"worker": {"state": "waiting", "restarts": 2}}')
    assert states(work.check_processes()) == ["failed"]


def test_posts_and_jobs_that_wait(make_post: Callable[..., Post]) -> None:
    assert states(work.check_waiting()) == ["ok"]
    post = make_post(state=Post.State.ACCEPTED)
    Post.objects.filter(pk=post.pk).update(received_at=clock.now() - timedelta(hours=1))
    assert "Posts have waited 60 minutes for classification" in said(work.check_waiting(), "failed")


def test_jobs_that_nobody_takes(db: None) -> None:
    from django_q.models import OrmQ

    OrmQ.objects.create(key="responder", payload="x", lock=clock.now() - timedelta(minutes=5))
    assert "responder qcluster" in said(work.check_waiting(), "warning")


def test_feeds_and_what_became_of_them(db: None) -> None:
    assert said(work.check_feeds(), "ok").startswith("No source is started.")
    held = {"lease_owner": "x", "lease_until": clock.now() + timedelta(minutes=1), "wanted": True}
    Feed.objects.create(name="well", kind="bluesky", state=Feed.State.LIVE, **held)
    Feed.objects.create(name="lost", kind="bluesky", state=Feed.State.WAITING, last_error="closed", **held)
    Feed.objects.create(name="alone", kind="bluesky", state=Feed.State.STARTING, wanted=True)
    Feed.objects.create(name="broken", kind="bluesky", state=Feed.State.FAILED, last_error="Wrong token.")
    found = list(work.check_feeds())
    assert "“lost”: closed" in said(found, "warning") and "Nothing reads the source “alone”" in said(found, "warning")
    assert "“broken” has failed: Wrong token." in said(found, "failed")
    assert "1 of 3 started sources are live" in said(found, "ok")


def test_people_and_groups(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "responder init" in said(work.check_people(), "warning")
    roles.grant(user=User.objects.create_user("ana"), role="administrator")
    assert states(work.check_people()) == ["ok"]
    Group.objects.create(name="Reviewers")
    monkeypatch.setattr(roles, "unknown_groups", lambda: ["Reviewers"], raising=False)
    assert "“Reviewers” is no role" in said(work.check_people(), "warning")


def test_a_group_that_is_no_role_is_named_with_the_roles_there_are(db: None) -> None:
    Group.objects.create(name="Coordinators")
    found = said(work.check_people(), "warning")
    assert "“Coordinators” is no role" in found and "viewer, reviewer, lead" in found


def test_two_factor_of_those_who_administer(db: None, settings: Any) -> None:
    settings.PRODUCTION, settings.TWO_FACTOR = True, "required-roles"
    assert states(work.check_two_factor()) == ["ok"]
    ana = User.objects.create_user("ana")
    roles.grant(user=ana, role="administrator")
    roles.grant(user=ana, role="approver")
    roles.grant(user=User.objects.create_user("bea", is_active=False), role="approver")
    roles.grant(user=User.objects.create_user("cem"), role="lead")
    assert "Without two-factor authentication: ana. They are asked" in said(work.check_two_factor(), "warning")
    settings.TWO_FACTOR = "optional"
    assert "RESPONDER_TWO_FACTOR=required-roles" in said(work.check_two_factor(), "warning")
    Authenticator.objects.create(user=ana, type="totp", data={"secret": "x"})
    assert "All administrators" in said(work.check_two_factor(), "ok")


def test_secrets_of_former_keys_and_of_unknown_ones(db: None, settings: Any) -> None:
    assert states(work.check_secrets()) == ["ok"]
    settings.ENCRYPTION_KEYS = ("the-former-key-of-this-installation",)
    Feed.objects.create(name="Beira", kind="mastodon", access_token=secrets.encrypt("hidden-word"))
    settings.ENCRYPTION_KEYS = ("the-present-key-of-this-installation", "the-former-key-of-this-installation")
    found = said(work.check_secrets(), "warning")
    assert found.startswith("1 stored secrets") and "responder reencrypt-secrets" in found
    settings.ENCRYPTION_KEYS = ("the-present-key-of-this-installation",)
    found = said(work.check_secrets(), "failed")
    assert "RESPONDER_ENCRYPTION_KEY" in found and "hidden-word" not in found
    Feed.objects.update(access_token=secrets.encrypt("hidden-word"))
    assert states(work.check_secrets()) == ["ok"]


def test_mailboxes_that_are_not_read(event: Event) -> None:
    assert said(work.check_mailboxes(), "ok").startswith("No mailbox")
    now = clock.now()

    def mailbox(name: str, **columns: Any) -> None:
        given = {"kind": "email", "ref": name, "event": event, "checked_at": now} | columns
        ReportChannel.objects.create(name=name, **given)

    mailbox("well")
    assert said(work.check_mailboxes(), "ok").startswith("1 mailboxes")
    mailbox("refused", last_error="Wrong password.")
    mailbox("late", checked_at=None, created_at=now - timedelta(minutes=20))
    mailbox("off", is_on=False, last_error="Old.")
    mailbox("gateway", kind="sms", last_error="A message was too long.")
    found = list(work.check_mailboxes())
    assert sorted(states(found)) == ["failed", "warning"]
    assert "“refused” can't be read: Wrong password." in said(found, "failed")
    assert "mailbox “late”" in said(found, "warning")
    Event.objects.update(state=Event.State.CLOSED)
    assert states(work.check_mailboxes()) == ["ok"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"EMAIL_HOST_USER": "relay"}, "RESPONDER_EMAIL_PASSWORD"),
        ({"EMAIL_HOST_USER": "relay", "EMAIL_HOST_PASSWORD": "hidden-word"}, "RESPONDER_EMAIL_TLS"),
        ({"DEFAULT_FROM_EMAIL": "responder@localhost"}, "RESPONDER_EMAIL_FROM"),
    ],
)
def test_how_mail_is_configured(
    settings: Any, monkeypatch: pytest.MonkeyPatch, changes: dict[str, Any], words: str
) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"email_host": "mail.example.org"})
    settings.DEFAULT_FROM_EMAIL = "responder@example.org"
    silent = type("Mail", (), {"open": lambda _self: True, "close": lambda _self: None})
    monkeypatch.setattr("django.core.mail.get_connection", lambda *_, **__: silent())
    assert states(services.check_mail()) == ["ok"]
    for name, value in changes.items():
        setattr(settings, name, value)
    found = list(services.check_mail())
    assert states(found) == ["ok", "warning"]
    assert words in said(found, "warning") and "hidden-word" not in str(found)


def test_backups(db: None) -> None:
    assert "nothing to back up" in said(work.check_backups(), "ok")
    Event.objects.create(ref="flood", name="Flood", started_at=clock.now())
    assert "No backup was made." in said(work.check_backups(), "warning")
    with audit.atomic():
        audit.record(actor="system:backup", action="backup.made", object_type="backup", object_id="x")
    assert states(work.check_backups()) == ["ok"]


def test_a_worker_answers_and_beat_is_seen(settings: Any) -> None:
    token = f"test-{os.getpid()}"
    assert not signs.answered(token)
    signs.answer(token)
    assert signs.answered(token)
