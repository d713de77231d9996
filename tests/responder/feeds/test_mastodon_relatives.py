"""Pleroma, GoToSocial and Misskey's relatives: ids that are no numbers, no stream, and posts in shapes of their own."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from classifier import clock
from responder.feeds.connectors import mastodon, mastodon_ids
from responder.feeds.connectors.base import Item, Unreachable
from responder.feeds.raw_post import RawPost
from tests.fakes import relatives
from tests.fakes.relatives import Relative
from tests.responder.feeds.test_broken_mastodon import server

KINDS = pytest.mark.parametrize("kind", relatives.IDS)
AT = datetime(2024, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mastodon, "POLL_S", 0.02)


def read_until(source: mastodon.Mastodon, items: Iterator[Item], number: int) -> tuple[list[RawPost], str]:
    """The next posts of a connection, and the cursor then."""
    found: list[RawPost] = []
    cursor = ""
    for item in items:
        cursor = item.cursor or cursor
        if item.post:
            found.append(item.post)
        if len({post.source_id for post in found}) >= number:
            break
    return found, cursor


@KINDS
def test_a_server_without_a_stream_is_read_by_its_timeline_from_now_on(kind: str, begin: datetime) -> None:
    fake = Relative(kind, begin)
    fake.publish(5)
    with fake.running() as running:
        source = mastodon.Mastodon(address=running.address)
        items = source.read("", cursor_at=None)
        first, caught_up = next(items), next(items)
        assert first.cursor == fake.posts[-1]["id"] and caught_up.caught_up
        new = fake.publish(100)
        found, _cursor = read_until(source, items, 100)
        source.close()
    assert [post.source_id for post in found] == new
    assert found[0].text == "Water at house 5" and found[0].created_at == begin + timedelta(seconds=5)


@KINDS
def test_what_was_missed_is_read_from_the_cursor_on_page_by_page(kind: str, begin: datetime) -> None:
    fake = Relative(kind, begin)
    ids = fake.publish(130)
    with fake.running() as running:
        source = mastodon.Mastodon(address=running.address)
        found, cursor = read_until(source, source.read(ids[9], cursor_at=begin), 120)
        source.close()
    assert [post.source_id for post in found] == ids[10:] and cursor in ids
    pages = [path for path in fake.requests if "min_id" in path]
    assert len(pages) >= 3 and f"min_id={ids[9]}" in pages[0]


def test_a_cursor_of_such_a_server_stays_a_minute_behind_and_never_leads(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000.0]
    monkeypatch.setattr(mastodon_ids.time, "monotonic", lambda: now[0])
    progress = mastodon_ids.Progress("AbCdEf0123456789Zz")
    came: dict[str, float] = {}
    for n in range(300):
        now[0] += 1
        came[f"id{n:04}"] = now[0]
        cursor = progress.passed(f"id{n:04}")
        assert cursor == "AbCdEf0123456789Zz" or 60 <= now[0] - came[cursor] <= 66
    assert cursor != "AbCdEf0123456789Zz" and len(progress._earlier) < 20
    assert progress.start == cursor and mastodon_ids.Progress().start == ""


@pytest.mark.parametrize("page", [[], [{"id": "Aaa"}, {"id": "Bbb"}], [{"id": 5}, None, "x"]])
def test_a_timeline_that_never_moves_on_ends(page: list[Any]) -> None:
    asked: list[str] = []

    def answer(path: str) -> tuple[int, bytes]:
        asked.append(path)
        return 200, json.dumps(page).encode()

    with server(answer) as address:
        source = mastodon.Mastodon(address=address)
        source._progress = mastodon_ids.Progress("Aaa")
        with mastodon.client(address, silence_s=5.0) as http:
            list(source._missed(http))
    assert len(asked) <= 3


@KINDS
def test_deletions_are_asked_post_by_post_where_no_list_is_offered(kind: str, begin: datetime) -> None:
    fake = Relative(kind, begin)
    ids = fake.publish(3)
    removed = fake.posts.pop(1)["id"]
    with fake.running() as running:
        assert mastodon.Mastodon(address=running.address).gone(ids) == {removed}


def test_a_web_page_says_nothing_about_deletions(begin: datetime) -> None:
    fake = Relative("pleroma", begin)
    ids = fake.publish(2)
    fake._answer = lambda handler: fake._send(handler, 404, relatives.PAGE, kind="text/html")  # type: ignore[method-assign]
    with fake.running() as running, pytest.raises(Unreachable):
        mastodon.Mastodon(address=running.address).gone(ids)


def test_a_server_that_is_no_relative_is_told_to_a_person(begin: datetime) -> None:
    fake = Relative("pleroma", begin)
    fake._answer = lambda handler: fake._send(handler, 200, relatives.PAGE, kind="text/html")  # type: ignore[method-assign]
    with fake.running() as running, pytest.raises(Unreachable, match="not JSON"):
        list(mastodon.Mastodon(address=running.address).read("", cursor_at=None))


@pytest.mark.parametrize(("make", "tells"), [(relatives.flake, True), (relatives.ulid, True), (relatives.aidx, False)])
def test_ids_are_kept_as_they_are_and_tell_their_time_where_their_shape_is_plain(
    make: Callable[[datetime, int], str], tells: bool
) -> None:
    post_id = make(AT, 3)
    assert mastodon_ids.parse(post_id) == post_id
    assert mastodon_ids.time_of(post_id) == (AT if tells else None)
    item = mastodon.Mastodon()._item(status(id=post_id, created_at="0001-01-01T00:00:00Z"))
    assert item.post and item.post.id_time == (AT if tells else None) and item.at is None


@pytest.mark.parametrize(
    "value", ["", " ", "a b", "../x", "ä", "a" * 65, None, True, 1.5, [], {"a": 1}, -5, "9" * 30, "１２"]
)
def test_what_is_no_id_is_no_post(value: Any) -> None:
    assert mastodon.Mastodon()._item(status(id=value)).garbage


@pytest.mark.parametrize("make", [relatives.flake, relatives.ulid])
def test_an_id_of_the_future_is_no_post(make: Callable[[datetime, int], str]) -> None:
    assert mastodon.Mastodon()._item(status(id=make(clock.now() + timedelta(days=400), 1))).garbage


def status(**more: Any) -> dict[str, Any]:
    return {
        "id": relatives.ulid(AT, 1), "created_at": AT.isoformat(), "content": "<p>Help at the bridge</p>",
        "account": {"acct": "ana"}, "language": "en",
    } | more  # fmt: skip


def read(**more: Any) -> RawPost:
    post = mastodon.Mastodon(address="https://social.example")._item(status(**more)).post
    assert post is not None
    return post


PICTURES = [
    {"type": "image", "description": "A flooded road"},
    {"description": None},
    {"description": "A cut power line "},
    5,
]


@pytest.mark.parametrize(
    ("shape", "text"),
    [
        ({"content": "", "media_attachments": PICTURES}, "A flooded road\nA cut power line"),
        ({"content": "<p></p>", "media_attachments": PICTURES, "spoiler_text": "Flood"}, "Flood\nA flooded road\nA cut power line"),
        ({"media_attachments": PICTURES}, "Help at the bridge"),
        ({"poll": {"options": [{"title": "North gate"}, {"title": 5}, {"title": "South gate"}]}}, "Help at the bridge\nNorth gate\nSouth gate"),
        ({"poll": None, "spoiler_text": None, "media_attachments": None}, "Help at the bridge"),
        ({"content": 'Road <a class="u-url mention" href="https://x.example/@a">@a</a> is<br>closed'}, "Road @a is\nclosed"),
    ],
)  # fmt: skip
def test_words_come_from_text_warning_poll_and_else_from_pictures(shape: dict[str, Any], text: str) -> None:
    assert read(**shape).text == text


def test_a_boost_is_a_repeat_with_the_full_text_by_its_own_author() -> None:
    original = status(
        id=relatives.ulid(AT, 9), content="<p>Boats needed</p>", account={"acct": "ben@other.example"}, language="pt"
    )
    post = read(content="", reblog=original, language=None)
    assert (post.text, post.lang, post.author_handle) == ("Boats needed", "pt", "ana@social.example")
    assert (post.relation, post.related_to, post.source_id) == ("repeat", original["id"], relatives.ulid(AT, 1))


@pytest.mark.parametrize("reblog", [True, "x", [5], {"visibility": "private", "content": "Boats", "id": "1"}])
def test_a_boost_of_what_is_not_public_or_not_readable_is_no_post(reblog: Any) -> None:
    item = mastodon.Mastodon()._item(status(content="", reblog=reblog))
    assert item.post is None and item.cursor


@pytest.mark.parametrize(
    "shape",
    [
        {"quote": {"state": "accepted", "quoted_status": {"id": "Qq1"}}},
        {"quote": {"state": "accepted", "quoted_status_id": "Qq1"}},
        {"quote": {"id": "Qq1", "content": "<p>quoted</p>"}},
        {"quote_id": "Qq1"},
        {"pleroma": {"quote": {"id": "Qq1"}}},
        {"pleroma": {"quote": None, "quote_id": "Qq1"}, "in_reply_to_id": "Rr1"},
    ],
)
def test_quotes_of_each_server_are_told(shape: dict[str, Any]) -> None:
    post = read(**shape)
    assert (post.relation, post.related_to) == ("quote", "Qq1")


def test_replies_and_edits_of_servers_with_other_ids_are_told() -> None:
    post = read(in_reply_to_id=relatives.aidx(AT, 4), edited_at="2024-03-01T12:05:00.000Z")
    assert (post.relation, post.related_to) == ("reply", relatives.aidx(AT, 4))
    assert post.revision > read(edited_at="2024-03-01T12:04:59.000Z").revision > read().revision == ""
