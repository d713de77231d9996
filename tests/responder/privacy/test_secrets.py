"""Secrets are encrypted before they are stored, and their keys can be rotated."""

import secrets as random
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from monitoring.models import AuditEvent
from responder.models import Feed
from responder.privacy import secrets

OLD, NEW = random.token_urlsafe(50), random.token_urlsafe(50)
TOKEN = "AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0%2BuSeid"


@pytest.fixture(autouse=True)
def keys(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [OLD]


def test_what_was_encrypted_is_decrypted() -> None:
    for text in (TOKEN, "", "x" * secrets.LONGEST, "ключ 🔑\n"):
        stored = secrets.encrypt(text)
        assert stored.isascii() and (not text or text not in stored)
        assert secrets.decrypt(stored) == text
    assert secrets.encrypt(TOKEN) != secrets.encrypt(TOKEN)


def test_a_secret_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError):
        secrets.encrypt("x" * (secrets.LONGEST + 1))


def test_the_first_key_encrypts_and_all_decrypt(settings: Any) -> None:
    before = secrets.encrypt(TOKEN)
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    after = secrets.encrypt(TOKEN)
    assert secrets.decrypt(before) == TOKEN
    settings.ENCRYPTION_KEYS = [NEW]
    assert secrets.decrypt(after) == TOKEN
    with pytest.raises(secrets.UnknownKey) as caught:
        secrets.decrypt(before)
    assert "RESPONDER_ENCRYPTION_KEY" in str(caught.value) and before not in str(caught.value)


def test_without_the_setting_the_secret_key_serves(settings: Any) -> None:
    settings.ENCRYPTION_KEYS, settings.SECRET_KEY = [], OLD
    stored = secrets.encrypt(TOKEN)
    settings.ENCRYPTION_KEYS = [NEW]  # added later: what was stored before stays readable
    assert secrets.decrypt(stored) == TOKEN
    settings.ENCRYPTION_KEYS, settings.SECRET_KEY = [NEW, OLD], "another " * 8  # the secret key was rotated
    assert secrets.decrypt(stored) == TOKEN
    settings.ENCRYPTION_KEYS = [NEW]
    with pytest.raises(secrets.UnknownKey):
        secrets.decrypt(stored)


@pytest.mark.parametrize("stored", ["", "gAAAA", "no secret", "gAAAAA" + "A" * 100, "é"])
def test_anything_else_is_refused(stored: str) -> None:
    with pytest.raises(secrets.UnknownKey):
        secrets.decrypt(stored)


def test_an_altered_secret_is_refused() -> None:
    stored = secrets.encrypt(TOKEN)
    with pytest.raises(secrets.UnknownKey):
        secrets.decrypt(stored[:-6] + ("A" if stored[-6] != "A" else "B") + stored[-5:])


@pytest.mark.django_db
def test_a_rotation_encrypts_all_rows_with_the_first_key(settings: Any) -> None:
    feeds = [Feed.objects.create(name=f"f{n}", kind="x", access_token=secrets.encrypt(f"{TOKEN}{n}")) for n in range(3)]
    without = Feed.objects.create(name="without", kind="x")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert secrets.outdated() == secrets.Reencryption(done=3, unknown=0)
    assert secrets.outdated(0) == secrets.Reencryption(done=0, unknown=0)
    out = StringIO()
    call_command("reencrypt_secrets", stdout=out)
    assert "first key: 3" in out.getvalue()
    settings.ENCRYPTION_KEYS = [NEW]
    for n, feed in enumerate(feeds):
        feed.refresh_from_db()
        assert secrets.decrypt(feed.access_token) == f"{TOKEN}{n}"
    without.refresh_from_db()
    assert without.access_token == "" and secrets.outdated() == secrets.Reencryption(0, 0)
    assert secrets.reencrypt() == secrets.Reencryption(0, 0)  # idempotent
    event = AuditEvent.objects.get(action="secrets.reencrypted")
    assert event.detail == {"encrypted": 3, "unknown_key": 0}


@pytest.mark.django_db
def test_a_secret_of_an_unknown_key_is_said_and_stays(settings: Any) -> None:
    lost = Feed.objects.create(name="lost", kind="x", access_token=secrets.encrypt(TOKEN))
    settings.ENCRYPTION_KEYS = [NEW]
    kept = Feed.objects.create(name="kept", kind="x", access_token=secrets.encrypt(TOKEN))
    assert secrets.outdated() == secrets.Reencryption(done=0, unknown=1)
    stored = lost.access_token
    with pytest.raises(CommandError, match="RESPONDER_ENCRYPTION_KEY: 1") as caught:
        call_command("reencrypt_secrets", stdout=StringIO())
    assert caught.value.returncode == 2 and TOKEN not in str(caught.value)
    lost.refresh_from_db()
    kept.refresh_from_db()
    assert lost.access_token == stored and secrets.decrypt(kept.access_token) == TOKEN


@pytest.mark.django_db
def test_secrets_within_json_are_encrypted_anew(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(secrets, "COLUMNS", (("responder", "Feed", "terms"),))
    nested = {"secret": secrets.encrypt("one"), "plain": "two", "list": [secrets.encrypt("three"), 4, None]}
    feed = Feed.objects.create(name="json", kind="x", terms=nested)
    Feed.objects.create(name="empty", kind="x")
    settings.ENCRYPTION_KEYS = [NEW, OLD]
    assert secrets.reencrypt() == secrets.Reencryption(2, 0)
    settings.ENCRYPTION_KEYS = [NEW]
    feed.refresh_from_db()
    assert secrets.decrypt(feed.terms["secret"]) == "one" and secrets.decrypt(feed.terms["list"][0]) == "three"
    assert feed.terms["plain"] == "two" and feed.terms["list"][1:] == [4, None]


@pytest.mark.django_db
def test_the_database_holds_no_plain_token() -> None:
    Feed.objects.create(name="f", kind="x", access_token=secrets.encrypt(TOKEN))
    with connection.cursor() as cursor:
        cursor.execute("SELECT access_token FROM responder_feed")
        assert TOKEN not in cursor.fetchone()[0]
