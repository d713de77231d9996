"""Messages and answers with swapped types: one bad row is counted, the rest goes on, and nothing ends."""

import copy
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from classifier import clock
from responder.feeds import deletions
from responder.feeds.connectors import bluesky, mastodon, registry, x, x_compliance
from responder.feeds.connectors.base import FeedError, Item, Items, Unreachable
from responder.feeds.listener import Listener
from responder.models import Feed, Post
from tests.fakes.story import make_story
from tests.fakes.x import X, number_of
from tests.responder.feeds.test_broken_mastodon import server

NOW = clock.now()
TWEET = {
    "data": {
        "id": str(x.id_at(NOW)),
        "text": "Water is rising",
        "lang": "en",
        "author_id": "7",
        "created_at": NOW.isoformat(),
        "edit_history_tweet_ids": [str(x.id_at(NOW))],
        "referenced_tweets": [{"type": "quoted", "id": "5"}],
        "entities": {"urls": [{"expanded_url": "https://example.org/a"}]},
    },
    "includes": {"users": [{"id": "7", "username": "ana"}]},
}
STATUS = {
    "id": str(int(NOW.timestamp() * 1000) << 16),
    "created_at": NOW.isoformat(),
    "edited_at": NOW.isoformat(),
    "content": '<p>Water <a href="https://example.org/a">is rising</a></p>',
    "spoiler_text": "flood",
    "visibility": "public",
    "language": "en",
    "account": {"acct": "ana"},
    "card": {"url": "https://example.org/b"},
    "quote": {"quoted_status": {"id": "5"}},
    "in_reply_to_id": "6",
    "reblog": None,
}
RECORD = {
    "text": "Water is rising",
    "createdAt": NOW.isoformat(),
    "langs": ["en"],
    "facets": [{"features": [{"$type": bluesky.LINK, "uri": "https://example.org/a"}]}],
    "embed": {"record": {"uri": "at://did:plc:b/app.bsky.feed.post/1"}, "external": {"uri": "https://example.org/b"}},
    "reply": {"parent": {"uri": "at://did:plc:b/app.bsky.feed.post/2"}},
}
COMMIT = {"collection": bluesky.COLLECTION, "operation": "create", "rkey": "3k", "record": RECORD}
JETSTREAM1 = {"did": "did:plc:a", "time_us": int(NOW.timestamp() * 1e6), "kind": "commit", "commit": COMMIT}
JETSTREAM2 = {
    "$type": "message",
    "payload": {
        "seq": 5,
        "time": NOW.isoformat(),
        "did": "did:plc:a",
        "rkey": "3k",
        "operation": "create",
        "record": RECORD,
    },
}
PARSERS: dict[str, tuple[Any, Callable[[bytes], Item]]] = {
    "x": (TWEET, lambda held: x.X()._frame(held)),
    "mastodon": (STATUS, lambda held: mastodon.Mastodon()._event("update", held)),
    "jetstream 1": (JETSTREAM1, lambda held: bluesky.Jetstream1()._item(bluesky._parsed(held))),
    "jetstream 2": (JETSTREAM2, lambda held: bluesky.Jetstream2()._item(bluesky._parsed(held))),
}
DEEP = "deep"  # stands for 900 lists in each other
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(), st.text(max_size=20),
    st.lists(st.none() | st.integers() | st.text(max_size=5), max_size=3),
    st.dictionaries(st.text(max_size=5), st.none() | st.lists(st.integers(), max_size=2), max_size=3), st.just(DEEP),
)  # fmt: skip


def paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a value of a message may be swapped, the whole included."""
    yield before
    for key, held in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from paths(held, (*before, key))


def swapped(message: Any, path: tuple[Any, ...], value: Any) -> bytes:
    """The message with one value swapped."""
    holder = [copy.deepcopy(message)]
    inside: Any = holder
    for key in (0, *path)[:-1]:
        inside = inside[key]
    inside[(0, *path)[-1]] = value
    return json.dumps(holder[0]).replace(f'"{DEEP}"', "[" * 900 + "]" * 900).encode()


@pytest.mark.parametrize("name", PARSERS)
def test_what_is_sent_as_it_should_be_is_a_post(name: str) -> None:
    message, parse = PARSERS[name]
    item = parse(json.dumps(message).encode())
    assert item.post and item.post.text.endswith("Water is rising") and item.post.related_to and item.post.links


@pytest.mark.parametrize("name", PARSERS)
@given(data=st.data())
@settings(max_examples=200, deadline=None)
def test_a_swapped_type_is_garbage_or_left_out(name: str, data: st.DataObject) -> None:
    message, parse = PARSERS[name]
    value = data.draw(VALUES)
    try:
        item = parse(swapped(message, data.draw(st.sampled_from(list(paths(message)))), value))
    except FeedError:  # what X says before it hangs up
        return
    if post := item.post:
        texts = (
            post.source_id,
            post.text,
            post.lang,
            post.author_handle,
            post.revision,
            post.relation,
            post.related_to,
        )
        assert all(isinstance(one, str) for one in (*texts, *post.links))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("x", ("data", "text")),
        ("mastodon", ("content",)),
        ("mastodon", ("account", "acct")),
        ("jetstream 1", ("commit", "record", "text")),
        ("jetstream 1", ("did",)),
        ("jetstream 2", ("payload", "rkey")),
    ],
)
@pytest.mark.parametrize("value", [{"a": 1}, ["a"], 5, None, DEEP])
def test_what_must_be_text_is_not_made_up_from_something_else(name: str, path: tuple[str, ...], value: Any) -> None:
    message, parse = PARSERS[name]
    item = parse(swapped(message, path, value))
    assert item.garbage and item.post is None


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("x", ("includes",)),
        ("x", ("includes", "users", 0)),
        ("x", ("data", "edit_history_tweet_ids")),
        ("x", ("data", "referenced_tweets")),
        ("x", ("data", "author_id")),
        ("mastodon", ("quote",)),
        ("mastodon", ("card",)),
        ("jetstream 1", ("commit", "record", "langs")),
        ("jetstream 1", ("commit", "record", "embed")),
        ("jetstream 2", ("payload", "record", "reply")),
    ],
)
@pytest.mark.parametrize("value", [{"a": 1}, ["a"], 5, "x"])
def test_no_post_is_lost_for_what_stands_beside_it(name: str, path: tuple[Any, ...], value: Any) -> None:
    message, parse = PARSERS[name]
    post = parse(swapped(message, path, value)).post
    assert post and post.text.endswith("Water is rising")


class Odd(X):
    """X with some answers replaced."""

    def __init__(self, *arguments: Any, answers: dict[str, Any], **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.answers = answers

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Any) -> tuple[int, Any]:
        return (200, self.answers[path]) if path in self.answers else super().answer(method, path, query, body)


def connector(server: X) -> x.X:
    return x.X(address=server.address, token=server.token, terms=["water"], silence_s=5.0)


JOBS, STATE, RULES = "/2/compliance/jobs", "/2/compliance/jobs/77", "/2/tweets/search/stream/rules"
NO_JOBS = [[], "x", 5, None, {}, {"data": []}, {"data": None}, {"data": {"id": []}}, {"data": {"id": "../7"}}]


@pytest.mark.parametrize("path", [JOBS, STATE])
@pytest.mark.parametrize("answer", NO_JOBS)
def test_a_compliance_job_of_another_shape_is_an_error_of_the_source(path: str, answer: Any) -> None:
    with Odd([], answers={path: answer}).running() as server, pytest.raises(Unreachable):
        x_compliance.gone(["1"], address=server.address, token=server.token, sleep=lambda _: None)


def test_one_bad_row_of_a_compliance_answer_is_counted_and_the_rest_counts() -> None:
    rows = [
        b'{"id":"1","action":"delete","reason":"deleted"}',
        *(b"[]", b"5", b'"x"', b"null", b"{", b"[" * 5_000, b'{"id":null}', b'{"id":["4"]}', b'{"action":"delete"}'),
        b'{"id":"5","action":["delete"]}',
        b'{"id":2,"action":"delete","reason":["deleted"]}',
        b'{"id":"3","action":"scrub_geo","reason":"scrub_geo"}',
    ]
    with Odd([], answers={"/storage/down": b"\n".join(rows)}).running() as server, capture_logs() as logs:
        found = x_compliance.gone(["1", "2"], address=server.address, token=server.token, sleep=lambda _: None)
    assert found == {"1", "2"}
    (entry,) = [one for one in logs if one["log_level"] == "warning"]
    assert entry["rows"] == 10 and entry["first_lines"] == [2, 3, 4, 5, 6]


@pytest.mark.django_db
def test_one_source_with_an_odd_answer_does_not_keep_the_others_from_being_asked(
    make_feed: Any, event: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = make_story(3, deletes=0.4, start=NOW - timedelta(hours=2), step=timedelta(seconds=1))
    bad = make_feed("x")
    Feed.objects.update(name="a bad feed, asked first")
    good = make_feed("x")
    Feed.objects.update(seen_at=NOW)
    monkeypatch.setattr(x_compliance, "POLL_S", 0.0)
    for one in events:
        if one.verb == "post":
            Post.objects.create(source="x", source_id=number_of(one), text=one.text, created_at=NOW, event=event)
    with Odd(events, answers={JOBS: [[]]}).running() as odd, X(events).running() as server:
        servers = {bad.pk: odd, good.pk: server}
        monkeypatch.setattr(registry, "connect", lambda feed: connector(servers[feed.pk]))
        assert deletions.check_all() == 1


@pytest.mark.parametrize(
    "answer", [[], "x", 5, None, {"data": 5}, {"data": [5, None, {"tag": "responder", "value": []}]}]
)
def test_rules_of_another_shape_end_nothing_but_the_connection(answer: Any) -> None:
    with Odd([], answers={RULES: answer}).running() as server:
        reading = connector(server).read("", cursor_at=None)
        try:
            assert next(reading).caught_up
        except FeedError as error:
            assert isinstance(error, Unreachable)
        finally:
            reading.close()


SEARCHES: list[tuple[Any, int]] = [
    ({"data": "x"}, 1),
    ({"data": [5, None, [], {"id": []}, TWEET["data"]], "includes": 5, "meta": 5}, 4),
    ({"data": [TWEET["data"]], "includes": {"users": [5]}, "meta": {"next_token": ["x"]}}, 0),
    ({"data": [TWEET["data"]], "meta": {"next_token": "the same for ever"}}, 0),
]


@pytest.mark.parametrize(("answer", "garbage"), SEARCHES)
def test_a_page_of_a_search_counts_its_bad_rows(answer: Any, garbage: int) -> None:
    with Odd([], answers={"/2/tweets/search/recent": answer}).running() as server:
        source = connector(server)
        items = []
        for item in source.read(str(x.id_at(clock.now() - timedelta(minutes=5))), cursor_at=None):
            items.append(item)
            if item.caught_up:
                break
    assert sum(item.garbage for item in items) == garbage
    assert bool([item for item in items if item.post]) == ("x" not in answer["data"])


def test_one_bad_row_of_a_timeline_is_counted_and_the_rest_is_read() -> None:
    held = json.dumps([5, STATUS, None, {"id": []}, "x"]).encode()
    with server(lambda _: (200, held)) as address:
        source = mastodon.Mastodon(address=address)
        with mastodon.client(address, silence_s=5.0) as http:
            items = list(source._missed(http))
    assert sum(item.garbage for item in items) == 4 and sum(item.post is not None for item in items) == 1


def test_a_bad_row_among_the_posts_that_a_server_still_shows_erases_none() -> None:
    def answer(path: str) -> tuple[int, bytes]:
        if path.startswith("/api/v1/statuses?"):
            return 200, b'[{"id":"1"},null,5]'
        return (404, b"{}") if path.endswith("/3") else (200, b"{}")

    with server(answer) as address:
        assert mastodon.Mastodon(address=address).gone(["1", "2", "3"]) == {"3"}


class Broken:
    """A connector with a fault of its own."""

    source, replays = "x", True

    def read(self, cursor: str, *, cursor_at: Any) -> Items:
        yield Item(garbage=True)
        raise TypeError("list indices must be integers")

    def close(self) -> None:
        """Nothing to end."""


@pytest.mark.django_db
def test_a_fault_of_a_connector_is_shown_and_tried_again(make_feed: Any) -> None:
    feed = make_feed("x")
    slept: list[float] = []
    listener = Listener(feed.pk, connector=Broken())

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) > 1:
            listener.stop.set()

    listener._sleep = sleep
    listener.run()
    feed.refresh_from_db()
    assert len(slept) == 2 and "could not be read (TypeError)" in feed.last_error
    assert feed.garbage == 2 and feed.reconnects == 2
