"""A new kind of feed is one module and a line in the registry: pages, checks, listener, budget and deletions know it."""

import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any, ClassVar

import pytest
from django.test import Client
from django.urls import reverse

from classifier import clock
from responder import tasks
from responder.errors import Invalid
from responder.feeds.connectors import registry
from responder.feeds.connectors.base import Item, Unreachable
from responder.feeds.connectors.kind import DeletionLookup, FeedKind, SettingField
from responder.feeds.listener import Listener
from responder.feeds.raw_post import RawPost
from responder.models import Event, Feed, FeedUsage, Post, User

pytestmark = pytest.mark.django_db


# A connector's module, as somebody would add it.


class Gauge:
    """Reads the reports of a river gauge."""

    replays = True
    reports: ClassVar[dict[str, str]] = {"a": "Water at 4.1 m", "b": "Water at 4.3 m", "c": "Water at 4.6 m"}
    deleted: ClassVar[set[str]] = set()

    def __init__(self, *, station: str) -> None:
        self.source, self.closed = f"gauge:{station}", False

    def read(self, cursor: str, *, cursor_at: datetime | None) -> Iterator[Item]:
        for number, (source_id, text) in enumerate(self.reports.items(), start=1):
            yield Item(post=RawPost(source_id, text), cursor=str(number), at=clock.now(), billed=1)
        if not self.closed:
            raise Unreachable("The gauge closed the connection.")

    def close(self) -> None:
        self.closed = True

    def missing(self, ids: Sequence[str]) -> set[str]:
        return {one for one in ids if one.removeprefix("old-") in self.deleted}


def parse_station(text: str) -> str:
    if not text.startswith("R-"):
        raise Invalid("A station begins with R-.")
    return text


GAUGE = FeedKind(
    label="River gauges",
    connect=lambda feed: Gauge(station=feed.channel),
    fields=(SettingField(column="channel", label="Station", help_text="For example R-17", parse=parse_station),),
    price=Decimal("0.02"),
    deletions=DeletionLookup(find=Gauge.missing, ids_of=lambda source_id, revision: (f"old-{source_id}",)),
    one_connection=True,
)


# What the product makes of it.


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line of the registry."""
    monkeypatch.setitem(registry.KINDS, "river_gauge", f"{__name__}.GAUGE")
    monkeypatch.setattr(Gauge, "deleted", set())


@pytest.fixture
def lead(people: dict[str, User]) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(people["lead"])
    return client


@pytest.fixture
def feed(lead: Client, event: Event) -> Feed:
    fields = {"kind": "river_gauge", "name": "Pungwe", "channel": "R-17", "event": event.pk, "money_a_day": "0.06"}
    assert lead.post(reverse("source-new"), fields).status_code == 302
    return Feed.objects.get()


class Elements(HTMLParser):
    """The attributes and the text of each element that has an id."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, dict[str, str | None]] = {}
        self.texts: dict[str, str] = {}
        self._id = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self._id = attributes.get("id") or ""
        if self._id:
            self.found[self._id] = attributes

    def handle_data(self, data: str) -> None:
        if self._id:
            self.texts[self._id] = self.texts.get(self._id, "") + data

    def handle_endtag(self, tag: str) -> None:
        self._id = ""


def listen_once(feed: Feed) -> None:
    stop = threading.Event()
    Listener(feed.pk, stop=stop, sleep=lambda _seconds: stop.set()).run()
    feed.refresh_from_db()


def test_the_page_offers_it_with_its_own_fields_alone(lead: Client) -> None:
    address = reverse("source-new")
    assert 'value="river_gauge" formnovalidate>River gauges</button>' in lead.get(address).content.decode()
    page = lead.get(address, {"kind": "river_gauge"}).content.decode()
    assert '<label for="channel">Station</label>' in page
    elements = Elements(page)
    assert elements.found["channel"]["aria-describedby"] == "channel_helptext"
    assert elements.texts["channel_helptext"] == "For example R-17"
    assert "0.02" in elements.texts["price_helptext"]
    assert not elements.found.keys() & {"address", "terms"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"channel": "17"}, "A station begins with R-."), ({"channel": "R-" + "9" * 99}, "Use at most 100 characters.")],
)
def test_what_its_rules_refuse_is_said_beside_the_field(lead: Client, wrong: dict[str, str], said: str) -> None:
    answer = lead.post(reverse("source-new"), {"kind": "river_gauge", "name": "Pungwe"} | wrong)
    assert answer.status_code == 400 and not Feed.objects.exists()
    elements = Elements(answer.content.decode())
    assert elements.texts["channel_error"] == said
    assert elements.found["channel"]["aria-invalid"] == "true"
    assert str(elements.found["channel"]["aria-describedby"]).split() == ["channel_error", "channel_helptext"]
    assert elements.found["channel"]["value"] == wrong["channel"] and "problem" not in elements.found


