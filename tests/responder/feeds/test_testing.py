"""Tests of feeds: what would come in, or why not in words; nothing stored; costs asked first, counted and limited."""

import socket
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from classifier import clock
from monitoring.models import AuditEvent
from responder import roles
from responder.errors import Invalid, NotPermitted, TooMany
from responder.feeds import configuring, estimating, runner, sampling, testing
from responder.feeds.connectors import registry, x
from responder.feeds.connectors.base import Item, Unusable
from responder.feeds.listener import Listener
from responder.feeds.raw_post import RawPost
from responder.models import Feed, FeedTest, FeedUsage, Post, User
from tests.fakes.jetstream import Jetstream
from tests.fakes.mastodon import Mastodon
from tests.fakes.story import Faults, Until, make_story
from tests.fakes.x import X

pytestmark = pytest.mark.django_db


class OpenMastodon(Mastodon):
    """A server that shows its public posts without a token."""

    def needs_token(self, path: str) -> bool:
        return False


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(testing, "_wake", lambda *_arguments, **_options: None)
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def admin(people: dict[str, User]) -> User:
    return people["administrator"]


def story(begin: datetime, posts: int = 30) -> Any:
    return make_story(posts, start=begin, step=timedelta(milliseconds=20))


def make(by: User, kind: str, **fields: str) -> Feed:
    return configuring.create(by=by, fields={"kind": kind, "name": "A feed"} | fields)


def tried(feed: Feed, by: User, **options: Any) -> dict[str, Any]:
    test = testing.ask(feed_id=feed.pk, by=by, **options)
    testing.run(test.pk)
    found = testing.latest(feed)
    assert found
    return testing.shown(found)


def test_the_posts_that_a_server_has_are_shown_masked_and_none_is_stored(begin: Any, admin: User) -> None:
    server = OpenMastodon(story(begin), begin=30)
    server.events = [*server.events[:-1], _with_text(server.events[-1], "Call +258 84 123 4567, house flooded")]
    server.made = {event.post: event for event in server.events}
    with server.running():
        feed = make(admin, "mastodon", address=server.address, terms="house")
        found = tried(feed, admin)
    assert not found["error"] and found["is_over"] and len(found["sample"]) == sampling.MOST
    assert "4567" not in str(found["sample"]) and "flooded" in found["sample"][0]["text"]
    test = found["test"]
    assert (test.state, test.connected, test.posts) == (FeedTest.State.DONE, False, 10) or test.connected
    assert test.basis == FeedTest.Basis.RECENT and test.posts_a_day > 0
    assert not Post.objects.exists() and not FeedUsage.objects.exists()
    feed.refresh_from_db()
    assert (feed.cursor, feed.seen_at, feed.state) == ("", None, Feed.State.PAUSED)
    assert cache.get(testing._key(test)) is not None
    assert all("4567" not in str(row) for row in FeedTest.objects.values())


def _with_text(event: Any, text: str) -> Any:
    return type(event)(event.number, event.verb, event.post, text, event.at)


@pytest.mark.parametrize("kind", ["bluesky", "bluesky2"])
def test_a_socket_is_listened_to(begin: Any, admin: User, kind: str) -> None:
    with Jetstream(story(begin)).running() as server:
        found = tried(make(admin, kind, address=server.address, terms="house 3"), admin)
    assert not found["error"] and found["test"].connected
    assert found["test"].posts == len(found["sample"]) > 0 and found["test"].messages >= found["test"].posts
    assert all("Water is rising" in one["text"] for one in found["sample"])


def test_without_matching_posts_the_page_says_that_it_is_connected(
    begin: Any, admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "SECONDS", 1.5)
    monkeypatch.setattr(sampling.Sampler.__init__, "__kwdefaults__", {"seconds": 1.5})
    server = Jetstream(story(begin), Faults(stalls={25}))
    with server.running():
        found = tried(make(admin, "bluesky", address=server.address, terms="volcano"), admin)
    test = found["test"]
    assert (test.state, test.error, test.connected, test.posts) == (FeedTest.State.DONE, "", True, 0)
    assert test.messages > 0 and test.posts_a_day is None


def test_a_wrong_token_is_said(begin: Any, admin: User) -> None:
    with Mastodon(story(begin)).running() as server:
        found = tried(make(admin, "mastodon", address=server.address), admin)
    assert found["error"] == "Mastodon does not accept the token (HTTP 401)."
    assert found["test"].state == FeedTest.State.FAILED


