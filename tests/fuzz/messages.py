"""Messages of every connector, valid ones and what becomes of them on the way; each as bytes of the wire."""

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from classifier import clock
from responder.feeds.connectors import bluesky, http, mastodon, replayed, x
from responder.feeds.connectors.base import Item
from tests.fuzz import odd

NOW = clock.now() - timedelta(hours=1)
LINK = "https://example.org/a"


def tweet(number: int) -> dict[str, Any]:
    post_id = str(x.id_at(NOW) + number)
    return {
        "data": {
            "id": post_id, "text": f"Water is rising in Beira {number}", "lang": "en", "author_id": "7", "created_at": NOW.isoformat(),
            "edit_history_tweet_ids": [post_id], "referenced_tweets": [{"type": "quoted", "id": "5"}],
            "entities": {"urls": [{"expanded_url": LINK, "unwound_url": LINK}]}, "note_tweet": {"text": f"Water is rising in Beira {number}, send boats"},
            "geo": {"place_id": "p", "coordinates": {"type": "Point", "coordinates": [34.84, -19.84]}},
            "attachments": {"media_keys": ["3_1"]}, "public_metrics": {"retweet_count": 3, "like_count": 9}, "possibly_sensitive": False,
        },
        "includes": {
            "users": [{"id": "7", "username": "ana"}], "media": [{"media_key": "3_1", "type": "photo", "alt_text": "a flooded road"}],
            "tweets": [{"id": "5", "text": "A bridge is gone", "author_id": "7", "lang": "en"}],
            "places": [{"id": "p", "full_name": "Beira", "geo": {"bbox": [34.8, -19.9, 34.9, -19.8]}}],
        },
        "matching_rules": [{"id": "1", "tag": "water"}],
    }  # fmt: skip


def status(number: int) -> dict[str, Any]:
    return {
        "id": str((int(NOW.timestamp() * 1000) << 16) + number), "created_at": NOW.isoformat(), "edited_at": None, "spoiler_text": "flood",
        "content": f'<p>Water <a href="{LINK}" class="x" rel="nofollow">is rising</a> in Beira {number}</p>', "visibility": "public",
        "language": "en", "account": {"acct": "ana", "id": "1"}, "card": {"url": LINK}, "quote": {"quoted_status": {"id": "5"}},
        "in_reply_to_id": "6", "reblog": None, "media_attachments": [{"type": "image", "description": "a flooded road"}],
        "mentions": [{"acct": "ben", "url": LINK}], "tags": [{"name": "flood"}], "uri": f"https://server.example/1/{number}",
    }  # fmt: skip


def record(number: int) -> dict[str, Any]:
    return {
        "text": f"Water is rising in Beira {number}", "createdAt": NOW.isoformat(), "langs": ["en"], "tags": ["flood"],
        "facets": [{"index": {"byteStart": 0, "byteEnd": 5}, "features": [{"$type": bluesky.LINK, "uri": LINK}]}],
        "embed": {
            "record": {"uri": "at://did:plc:b/app.bsky.feed.post/1"}, "external": {"uri": LINK, "title": "t"},
            "images": [{"alt": "a flooded road"}],
        },
        "reply": {"parent": {"uri": "at://did:plc:b/app.bsky.feed.post/2"}, "root": {"uri": "at://did:plc:b/app.bsky.feed.post/2"}},
    }  # fmt: skip


def jetstream1(number: int) -> dict[str, Any]:
    commit = {"collection": bluesky.COLLECTION, "operation": "create", "rkey": f"3k{number}", "cid": "c", "rev": "r"}
    return {
        "did": "did:plc:a", "time_us": int(NOW.timestamp() * 1e6) + number, "kind": "commit", "commit": commit | {"record": record(number)},
    }  # fmt: skip


def jetstream2(number: int) -> dict[str, Any]:
    payload = {
        "seq": 1_000_000 + number,
        "time": NOW.isoformat(),
        "did": "did:plc:a",
        "rkey": f"3k{number}",
        "operation": "create",
    }
    return {"$type": "message", "payload": payload | {"record": record(number)}}


def numbered(number: int) -> dict[str, Any]:
    return {
        "id": f"n{number}", "text": f"Water is rising in Beira {number}", "created_at": NOW.isoformat(), "lang": "en", "author": "ana", "revision": "1",
    }  # fmt: skip


Read = Callable[[list[bytes]], Iterator[Item]]


def read_jetstream(kind: type[bluesky._Jetstream]) -> Read:
    return lambda held: kind()._listen((bluesky._parsed(one) for one in held), "", None)


def read_mastodon_stream(held: list[bytes]) -> Iterator[Item]:
    source = mastodon.Mastodon(address="https://server.example")
    lines = [
        line for one in held for line in (b"event: update", b"data: " + one.replace(b"\n", b" "), b"", b":thump", b"")
    ]
    source._lines = lines  # type: ignore[assignment]
    return source._events()


def read_mastodon_edits(held: list[bytes]) -> Iterator[Item]:
    source = mastodon.Mastodon(address="https://server.example")
    lines = [line for one in held for line in (b"event: status.update", b"data: " + one.replace(b"\n", b" "), b"")]
    source._lines = lines  # type: ignore[assignment]
    return source._events()