def test_a_setting_that_it_does_not_have_is_refused(lead: Client) -> None:
    fields = {"kind": "river_gauge", "name": "Pungwe", "channel": "R-17"}
    for unknown in ({"address": "https://gauges.example.org"}, {"terms": "flood"}):
        answer = lead.post(reverse("source-new"), fields | unknown)
        assert answer.status_code == 400 and "problem" in Elements(answer.content.decode()).found
    assert not Feed.objects.exists()


def test_a_feed_of_it_is_added_changed_and_shown_by_its_label(lead: Client, feed: Feed) -> None:
    assert (feed.kind, feed.channel, feed.address, feed.terms) == ("river_gauge", "R-17", "", [])
    assert feed.price == Decimal("0.02")
    assert "River gauges" in lead.get(reverse("sources")).content.decode()
    page = lead.get(reverse("source", args=[feed.pk])).content.decode()
    assert "<dd>River gauges</dd>" in page and "<dt>Station</dt><dd>R-17</dd>" in page
    edit = reverse("source-edit", args=[feed.pk])
    assert Elements(lead.get(edit).content.decode()).found["channel"]["value"] == "R-17"
    changes = {"name": "Pungwe", "channel": "R-18", "money_a_day": "0.06", "version": feed.version}
    assert lead.post(edit, changes).status_code == 302
    feed.refresh_from_db()
    assert feed.channel == "R-18"


def test_its_posts_are_read_and_its_price_ends_the_budget(lead: Client, feed: Feed) -> None:
    assert lead.post(reverse("source-start", args=[feed.pk])).status_code == 302
    listen_once(feed)
    assert sorted(Post.objects.values_list("source", "text")) == [
        ("gauge:R-17", text) for text in sorted(Gauge.reports.values())
    ]
    usage = FeedUsage.objects.get()
    assert (usage.posts, usage.money) == (3, Decimal("0.06"))
    assert (feed.cursor, feed.state) == ("3", Feed.State.SPENT)
    assert "used up" in lead.get(reverse("source", args=[feed.pk])).content.decode()


def test_it_costs_money_so_it_needs_a_limit_and_runs_one_feed_at_a_time(lead: Client, feed: Feed) -> None:
    start = reverse("source-start", args=[feed.pk])
    Feed.objects.update(money_a_day=None)
    assert "Set a limit first" in lead.post(start).content.decode()
    Feed.objects.update(money_a_day=1)
    assert lead.post(start).status_code == 302
    other = {"kind": "river_gauge", "name": "Buzi", "channel": "R-18", "money_a_day": "1"}
    assert lead.post(reverse("source-new"), other).status_code == 302
    refused = lead.post(reverse("source-start", args=[Feed.objects.get(name="Buzi").pk]))
    assert refused.status_code == 400 and "Pause the other River gauges feed first" in refused.content.decode()


def test_deletions_that_it_missed_are_asked_for(lead: Client, feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    lead.post(reverse("source-start", args=[feed.pk]))
    listen_once(feed)
    monkeypatch.setattr(Gauge, "deleted", {"b"})
    assert tasks.check_deletions() == 1
    assert sorted(Post.objects.values_list("source_id", flat=True)) == ["a", "c"]


def test_a_feed_of_a_kind_that_this_version_lacks_needs_a_person_and_breaks_no_page(
    lead: Client, feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead.post(reverse("source-start", args=[feed.pk]))
    monkeypatch.delitem(registry.KINDS, "river_gauge")
    listen_once(feed)
    assert feed.state == Feed.State.FAILED and "river_gauge" in feed.last_error
    assert tasks.check_deletions() == 0
    for url in (reverse("sources"), reverse("source", args=[feed.pk]), reverse("source-edit", args=[feed.pk])):
        assert lead.get(url).status_code == 200, url
    change = {"name": "Pungwe", "version": feed.version}
    assert lead.post(reverse("source-edit", args=[feed.pk]), change).status_code == 400


def test_no_client_of_a_source_is_imported_before_a_feed_needs_it() -> None:
    code = (
        "import django, sys; django.setup(); import responder.urls, responder.tasks;"
        "print([name for name in ('httpx', 'websockets') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


@pytest.mark.parametrize("name", registry.KINDS)
def test_every_kind_of_the_registry_is_declared_in_full(name: str) -> None:
    kind, column = registry.find(name), Feed._meta.get_field("kind")
    assert kind and kind.label and len(name) <= column.max_length
    connector: Any = registry.connect(Feed(kind=name, terms=["flood"]))
    assert connector.source and connector.replays in (True, False)
    columns = [field.column for field in kind.fields]
    assert len(set(columns)) == len(columns)
    for field in kind.fields:
        room = getattr(Feed._meta.get_field(field.column), "max_length", None)
        assert field.column in ("terms", "access_token") or field.max_length <= room
        assert field.secret == (field.column == "access_token")
        assert field.multiline == (field.column == "terms")
