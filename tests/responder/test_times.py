"""Times, numbers and names that cannot be true: bounded at the door, and harmless where they are stored already."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from classifier import clock, time_bounds
from monitoring.models import AuditEvent
from responder import repairs
from responder.classification import pipeline
from responder.feeds import ingest, intake
from responder.feeds.connectors import bluesky, files, mastodon, replayed, x
from responder.feeds.connectors.base import Item
from responder.feeds.raw_post import RawPost
from responder.incidents import grouping
from responder.models import Event, Feed, Incident, Post, PostEmbedding, SavedView, User
from responder.queries import spans

pytestmark = pytest.mark.django_db
YEAR_1, YEAR_9999 = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
EXTREMES = pytest.mark.parametrize("stated", [YEAR_1, YEAR_9999], ids=["year 1", "year 9999"])
ROOF = "Twenty people trapped on the roof of the school in Beira, water rising"
COPY = "People trapped on the roof of the school in Beira, the water is rising fast"
STRANGE = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
NO_TIMES = [*STRANGE, "yesterday", "NaN", "1e309", "", None, 10**30, -(10**30), True, [], {}]


def sky(created: object, **event: Any) -> Item:
    message = {
        "did": "did:plc:a", "time_us": 1_790_000_000_000_000, "kind": "commit",
        "commit": {
            "operation": "create", "collection": bluesky.COLLECTION, "rkey": "3l1",
            "record": {"text": ROOF, "createdAt": created, "langs": ["en"]},
        },
    } | event  # fmt: skip
    return bluesky.Jetstream1()._item(message)


def toot(**changes: Any) -> Item:
    status = {
        "id": "116000000000000000",
        "created_at": "2026-01-01T00:00:00Z",
        "content": ROOF,
        "account": {"acct": "a"},
    }
    return mastodon.Mastodon(address="https://server.example")._item(status | changes)


def tweet(**changes: Any) -> Item:
    data = {"id": "1990000000000000000", "text": ROOF, "created_at": "2025-11-16T00:00:00Z", "author_id": "1"}
    return x.X()._item({"data": data | changes})


def line(**row: Any) -> Item:
    import json

    return replayed._item(json.dumps({"id": "1", "text": ROOF} | row).encode(), "1")


def row(**cells: Any) -> Any:
    return next(iter(files.raw_posts([(2, {"text": ROOF} | cells)], {})))


def stored(post: RawPost, event: Event) -> Post:
    ingest.accept(posts=[post], source="wire", event=event)
    return Post.objects.get(source_id=post.source_id)


def believable(post: Post) -> bool:
    return time_bounds.EARLIEST <= post.created_at <= clock.now() + time_bounds.AHEAD


@EXTREMES
def test_a_time_that_cannot_be_true_comes_from_the_id_then_from_the_arrival(stated: datetime, event: Event) -> None:
    tweeted = stored(RawPost("1065844591805390849", "x", created_at=stated), event)
    assert (tweeted.time_source, tweeted.created_at.date().isoformat()) == ("snowflake", "2018-11-23")
    seen = clock.now() - timedelta(hours=2)
    post = stored(RawPost("a", "x", created_at=stated, seen_at=seen), event)
    assert (post.time_source, post.created_at) == ("import", seen)
    other = stored(RawPost("b", "x", created_at=stated), event)
    assert other.time_source == "import" and abs(other.created_at - clock.now()) < timedelta(minutes=5)


def test_what_a_post_stated_is_told_by_name(event: Event) -> None:
    posts = [RawPost("1", "x", created_at=YEAR_1), RawPost("2", "x"), RawPost("3", "x", created_at=clock.now())]
    (found,) = ingest.accept(posts=posts, source="wire", event=event).retimed
    assert (found.source_id, found.stated, found.time_source) == ("1", YEAR_1, "import")
    assert "Post '1'" in str(found) and "0001-01-01T00:00:00+00:00" in str(found)


@pytest.mark.parametrize("created", NO_TIMES, ids=repr)
@pytest.mark.parametrize(
    "item_from",
    [sky, lambda at: toot(created_at=at), lambda at: tweet(created_at=at), lambda at: line(created_at=at)],
    ids=["bluesky", "mastodon", "x", "replayed"],
)
def test_every_feed_tells_a_post_whatever_its_time(
    item_from: Callable[[Any], Item], created: Any, event: Event
) -> None:
    item = item_from(created)
    assert item.post is not None
    assert believable(stored(item.post, event))


@pytest.mark.parametrize("created", NO_TIMES, ids=repr)
def test_a_row_of_a_file_is_stored_or_named(created: Any, event: Event) -> None:
    found = row(created_at=created)
    if isinstance(found, RawPost):
        assert believable(stored(found, event))
    else:
        assert "created_at" in str(found)


def test_times_inside_ids_of_mastodon_and_x_are_used() -> None:
    assert ingest.time_of(toot(created_at="0001-01-01T00:00:00Z").post)[0].year == 2026  # type: ignore[arg-type]
    assert ingest.time_of(tweet(created_at="9999-12-31T00:00:00Z").post)[0].year == 2025  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "item",
    [
        lambda: toot(id="9" * 300), lambda: toot(id="9" * 5000), lambda: toot(id=float("inf")), lambda: toot(id="-5"),
        lambda: toot(id="9223372036854775807"), lambda: tweet(id="9" * 300), lambda: tweet(id="9223372036854775807"),
        lambda: sky("", time_us=10**30), lambda: sky("", time_us=253_402_300_799_999_999), lambda: sky("", time_us=float("nan")),
        lambda: line(created_at="2026-01-01", id=None) and Item(garbage=True),
    ],
)  # fmt: skip
def test_ids_and_cursors_out_of_range_are_one_item_of_garbage(item: Callable[[], Item]) -> None:
    assert item().garbage and not item().cursor


def test_a_bad_history_of_edits_costs_no_post() -> None:
    item = tweet(edit_history_tweet_ids=["9" * 300])
    assert item.post and item.post.source_id == "1990000000000000000" and not item.garbage


def test_a_bad_id_leaves_the_cursor_where_it_was() -> None:
    server = mastodon.Mastodon(address="https://server.example")
    good = {"id": "116000000000000000", "created_at": "2026-01-01T00:00:00Z", "content": ROOF, "account": {"acct": "a"}}
    assert server._item(good | {"id": "9" * 300}).garbage
    assert server._item(good).cursor == "116000000000000000"


def test_the_time_of_a_feed_is_never_in_the_far_future(event: Event) -> None:
    feed = Feed.objects.create(name="Sky", kind="mastodon", wanted=True, lease_owner="me", cursor_at=YEAR_9999)
    at = clock.now()
    intake.store(feed=feed, owner="me", items=[Item(at=YEAR_9999), Item(at=at, cursor="5")], source="wire")
    feed.refresh_from_db()
    assert feed.cursor_at == at


def test_lengths_and_tags_are_bounded_for_every_source(event: Event) -> None:
    post = RawPost(
        "i" * 1_000, "t\0ext\ud800" + "x" * 20_000, lang="<script>alert(1)", author_handle="a\0" * 5_000_000,
        revision="r" * 300, relation="nonsense", related_to="p" * 10_000,
    )  # fmt: skip
    ingest.accept(posts=[post, RawPost("ok", ROOF, lang="pt-BR")], source="wire", event=event)
    kept = Post.objects.exclude(source_id="ok").get()
    kept.full_clean(exclude=["event", "model_version", "reviewed_by", "text_key"])
    assert (len(kept.source_id), len(kept.author_handle), len(kept.text), kept.lang) == (255, 255, 10_000, "")
    assert Post.objects.get(source_id="ok").lang == "pt-BR"


def test_an_edit_is_bounded_as_a_new_post_is(event: Event) -> None:
    ingest.accept(posts=[RawPost("1", ROOF, revision="1")], source="wire", event=event)
    ingest.accept(
        posts=[RawPost("1", "new\0", revision="2", lang="x" * 99, created_at=YEAR_1)], source="wire", event=event
    )
    post = Post.objects.get()
    assert (post.text, post.lang) == ("new", "") and believable(post)


def test_an_id_of_a_file_that_is_too_long_is_a_bad_row() -> None:
    assert "255" in str(row(id="9" * 300))


def test_an_edit_dated_in_the_far_future_does_not_block_later_ones() -> None:
    first = toot(edited_at="9999-12-31T00:00:00Z").post
    later = toot(edited_at="2026-06-01T00:00:00Z").post
    assert first and later and "" < first.revision < later.revision


@EXTREMES
def test_grouping_goes_on_beside_a_post_of_another_age(stated: datetime, event: Event) -> None:
    posts = [
        RawPost(name, text, lang="en", author_handle=name) for name, text in (("a", ROOF), ("b", COPY), ("c", COPY))
    ]
    ingest.accept(posts=posts, source="wire", event=event)
    Post.objects.filter(source_id="a").update(created_at=stated)
    pipeline.drain()
    assert not grouping.waiting()
    assert Incident.objects.filter(size__gte=2).exists()


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Kiritimati", "America/Adak"])
@EXTREMES
def test_pages_answer_while_such_rows_are_stored(
    client: Client, people: dict[str, User], make_post: Callable[..., Post], stated: datetime, zone: str, event: Event
) -> None:
    Event.objects.update(time_zone=zone)
    good = make_post()
    bad = make_post(created_at=stated)
    Incident.objects.create(event=event, title="Old", started_at=stated, last_evidence_at=stated)
    view = SavedView.objects.create(name="All", owner=people["lead"], query="t=72h")
    client.force_login(people["lead"])
    for path in addresses(bad, view):
        response = client.get(path)
        assert response.status_code == 200, path
        if response.streaming:
            assert b"".join(response.streaming_content), path  # type: ignore[arg-type]
    assert good.pk


def addresses(post: Post, view: SavedView) -> list[str]:
    query = "?event=flood"
    return [
        *(reverse(name) + query for name in ("map", "map-data", "triage", "feed", "incidents", "sources", "analytics")),
        *(reverse("export-posts", args=[kind]) + query for kind in ("csv", "geojson", "kml")),
        reverse("export-incidents", args=["csv"]) + query,
        reverse("map-item", args=[post.pk]), reverse("triage-item", args=[post.pk]),
        reverse("triage-beside", args=[post.pk]), reverse("view-feed", args=[view.pk]),
    ]  # fmt: skip


@EXTREMES
def test_administrators_see_such_rows(
    client: Client, people: dict[str, User], make_post: Callable[..., Post], stated: datetime
) -> None:
    post = make_post(created_at=stated)
    Event.objects.update(started_at=stated)
    client.force_login(people["superuser"])
    for path in ("post/", f"post/{post.pk}/change/", "event/", f"event/{post.event_id}/change/"):
        assert client.get(f"/admin/responder/{path}").status_code == 200, path


@EXTREMES
def test_the_chart_shows_the_time_in_which_posts_can_be(
    client: Client, people: dict[str, User], make_post: Callable[..., Post], stated: datetime
) -> None:
    make_post(), make_post(created_at=stated)
    client.force_login(people["lead"])
    timeline = client.get(reverse("map-data"), {"event": "flood"}).json()["timeline"]
    assert timeline["bucket_minutes"] < 60


@EXTREMES
def test_the_sweep_puts_stored_times_right(stated: datetime, make_post: Callable[..., Post]) -> None:
    good, bad = make_post(), make_post(created_at=stated)
    PostEmbedding.objects.create(
        post=bad, event=bad.event, space="s", cell=-1, at=stated, vector=b"", signature=b"", grouped_at=clock.now()
    )
    assert repairs.times() == 1
    bad.refresh_from_db()
    assert (bad.created_at, bad.time_source) == (bad.received_at, "import")
    assert PostEmbedding.objects.get().at == bad.received_at
    audited = AuditEvent.objects.get(action="post.time_repaired")
    assert str(stated.year).zfill(4) in str(audited.detail)
    assert repairs.times() == 0 and Post.objects.get(pk=good.pk).time_source == "source"


RANGES = [
    "0001-01-01..9999-12-31", "0001-01-01t00:00+14:00..now", "9999-12-31t23:59-14:00..now", "now-3h..", "..now", "..",
    "now-999999d", "now-999999d..now-1h", "2026-13-45", "0000-00-00", "10000-01-01", "now--1h",
    "9999-12-31", "now..now-999999m", "2026-01-01..0001-01-01", "٢٠٢٦-٠١-٠١", "now-٣h",
]  # fmt: skip


@pytest.mark.parametrize("text", RANGES)
@pytest.mark.parametrize("name", ["map-data", "feed", "analytics", "triage", "incidents"])
def test_no_time_range_breaks_a_page(
    client: Client, people: dict[str, User], make_post: Callable[..., Post], name: str, text: str
) -> None:
    make_post()
    client.force_login(people["lead"])
    assert client.get(reverse(name), {"event": "flood", "t": text}).status_code == 200


@given(st.text(alphabet="0123456789-t:z+.now mhd", max_size=45))
def test_every_range_that_is_read_has_bounds_within_the_calendar(text: str) -> None:
    canonical = spans.parse(text)
    if canonical is not None:
        assert spans.parse(canonical) == canonical
        assert all(time_bounds.clamped(edge) == edge for edge in spans.bounds(canonical, clock.now()) if edge)