def read_deletions(held: list[bytes]) -> Iterator[Item]:
    source = mastodon.Mastodon(address="https://server.example")
    source._lines = [line for one in held for line in (b"event: delete", b"data: " + one[:600], b"")]  # type: ignore[assignment]
    return source._events()


def read_timeline(held: list[bytes]) -> Iterator[Item]:
    """The timeline by REST, in one answer; an answer that is no JSON ends the connection, and nothing moves on."""
    source = mastodon.Mastodon(address="https://server.example")
    answers = iter([b"[" + b",".join(held) + b"]"])
    with answering(answers):
        yield from source._missed(None)  # type: ignore[arg-type]


def read_x_stream(held: list[bytes]) -> Iterator[Item]:
    source = x.X(terms=["water"], token="t")
    source._highest = x.id_at(NOW)
    return source._listen(None, held, clock.now(), settled=True)  # type: ignore[arg-type]


def read_search(held: list[bytes]) -> Iterator[Item]:
    """Recent search: the posts of the frames in one answer."""
    source = x.X(terms=["water"], token="t")
    with answering(iter([b'{"data":[' + b",".join(held) + b'],"includes":{"users":[{"id":"7"}]}}'])):
        yield from source._missed(None, clock.now() - timedelta(minutes=9), clock.now())  # type: ignore[arg-type]


def read_numbered(held: list[bytes]) -> Iterator[Item]:
    for number, one in enumerate(held, start=1):
        yield replayed._item(one, str(number))


class answering:
    """A context in which every request is answered with the next of some bodies, then with an empty list or object."""

    def __init__(self, bodies: Iterator[bytes]) -> None:
        self.bodies, self.before = bodies, http.body_of

    def __enter__(self) -> None:
        http.body_of = lambda *_arguments, **_more: next(self.bodies, b"{}")  # type: ignore[assignment]

    def __exit__(self, *_error: object) -> None:
        http.body_of = self.before


@dataclass(frozen=True)
class Wire:
    """A kind of connection: its valid message, how messages are read, and what the posts' source is called."""

    message: Callable[[int], Any]
    read: Read
    source: str
    alone: bool = True  # whether each message is read by itself: a bad one costs itself alone


WIRES = {
    "bluesky 1": Wire(jetstream1, read_jetstream(bluesky.Jetstream1), "bluesky"),
    "bluesky 2": Wire(jetstream2, read_jetstream(bluesky.Jetstream2), "bluesky"),
    "mastodon": Wire(status, read_mastodon_stream, "mastodon:server.example"),
    "mastodon edits": Wire(lambda n: status(n) | {"edited_at": NOW.isoformat()}, read_mastodon_edits, "mastodon:server.example"),
    "mastodon timeline": Wire(status, read_timeline, "mastodon:server.example", alone=False),
    "mastodon deletions": Wire(lambda n: int(status(n)["id"]), read_deletions, "mastodon:server.example"),
    "x": Wire(tweet, read_x_stream, "x"),
    "x search": Wire(lambda n: tweet(n)["data"], read_search, "x", alone=False),
    "numbered": Wire(numbered, read_numbered, "drill"),
}  # fmt: skip


def paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a value of a message may be changed, the whole included."""
    yield before
    for key, held in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield from paths(held, (*before, key))


def changed(message: Any, path: tuple[Any, ...], change: str, value: Any) -> Any:
    """A copy of the message with a value replaced, left out, renamed or wrapped."""
    holder = {0: copy.deepcopy(message)}
    inside: Any = holder
    for key in (0, *path)[:-1]:
        inside = inside[key]
    key = (0, *path)[-1]
    if change == "drop" and path:
        del inside[key]
    elif change == "rename" and isinstance(key, str):
        inside[key.upper()] = inside.pop(key)
    elif change == "wrap":
        inside[key] = [inside[key]]
    else:
        inside[key] = value
    return holder.get(0)


@st.composite
def messages(draw: st.DrawFn, make: Callable[[int], Any], number: int) -> bytes:
    """A message after one to three changes of its values, and perhaps one of its bytes."""
    message = make(number)
    for _ in range(draw(st.sampled_from([1, 1, 2, 3]))):
        path = draw(st.sampled_from(list(paths(message))))
        message = changed(
            message, path, draw(st.sampled_from(["swap"] * 5 + ["drop", "rename", "wrap"])), draw(odd.VALUES)
        )
    form = draw(st.sampled_from(["plain"] * 6 + ["utf-8", "twice", "broken", "encoding"]))
    text = odd.placed(json.dumps(message, ensure_ascii=form != "utf-8"))
    if form == "twice" and text.startswith("{"):
        text = odd.placed(json.dumps({"id": draw(odd.VALUES), "data": 1}))[:-1] + "," + text[1:]
    if form == "encoding":
        return text.encode(draw(st.sampled_from(odd.ENCODINGS)), "replace")
    content = text.encode("utf-8", "surrogatepass")
    return draw(odd.broken_bytes(content)) if form == "broken" else content


def placed_whole(wire: Wire, number: int) -> bytes:
    """A valid message of a wire."""
    return json.dumps(wire.message(number)).encode()
