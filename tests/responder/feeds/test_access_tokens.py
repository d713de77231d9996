"""Access tokens that people enter for feeds: encrypted in the database, shown nowhere, sent to their own server alone."""

import logging
import secrets as random
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from monitoring.models import AuditEvent
from responder.errors import InvalidFields
from responder.feeds import configuring
from responder.feeds.connectors import registry
from responder.feeds.connectors.base import Unusable
from responder.models import Feed, User
from responder.privacy import secrets
from tests.responder.html_forms import read_forms

pytestmark = pytest.mark.django_db
TOKEN = "AAAA-token.of/the+source=42"
MASTODON = {"kind": "mastodon", "name": "River", "terms": "flood", "address": "https://one.example.org"}


@pytest.fixture(autouse=True)
def _settings(settings: Any) -> None:
    settings.FEED_NETWORKS, settings.X_TOKEN, settings.MASTODON_TOKENS = [], "", {}


@pytest.fixture
def lead(people: dict[str, User]) -> User:
    return people["lead"]


@pytest.fixture
def feed(lead: User) -> Feed:
    return configuring.create(by=lead, fields=MASTODON | {"access_token": f" {TOKEN}\n"})


def token_sent(feed: Feed) -> str:
    connector: Any = registry.connect(feed)
    return str(connector.token)


def change(feed: Feed, by: User, **fields: str) -> Feed:
    feed.refresh_from_db()
    return configuring.change(feed_id=feed.pk, version=feed.version, by=by, fields=MASTODON | fields)


def test_a_token_is_encrypted_and_the_connector_gets_it(feed: Feed) -> None:
    feed.refresh_from_db()
    assert TOKEN not in feed.access_token and secrets.decrypt(feed.access_token) == TOKEN
    assert token_sent(feed) == TOKEN


def test_the_stored_token_comes_before_the_settings_and_they_stay_as_fallback(
    feed: Feed, lead: User, settings: Any
) -> None:
    settings.MASTODON_TOKENS = {"one.example.org": "of the settings"}
    assert token_sent(feed) == TOKEN
    assert token_sent(change(feed, lead, remove_access_token="on")) == "of the settings"
    settings.X_TOKEN = "x of the settings"
    x = configuring.create(by=lead, fields={"kind": "x", "name": "On X", "terms": "flood", "access_token": TOKEN})
    assert token_sent(x) == TOKEN
    x.access_token = ""
    assert token_sent(x) == "x of the settings"


def test_it_stays_unless_it_is_replaced_or_removed(feed: Feed, lead: User) -> None:
    stored = feed.access_token
    assert change(feed, lead, name="Other").access_token == stored
    assert token_sent(change(feed, lead, access_token="another-token")) == "another-token"
    assert change(feed, lead, remove_access_token="on").access_token == ""


def test_it_does_not_follow_the_address_to_another_server(feed: Feed, lead: User) -> None:
    """Otherwise a lead could send a token that they may not read to a server of their own."""
    for address in ("https://evil.example.org", ""):
        with pytest.raises(InvalidFields) as caught:
            change(feed, lead, address=address)
        assert "another server" in caught.value.fields["access_token"]
    assert (
        token_sent(change(feed, lead, address="https://two.example.org", access_token="token-of-two")) == "token-of-two"
    )
    assert token_sent(change(feed, lead, address="https://three.example.org", remove_access_token="on")) == ""


def test_it_is_never_sent_in_the_clear(lead: User, feed: Feed, settings: Any) -> None:
    settings.FEED_NETWORKS = ["10.0.0.0/8"]
    with pytest.raises(InvalidFields, match="https://"):
        configuring.create(
            by=lead, fields=MASTODON | {"name": "Private", "address": "http://10.0.0.1", "access_token": TOKEN}
        )
    feed.address = "http://10.0.0.1"
    assert token_sent(feed) == ""


def test_a_token_of_x_is_for_x_alone(lead: User) -> None:
    x = configuring.create(by=lead, fields={"kind": "x", "name": "On X", "terms": "flood", "access_token": TOKEN})
    x.address = "https://evil.example.org"
    assert token_sent(x) == ""


def test_an_unknown_key_needs_a_person_and_the_words_say_which(feed: Feed, settings: Any) -> None:
    settings.SECRET_KEY = random.token_urlsafe(50)
    with pytest.raises(Unusable, match="RESPONDER_ENCRYPTION_KEY"):
        registry.connect(feed)


