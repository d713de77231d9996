"""Pages of the feeds: everybody with a role reads, leads act, nothing unmasked, and every refusal says why."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from classifier import clock
from monitoring.models import AuditEvent
from responder import roles
from responder.feeds import configuring, intake
from responder.models import Event, EventRole, Feed, FeedGap, FeedTest, FeedUsage, Post, User
from tests.responder.html_forms import read_forms

pytestmark = pytest.mark.django_db
READERS = [role for role, abilities in roles.ROLES.items() if roles.VIEW in abilities]
LEADS = [role for role, abilities in roles.ROLES.items() if roles.MANAGE_SOURCES in abilities]
SETTINGS = {"kind": "bluesky", "name": "Sky over Beira", "terms": "flood\nBeira\n\nflood", "posts_a_day": "10000"}


@pytest.fixture
def feed(event: Event) -> Feed:
    return Feed.objects.create(name="Sky", kind="bluesky", event=event, posts_a_day=100)


@pytest.fixture
def poison(make_post: Any) -> Post:
    return make_post(
        state=Post.State.QUARANTINED,
        attempts=5,
        error="ValueError: call +258 84 123 4567",
        text="Call +258 84 123 4567",
    )


def signed_in(user: User) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(user)
    return client


def reads(feed: Feed) -> list[str]:
    return [reverse("sources"), reverse("sources-state"), reverse("source", args=[feed.pk])]


def forms(feed: Feed) -> list[str]:
    return [reverse("source-new"), reverse("source-edit", args=[feed.pk])]


def acts(feed: Feed, post: Post) -> list[tuple[str, dict[str, Any]]]:
    return [
        (reverse("source-start", args=[feed.pk]), {}),
        (reverse("source-pause", args=[feed.pk]), {}),
        (reverse("source-delete", args=[feed.pk]), {"version": "1"}),
        (reverse("source-edit", args=[feed.pk]), SETTINGS | {"version": "1"}),
        (reverse("source-new"), SETTINGS),
        (reverse("sources-retry"), {"post": post.pk}),
    ]


@pytest.mark.parametrize("role", sorted(roles.ROLES))
def test_each_role_reaches_what_it_may_and_no_more(
    people: dict[str, User], feed: Feed, poison: Post, role: str
) -> None:
    client = signed_in(people[role])
    allowed = {True: 200, False: 403}
    for url in reads(feed):
        assert client.get(url).status_code == allowed[role in READERS], url
    assert client.get(reverse("sources-set-aside")).status_code == allowed[roles.TRIAGE in roles.ROLES[role]]
    for url in forms(feed):
        assert client.get(url).status_code == allowed[role in LEADS], url
    if role not in LEADS:
        before = list(Feed.objects.values())
        for url, content in acts(feed, poison):
            assert client.post(url, content).status_code == 403, url
        assert list(Feed.objects.values()) == before
        poison.refresh_from_db()
        assert poison.state == Post.State.QUARANTINED


def test_strangers_are_asked_to_sign_in_and_a_forged_form_is_refused(
    people: dict[str, User], feed: Feed, poison: Post
) -> None:
    for url in [*reads(feed), *forms(feed), reverse("sources-set-aside")]:
        assert Client().get(url).status_code == 302
    forger = Client(enforce_csrf_checks=True)
    forger.force_login(people["lead"])
    for url, content in acts(feed, poison):
        assert Client().post(url, content).status_code == 302
        assert forger.post(url, content).status_code == 403


def test_a_lead_configures_starts_pauses_and_the_record_says_so(people: dict[str, User], event: Event) -> None:
    client = signed_in(people["lead"])
    assert client.post(reverse("source-new"), SETTINGS | {"event": str(event.pk)}).status_code == 302
    feed = Feed.objects.get()
    assert (feed.terms, feed.posts_a_day, feed.event, feed.wanted) == (["flood", "Beira"], 10_000, event, False)
    assert client.post(reverse("source-start", args=[feed.pk])).status_code == 302
    feed.refresh_from_db()
    assert feed.wanted and feed.state == Feed.State.STARTING
    busy = client.post(reverse("source-edit", args=[feed.pk]), SETTINGS | {"version": "1"})
    assert busy.status_code == 400 and "Pause the feed first" in busy.content.decode()
    Feed.objects.update(seen_at=clock.now(), lease_owner="somebody")
    assert client.post(reverse("source-pause", args=[feed.pk])).status_code == 302
    feed.refresh_from_db()
    assert (feed.wanted, feed.state) == (False, Feed.State.PAUSED)
    assert FeedGap.objects.get().why == "Paused by Ana Lead."
    with pytest.raises(intake.LeaseLost):
        intake.store(feed=feed, owner="somebody", items=[], source="bluesky")
    changed = client.post(reverse("source-edit", args=[feed.pk]), SETTINGS | {"name": "Other", "version": feed.version})
    assert changed.status_code == 302 and Feed.objects.get().name == "Other"
    actions = list(AuditEvent.objects.order_by("sequence").values_list("action", flat=True))
    assert actions == ["session.started", "feed.created", "feed.started", "feed.paused", "feed.changed"]


def deletes(client: Client, feed: Feed) -> Any:
    feed.refresh_from_db()
    return client.post(reverse("source-delete", args=[feed.pk]), {"version": feed.version})


@pytest.mark.parametrize("role", LEADS)
def test_a_paused_feed_is_deleted_its_posts_stay_and_the_record_keeps_the_bill(
    people: dict[str, User], feed: Feed, make_post: Any, role: str
) -> None:
    post = make_post(source="bluesky")
    FeedUsage.objects.create(feed=feed, day="2026-03-14", posts=40, money=Decimal("0.2"))
    FeedGap.objects.create(feed=feed, began_at=clock.now(), why="Paused.")
    client = signed_in(people[role])
    url = reverse("source-delete", args=[feed.pk])
    assert client.get(url).status_code == 405
    form = {"version": read_forms(client.get(reverse("source", args=[feed.pk]))).value("version", "/delete")}
    assert form["version"] == "1"
    answer = client.post(url, form, follow=True)
    assert "“Sky” is deleted" in answer.content.decode()
    assert not Feed.objects.exists() and not FeedGap.objects.exists() and Post.objects.filter(pk=post.pk).exists()
    record = AuditEvent.objects.get(action="feed.deleted")
    assert (record.actor, record.object_id) == (f"user:{people[role].username}", str(feed.pk))
    assert (record.detail["name"], record.detail["posts"], record.detail["money"]) == ("Sky", "40", "0.2000")
    assert client.post(url, form).status_code == 404


def test_a_feed_that_is_read_tested_or_whose_posts_wait_is_not_deleted(
    people: dict[str, User], feed: Feed, make_post: Any
) -> None:
    client, feeds = signed_in(people["lead"]), Feed.objects.filter(pk=feed.pk)
    feeds.update(wanted=True)
    page = client.get(reverse("source", args=[feed.pk])).content.decode()
    assert reverse("source-delete", args=[feed.pk]) not in page
    refused = deletes(client, feed)
    assert refused.status_code == 400 and "Pause the feed first" in refused.content.decode()
    feeds.update(wanted=False, lease_owner="a", lease_until=clock.now() + timedelta(seconds=5))
    assert "still closing the connection" in deletes(client, feed).content.decode()
    feeds.update(lease_until=clock.now() - timedelta(seconds=1))
    test = FeedTest.objects.create(feed=feed, by=people["lead"])
    assert "test of this feed is running" in deletes(client, feed).content.decode()
    FeedTest.objects.filter(pk=test.pk).update(state=FeedTest.State.DONE)
    post = make_post(source="bluesky", state=Post.State.ACCEPTED)
    assert "waiting for classification" in deletes(client, feed).content.decode()
    Post.objects.filter(pk=post.pk).update(state=Post.State.CLASSIFIED)
    stale = client.post(reverse("source-delete", args=[feed.pk]), {"version": feed.version + 1})
    assert stale.status_code == 409 and Feed.objects.exists()
    assert not AuditEvent.objects.filter(action="feed.deleted").exists()
    assert deletes(client, feed).status_code == 302 and not Feed.objects.exists()


def test_a_lead_of_one_event_deletes_the_feeds_of_that_event_alone(feed: Feed, event: Event) -> None:
    other = Event.objects.create(ref="other", name="Other")
    lead = User.objects.create_user("lead-of-one", toured=True)
    EventRole.objects.create(person=lead, event=event, role="lead")
    client = signed_in(lead)
    for name, of in (("Elsewhere", other), ("Without an event", None)):
        foreign = Feed.objects.create(name=name, kind="bluesky", event=of)
        assert deletes(client, foreign).status_code == 404
    viewer = User.objects.create_user("viewer-there", toured=True)
    EventRole.objects.create(person=viewer, event=event, role="viewer")
    assert deletes(signed_in(viewer), feed).status_code == 403
    assert Feed.objects.count() == 3
    assert deletes(client, feed).status_code == 302
    assert set(Feed.objects.values_list("name", flat=True)) == {"Elsewhere", "Without an event"}


def test_deleting_the_last_feed_of_a_server_says_that_deletions_are_missed(people: dict[str, User]) -> None:
    feed = Feed.objects.create(name="Beira", kind="mastodon", address="https://m.example", seen_at=clock.now())
    client, said = signed_in(people["lead"]), "nobody asks it"
    assert said in client.get(reverse("source", args=[feed.pk])).content.decode()
    Feed.objects.create(name="Second", kind="mastodon", address="https://m.example", seen_at=clock.now())
    assert said not in client.get(reverse("source", args=[feed.pk])).content.decode()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": "x"}, "3 to 80 characters"),
        ({"kind": "file"}, "type of feed does not exist"),
        ({"address": "wss://127.0.0.1"}, "This address is private"),
        ({"address": "ws://jetstream.example.org"}, "public host name"),
        ({"address": "wss://redis.internal"}, "This address is private"),
        ({"address": "wss://user@jetstream.example.org"}, "public host name"),
        ({"address": "wss://jetstream.example.org:6379"}, "public host name"),
        ({"address": "wss://jetstream.example.org/admin?x=1"}, "public host name"),
        ({"address": "wss://[::1]:80"}, "RESPONDER_FEED_NETWORKS"),
        ({"address": "wss://jetstream.example.org:99999"}, "public host name"),
        ({"address": "ftp://10.0.0.1"}, "public host name"),
        ({"kind": "mastodon", "access_token": "two words"}, "Enter the token alone"),
        ({"kind": "mastodon", "access_token": "short"}, "Enter the token alone"),
        ({"kind": "mastodon", "access_token": "x" * 1001}, "at most 1000 characters"),
        ({"kind": "mastodon", "access_token": "gr\u00fcn-token"}, "Enter the token alone"),
        ({"access_token": "abcdefghijkl"}, "have the setting “access_token”"),
        ({"kind": "x", "address": "https://evil.example.org"}, "have the setting “address”"),
        ({"kind": "x", "terms": ""}, "at least one rule"),
        ({"kind": "mastodon", "channel": "two words"}, "one word"),
        ({"terms": "x" * 101}, "up to 100 lines"),
        ({"event": "99999"}, "does not exist"),
        ({"posts_a_day": "-5"}, "whole number"),
        ({"posts_a_day": "9" * 30}, "whole number"),
        ({"money_a_day": "NaN"}, "amount in US dollars"),
        ({"money_a_day": "1e9999"}, "amount in US dollars"),
        ({"money_a_day": "0.00001"}, "amount in US dollars"),
        ({"price": "-1"}, "amount in US dollars"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_reason_and_the_form_keeps_its_words(
    people: dict[str, User], wrong: dict[str, str], said: str
) -> None:
    answer = signed_in(people["lead"]).post(reverse("source-new"), SETTINGS | wrong)
    assert answer.status_code == 400
    assert said in answer.content.decode() and not Feed.objects.exists()


def test_all_errors_stand_beside_their_fields_and_what_was_typed_stays(people: dict[str, User]) -> None:
    typed = {
        "kind": "mastodon", "name": "x", "event": "99999", "terms": "flood\nBeira", "channel": "two words",
        "address": "http://10.0.0.1", "posts_a_day": "many", "money_a_month": "0.00001", "price": "-1",
    }  # fmt: skip
    answer = signed_in(people["lead"]).post(reverse("source-new"), typed)
    form = read_forms(answer)
    assert answer.status_code == 400 and not Feed.objects.exists()
    assert form.errors == {
        "name": "Give the feed a name of 3 to 80 characters.",
        "event": "This event does not exist.",
        "channel": "Enter a hashtag as one word of letters and digits.",
        "address": "This address is private. An operator can allow its network with the setting RESPONDER_FEED_NETWORKS on the "
        "server, for example 10.1.0.0/16.",
        "posts_a_day": "Enter the post limit as a whole number, 1 or more.",
        "money_a_month": "A limit must be an amount in US dollars with at most four decimals.",
        "price": "The price must be an amount in US dollars with at most four decimals.",
    }
    kept = typed.keys() - {"event"}  # an event that does not exist is no option
    assert {name: form.value(name) for name in kept} == {name: typed[name] for name in kept}
    assert form.focused == ["name"]


def test_another_kind_keeps_what_was_typed_in_the_fields_that_both_have(people: dict[str, User], event: Event) -> None:
    typed = {
        "kind": "mastodon", "name": "River", "event": str(event.pk), "terms": "flood\nBeira", "channel": "beira",
        "posts_a_day": "many",
    }  # fmt: skip
    answer = signed_in(people["lead"]).post(reverse("source-new"), typed | {"switch_to": "bluesky"})
    form = read_forms(answer)
    assert answer.status_code == 200 and not Feed.objects.exists() and not form.errors
    kept = ("name", "event", "terms", "posts_a_day")
    assert {name: form.value(name) for name in kept} == {name: typed[name] for name in kept}
    assert form.value("kind") == "bluesky" and form.value("channel") is None


def test_what_was_typed_for_a_kind_comes_back_with_it(people: dict[str, User]) -> None:
    client, url = signed_in(people["lead"]), reverse("source-new")
    typed = {"kind": "mastodon", "name": "River", "terms": "flood", "channel": "beira", "address": "https://one.example",
             "access_token": "secret-of-one"}  # fmt: skip

    def choose(kind: str, sent: dict[str, str]) -> tuple[Any, dict[str, str]]:
        answer = client.post(url, sent | {"switch_to": kind})
        form, page = read_forms(answer), answer.content.decode()
        assert "secret-of-one" not in page
        hidden = dict(re.findall(r'type="hidden" name="(kept-[\w-]+)" value="([^"]*)"', page))
        return form, hidden

    form, hidden = choose("x", typed)
    assert form.value("terms") == "flood" and form.value("name") == "River"
    form, hidden = choose("bluesky", {"kind": "x", "name": "River", "terms": "(flood) lang:en"} | hidden)
    assert form.value("address") == ""  # an https address is of no use to it
    form, hidden = choose("mastodon", {"kind": "bluesky", "name": "River", "terms": "flood\nwater"} | hidden)
    assert (form.value("channel"), form.value("address")) == ("beira", "https://one.example")
    assert form.value("terms") == "flood\nwater"  # keywords of both kinds mean the same
    form, hidden = choose("x", typed | {"terms": "flood\nwater"} | hidden)
    assert form.value("terms") == "(flood) lang:en"
    refused = client.post(url, {"kind": "x", "name": "x", "terms": "flood"} | hidden)
    assert refused.status_code == 400 and "kept-mastodon-channel" in refused.content.decode()
    strange = {
        "kind": "x",
        "kept-mastodon-access_token": "a" * 9,
        "kept-file-address": "/etc",
        "kept-x-lease_owner": "b",
    }
    _form, hidden = choose("bluesky", strange)
    assert not hidden


def test_two_feeds_of_one_name_and_a_change_of_an_old_version_are_refused(people: dict[str, User], feed: Feed) -> None:
    client = signed_in(people["lead"])
    assert b"A feed with this name" in client.post(reverse("source-new"), SETTINGS | {"name": "Sky"}).content
    old = client.post(reverse("source-edit", args=[feed.pk]), SETTINGS | {"version": "9"})
    assert old.status_code == 409


def test_a_feed_that_costs_money_needs_a_limit_and_x_is_listened_to_once(people: dict[str, User]) -> None:
    settings = {"kind": "x", "name": "X one", "terms": "flood"}
    one = configuring.create(by=people["lead"], fields=settings)
    assert one.price == Decimal("0.005")
    client = signed_in(people["lead"])
    answer = client.post(reverse("source-start", args=[one.pk]))
    assert answer.status_code == 400 and "Set a limit first" in answer.content.decode()
    Feed.objects.update(money_a_day=5)
    configuring.start(feed_id=one.pk, by=people["lead"])
    two = configuring.create(by=people["lead"], fields=settings | {"name": "X two", "money_a_day": "5"})
    assert "one connection" in client.post(reverse("source-start", args=[two.pk])).content.decode()


def test_state_lag_budget_gaps_and_faults_are_on_the_page(people: dict[str, User], feed: Feed, poison: Post) -> None:
    now = clock.now()
    Feed.objects.update(
        wanted=True, state=Feed.State.LIVE, lease_owner="a", lease_until=now + timedelta(seconds=20), per_minute=1234,
        seen_at=now, last_post_at=now, cursor_at=now - timedelta(seconds=42), last_error="Bluesky closed the connection.", last_error_at=now, shed=7,
    )  # fmt: skip
    FeedUsage.objects.create(feed=feed, day=now.date(), posts=85, money=Decimal("0.425"))
    FeedGap.objects.create(feed=feed, began_at=now - timedelta(hours=1), why="The budget was used up.")
    for url in reads(feed):
        page = signed_in(people["viewer"]).get(url).content.decode()
        for said in ("Live", "1,234", "15 posts today", "85 % used", "Bluesky closed", "The budget was used up"):
            assert said in page, (url, said)
    Feed.objects.update(lease_until=now - timedelta(seconds=1))
    assert (
        "Not started: no worker is reading this feed"
        in signed_in(people["viewer"]).get(reverse("sources")).content.decode()
    )


def test_the_page_costs_as_many_queries_for_ten_feeds_as_for_one(people: dict[str, User], feed: Feed) -> None:
    client = signed_in(people["viewer"])

    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(reverse("sources-state")).status_code == 200
        return len(seen)

    few = queries()
    for number in range(9):
        one = Feed.objects.create(name=f"Feed {number}", kind="x", posts_a_day=5)
        FeedUsage.objects.create(feed=one, day=clock.now().date(), posts=3)
    assert queries() == few


def test_posts_set_aside_are_shown_masked_and_tried_again(people: dict[str, User], poison: Post) -> None:
    page = signed_in(people["reviewer"]).get(reverse("sources-set-aside")).content.decode()
    assert "ValueError" in page and "4567" not in page and "Retry selected posts" not in page
    client = signed_in(people["lead"])
    assert "Retry selected posts" in client.get(reverse("sources-set-aside")).content.decode()
    assert client.post(reverse("sources-retry"), {"post": [poison.pk, 999]}).status_code == 302
    poison.refresh_from_db()
    assert (poison.state, poison.attempts, poison.error) == (Post.State.ACCEPTED, 0, "")
    assert AuditEvent.objects.exclude(action="session.started").get().detail == {"posts": [poison.pk, 999], "count": 1}
    assert client.post(reverse("sources-retry"), {"post": "x"}).status_code == 400