def test_a_server_that_does_not_run_and_a_name_that_is_unknown_are_said(
    admin: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    feed = make(admin, "mastodon", address=f"http://127.0.0.1:{port}")
    assert f"127.0.0.1 refuses connections at port {port}" in tried(feed, admin)["error"]

    def unknown(*_arguments: Any, **_options: Any) -> socket.socket:
        raise socket.gaierror(-2, "Name or service not known")

    with pytest.raises(Unusable, match=r"name mastadon\.example is not known"):
        sampling.reach("https://mastadon.example", inside=True, connect=unknown)

    def late(*_arguments: Any, **_options: Any) -> socket.socket:
        raise TimeoutError

    with pytest.raises(Unusable, match="does not answer at port 443"):
        sampling.reach("https://mastodon.example", inside=True, connect=late)


def test_a_source_that_never_answers_ends_with_the_time(admin: User) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        feed = make(admin, "mastodon", address=f"http://127.0.0.1:{silent.getsockname()[1]}")
        began = time.monotonic()
        sample = sampling.Sampler(feed, inside=True, seconds=1.0).read()
    assert time.monotonic() - began < 5
    assert sample.error == "The source did not answer within 1 seconds."


def test_a_flood_of_posts_is_cut_at_ten_and_long_texts_are_cut(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    class Endless:
        source, replays, closed = "endless", True, False

        def read(self, cursor: str, *, cursor_at: Any) -> Iterator[Item]:
            yield Item(caught_up=True)
            while not self.closed:
                yield Item(post=RawPost("1", "x" * 10_000), at=clock.now())

        def close(self) -> None:
            self.closed = True

    endless = Endless()
    monkeypatch.setattr(registry, "connect", lambda _feed: endless)
    found = tried(make(admin, "bluesky"), admin)
    assert len(found["sample"]) == 10 and endless.closed
    assert all(len(one["text"]) <= testing.EXCERPT for one in found["sample"])


def test_an_error_of_ours_ends_with_words_too(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_feed: Feed) -> Any:
        raise ZeroDivisionError("secret inside")

    monkeypatch.setattr(registry, "connect", broken)
    error = tried(make(admin, "bluesky"), admin)["error"]
    assert "ZeroDivisionError" in error and "secret" not in error


# Costs


def x_feed(by: User, server: X, monkeypatch: pytest.MonkeyPatch, **fields: str) -> Feed:
    monkeypatch.setattr(
        registry, "connect", lambda feed: x.X(address=server.address, terms=feed.terms, token=server.token)
    )
    return make(by, "x", terms="water rising\n(flood OR overflow) lang:en", **fields)


def test_x_is_asked_for_its_count_and_ten_posts_after_consent(
    begin: Any, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    lead, server = people["lead"], X(story(begin), begin=30)
    with server.running():
        feed = x_feed(lead, server, monkeypatch, money_a_day="5")
        with pytest.raises(Invalid, match="Agree to the cost"):
            testing.ask(feed_id=feed.pk, by=lead)
        assert not server.requests and testing.most_cost(feed) == "0.1"
        monkeypatch.setattr(sampling, "reach", lambda *_a, **_o: None)
        found = tried(feed, lead, agreed=True)
        asked = [(method, path) for method, path, _query, _body in server.requests]
    assert ("GET", "/2/tweets/search/stream") not in asked  # the only connection stays free
    assert server.rules.keys() == {"1"}  # nothing was left at X
    test = found["test"]
    assert (test.error, test.posts, test.billed, test.connected) == ("", 10, 10, True)
    assert (test.basis, test.posts_a_day) == (FeedTest.Basis.SOURCE, 60.0)  # two rules, 30 posts a day each
    usage = FeedUsage.objects.get()
    assert (usage.posts, usage.money) == (10, Decimal("0.05"))
    estimate = estimating.of_feed(feed, test)
    assert (estimate.posts_a_month, estimate.money_a_day) == (1800.0, pytest.approx(0.3))
    assert not estimate.warnings


def test_x_says_what_is_wrong_with_a_rule_before_anything_is_billed(
    begin: Any, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = X(story(begin), begin=30)
    with server.running():
        feed = x_feed(people["lead"], server, monkeypatch)
        Feed.objects.update(terms=["(flood"])
        monkeypatch.setattr(sampling, "reach", lambda *_a, **_o: None)
        assert "X does not accept a rule" in tried(feed, people["lead"], agreed=True)["error"]
    assert not FeedUsage.objects.exists()


def test_a_used_up_budget_allows_no_test(people: dict[str, User]) -> None:
    feed = make(people["lead"], "x", terms="flood", posts_a_day="25")
    FeedUsage.objects.create(feed=feed, day=clock.now().date(), posts=10)
    with pytest.raises(Invalid, match="too little left"):
        testing.ask(feed_id=feed.pk, by=people["lead"], agreed=True)


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        (sampling.Sample(), (None, "")),
        (sampling.Sample(a_day=0.0), (0.0, "source")),
        (sampling.Sample(posts=[RawPost("1", "x")] * 2, recent=2, oldest_at=datetime(2026, 3, 13, tzinfo=UTC)), (None, "")),
        (sampling.Sample(posts=[RawPost("1", "x")] * 6, recent=6, oldest_at=datetime(2026, 3, 12, tzinfo=UTC)), (3.0, "recent")),
        (sampling.Sample(posts=[RawPost("1", "x")] * 4, listened_s=8.0), (43_200.0, "listening")),
        (sampling.Sample(posts=[RawPost("1", "x")] * 2, listened_s=8.0), (None, "")),
        (sampling.Sample(posts=[RawPost("1", "x")] * 10, listened_s=0.1, oldest_at=datetime(2026, 3, 13, tzinfo=UTC),
                         newest_at=datetime(2026, 3, 13, 0, 0, 10, tzinfo=UTC)), (86_400.0, "listening")),
    ],
)  # fmt: skip
def test_estimates_say_where_they_come_from_and_stay_unknown(sample: sampling.Sample, expected: Any) -> None:
    assert testing.estimated(sample, datetime(2026, 3, 14, tzinfo=UTC)) == expected


def test_an_estimate_names_the_limits_that_it_reaches_and_own_days_come_first(people: dict[str, User]) -> None:
    feed = make(people["lead"], "x", terms="flood", money_a_day="5", posts_a_month="1000000")
    test = FeedTest(feed=feed, posts_a_day=2_000.0, basis="source")
    estimate = estimating.of_feed(feed, test)
    assert estimate.money_a_day == pytest.approx(10.0)
    assert estimate.warnings == ("The limit of US dollars per day would be reached after about 12 h.",)
    today = clock.now().date()
    for days, posts in ((0, 9_999), (1, 100), (2, 300), (9, 9_999)):
        FeedUsage.objects.create(feed=feed, day=today - timedelta(days=days), posts=posts)
    assert estimating.of_feed(feed, test).posts_a_day == 200.0
    assert estimating.of_feed(make(people["lead"], "x", name="Other", terms="a"), None).posts_a_day is None


# Who, when, how often


def test_only_paused_feeds_are_tested_and_asking_twice_is_one_test(admin: User, people: dict[str, User]) -> None:
    feed = make(admin, "bluesky")
    one, two = (testing.ask(feed_id=feed.pk, by=people["lead"]) for _ in range(2))
    assert one == two and FeedTest.objects.count() == 1
    Feed.objects.update(wanted=True)
    with pytest.raises(Invalid, match="pause it first"):
        testing.ask(feed_id=feed.pk, by=admin)
    assert AuditEvent.objects.filter(action="feed.tested").count() == 1


def test_a_private_address_is_tested_by_an_administrator_alone(
    begin: Any, admin: User, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = make(people["lead"], "mastodon", address="http://127.0.0.1:3000")
    with pytest.raises(NotPermitted, match="administrator"):
        testing.ask(feed_id=feed.pk, by=people["lead"])
    assert testing.ask(feed_id=feed.pk, by=admin)
    # A public name that leads inside is found out when the socket opens.
    with pytest.raises(Unusable, match="Only an administrator"):
        sampling.reach("http://localhost:3000", inside=False)


def test_where_no_network_is_allowed_the_error_says_what_allows_it(settings: Any) -> None:
    settings.FEED_NETWORKS = []
    with pytest.raises(Unusable, match="RESPONDER_FEED_NETWORKS"):
        sampling.reach("https://localhost", inside=True)


@pytest.mark.parametrize("role", sorted(roles.ROLES))
def test_who_may_test(people: dict[str, User], role: str) -> None:
    feed = make(people["lead"], "bluesky")
    client = Client(headers={"Accept": "text/html"})
    client.force_login(people[role])
    may = roles.MANAGE_SOURCES in roles.ROLES[role]
    url = reverse("source-test", args=[feed.pk])
    assert client.post(url).status_code == (302 if may else 403)
    assert client.get(url).status_code == (200 if may else 403)
    assert FeedTest.objects.exists() == may


def test_many_tests_at_once_are_refused(admin: User) -> None:
    for number in range(testing.MOST_OPEN):
        testing.ask(feed_id=make(admin, "bluesky", name=f"Feed {number}").pk, by=admin)
    with pytest.raises(TooMany):
        testing.ask(feed_id=make(admin, "bluesky", name="One more").pk, by=admin)


def test_a_test_that_nobody_takes_and_one_that_was_interrupted_are_over(admin: User, time_machine: Any) -> None:
    now = datetime(2026, 3, 14, 12, tzinfo=UTC)
    time_machine.move_to(now, tick=False)
    feed = make(admin, "bluesky")
    test = testing.ask(feed_id=feed.pk, by=admin)
    assert not testing.shown(test)["is_over"] and testing.unclaimed() == [test.pk]
    assert testing.unclaimed(older_than=testing.LEFT_TO_OTHERS) == []
    time_machine.move_to(now + timedelta(seconds=4), tick=False)
    assert testing.unclaimed(older_than=testing.LEFT_TO_OTHERS) == [test.pk]
    time_machine.move_to(now + timedelta(seconds=61), tick=False)
    assert "No worker" in testing.shown(test)["error"] and testing.unclaimed() == []
    test.state, test.started_at = FeedTest.State.RUNNING, clock.now()
    assert not testing.shown(test)["is_over"]
    time_machine.move_to(now + timedelta(seconds=100), tick=False)
    assert "interrupted" in testing.shown(test)["error"]


def test_the_process_of_the_feeds_takes_tests_once(admin: User, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[int] = []
    monkeypatch.setattr(runner.testing, "run", done.append)
    monkeypatch.setattr(runner.connections, "close_all", lambda: None)
    test = testing.ask(feed_id=make(admin, "bluesky").pk, by=admin)
    for thread in runner._run_tests([]):
        thread.join(10)
    assert done == [test.pk]
    FeedTest.objects.update(state=FeedTest.State.RUNNING)
    assert runner._run_tests([]) == []


def test_categories_are_added_by_a_worker(begin: Any, admin: User) -> None:
    with OpenMastodon(story(begin), begin=30).running() as server:
        feed = make(admin, "mastodon", address=server.address)
        found = tried(feed, admin)
    assert not found["is_final"]  # for some seconds they may still come
    assert testing.add_categories(str(found["test"].ref)) == 10
    found = testing.shown(found["test"])
    assert found["is_final"] and all(one["category"] for one in found["sample"])
    cache.clear()
    assert testing.add_categories(str(found["test"].ref)) == 0
    assert testing.shown(found["test"])["sample"] == []


def test_the_page_shows_sample_estimate_and_refusals(begin: Any, admin: User, people: dict[str, User]) -> None:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(admin)
    with OpenMastodon(story(begin), begin=30).running() as server:
        feed = make(admin, "mastodon", address=server.address, terms="house")
        url = reverse("source-test", args=[feed.pk])
        assert "Not tested yet" in client.get(reverse("source", args=[feed.pk])).content.decode()
        assert client.post(url).status_code == 302
        assert 'data-over="no"' in client.get(url).content.decode()
        testing.run(FeedTest.objects.get().pk)
    page = client.get(url).content.decode()
    for said in ("It works", "Water is rising", "per day", "no limit", "Nothing of this sample is stored"):
        assert said in page, said
    paid = make(people["lead"], "x", name="On X", terms="flood")
    refused = client.post(reverse("source-test", args=[paid.pk]))
    assert refused.status_code == 400 and "Agree to the cost" in refused.content.decode()
    assert "up to 0.1 US dollars" in refused.content.decode() and "unknown" in refused.content.decode()


def test_a_local_server_can_be_tried_from_the_form_to_the_first_posts(begin: Any, admin: User, event: Any) -> None:
    """As the how-to says: add, test, start, and posts are there; against servers on this machine."""
    client = Client(headers={"Accept": "text/html"})
    client.force_login(admin)
    for kind, server in (("mastodon", OpenMastodon(story(begin))), ("bluesky", Jetstream(story(begin)))):
        with server.running():
            fields = {"kind": kind, "name": kind, "address": server.address, "event": event.pk, "terms": "house"}
            assert client.post(reverse("source-new"), fields).status_code == 302
            feed = Feed.objects.get(name=kind)
            assert client.post(reverse("source-test", args=[feed.pk])).status_code == 302
            testing.run(feed.test.pk)
            assert "It works" in client.get(reverse("source-test", args=[feed.pk])).content.decode()
            server.position = 0
            server.finished = threading.Event()
            assert client.post(reverse("source-start", args=[feed.pk])).status_code == 302
            stop = Until(server.finished, lambda: Post.objects.filter(event=event).count() >= 20)
            Listener(feed.pk, stop=stop, sleep=stop.wait).run()
        assert Post.objects.filter(event=event).count() >= 20
        Post.objects.all().delete()