def test_it_is_on_no_page_and_in_no_record(
    feed: Feed, lead: User, people: dict[str, User], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    pages = [reverse("sources"), reverse("source", args=[feed.pk]), reverse("source-edit", args=[feed.pk]),
             f"/admin/responder/feed/{feed.pk}/change/", "/admin/responder/feed/"]  # fmt: skip
    for person in (people["lead"], people["superuser"]):
        client = Client(headers={"Accept": "text/html"})
        client.force_login(person)
        for page in pages:
            content = client.get(page).content.decode()
            assert TOKEN not in content and feed.access_token not in content, page
    form = read_forms(client.get(reverse("source-edit", args=[feed.pk])))
    assert form.value("access_token") == "" and form.value("remove_access_token") is not None
    wrong = client.post(reverse("source-edit", args=[feed.pk]), MASTODON | {"name": "x", "version": feed.version,
                                                                           "access_token": "typed-token"})  # fmt: skip
    assert wrong.status_code == 400 and "typed-token" not in wrong.content.decode()
    assert "Enter the token again" in wrong.content.decode()
    change(feed, lead, access_token="another-token")
    records = str(list(AuditEvent.objects.values()))
    assert TOKEN not in records and "another-token" not in records and "gAAAA" not in records
    assert "'access_token': 'stored'" in records
    assert TOKEN not in caplog.text and "another-token" not in caplog.text


def test_a_viewer_is_not_told_the_token_either(feed: Feed, people: dict[str, User]) -> None:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(people["viewer"])
    page = client.get(reverse("source", args=[feed.pk])).content.decode()
    assert "stored, encrypted" in page and TOKEN not in page and feed.access_token not in page


@pytest.mark.parametrize(
    ("networks", "scheme", "typed", "stored"),
    [
        ([], "https", "https://Mastodon.Example.org/", "https://mastodon.example.org"),
        (["10.0.0.0/8"], "https", "http://10.1.2.3:3000", "http://10.1.2.3:3000"),
        (["10.0.0.0/8"], "wss", "ws://jetstream:6008", "ws://jetstream:6008"),
        (["10.0.0.0/8"], "https", "https://mastodon.office.lan", "https://mastodon.office.lan"),
        (["fd00::/8"], "wss", "wss://[fd00::7]:443", "wss://[fd00::7]:443"),
        (["127.0.0.0/8"], "https", "http://127.0.0.1:8083", "http://127.0.0.1:8083"),
    ],
)
def test_private_addresses_are_taken_where_the_operator_allowed_them(
    settings: Any, networks: list[str], scheme: str, typed: str, stored: str
) -> None:
    from responder.feeds.connectors import addresses

    settings.FEED_NETWORKS = networks
    assert addresses.parse(scheme, typed) == stored


@pytest.mark.parametrize(
    ("networks", "typed"),
    [
        ([], "http://10.1.2.3"), ([], "https://mastodon"), ([], "https://localhost:3000"), ([], "https://[fd00::7]"),
        (["10.0.0.0/8"], "http://192.168.0.1"), (["10.0.0.0/8"], "http://169.254.169.254"), (["10.0.0.0/8"], "https://[::1]"),
    ],
)  # fmt: skip
def test_other_private_addresses_are_refused_with_the_setting_that_allows_them(
    settings: Any, networks: list[str], typed: str
) -> None:
    from responder.errors import Invalid
    from responder.feeds.connectors import addresses

    settings.FEED_NETWORKS = networks
    with pytest.raises(Invalid, match="RESPONDER_FEED_NETWORKS"):
        addresses.parse("https", typed)


@pytest.mark.parametrize(
    "typed", ["http://10.1.2.3/admin", "http://user@10.1.2.3", "http://10.1.2.3:0", "http://10.1.2.3:x", "gopher://10.1.2.3",
              "http://10.1.2.3?x", "http://", "10.1.2.3", "https://[", "http://10.1.2.3 x", "http://a_b"],
)  # fmt: skip
def test_what_is_no_address_is_refused_inside_too(settings: Any, typed: str) -> None:
    from responder.errors import Invalid
    from responder.feeds.connectors import addresses

    settings.FEED_NETWORKS = ["10.0.0.0/8"]
    with pytest.raises(Invalid):
        addresses.parse("https", typed)
