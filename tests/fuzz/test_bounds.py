"""One table of every value from outside: what is kept of it at its bound, and beyond."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from classifier import clock, time_bounds
from classifier.tables import limits
from responder.chosen_place import NAME_LIMIT
from responder.events import reading
from responder.feeds import ingest, source_positions
from responder.feeds.connectors import (
    base,
    bluesky,
    http,
    mastodon,
    mastodon_html,
    mastodon_ids,
    replayed,
    x,
    x_compliance,
)
from responder.feeds.raw_post import RawPost, SourcePosition
from responder.field_reports import contacts, inbound, mail_text, mailbox, message_parts, public, typed
from responder.field_reports import limits as report_limits
from responder.field_reports import positions as report_positions
from responder.models import Event, Post, polygons
from responder.models import event as event_model
from responder.privacy import links
from responder.queries import filters, spans, words
from responder.web import bodies

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "outside-values.md"
STATED = {
    "Text of a post": [base.MAX_TEXT],
    "HTML of a post (Mastodon)": [mastodon.MOST_HTML, mastodon_html.MOST_TAGS],
    "Id of a post": [base.MAX_ID],
    "Stated time": [time_bounds.EARLIEST.year],
    "Cursor": [bluesky.LEAP],
    "Language tag": [ingest.MAX_TAG],
    "Handle of the author": [ingest.MAX_HANDLE],
    "Number of an edit": [ingest.MAX_REVISION],
    "Position": [int(source_positions.LARGEST_KM)],
    "Links": [base.MOST_LINKS, links.MOST, links.LONGEST],
    "A message or an answer in JSON": [
        base.MOST_VALUES, bluesky.MOST_BYTES // 10**6, http.MOST_BYTES // 10**6, x_compliance.MOST_BYTES // 10**6
    ],
    "A row of NDJSON": [limits.VALUE_LIMIT, limits.LINE_LIMIT],
    "A table": [limits.COLUMN_LIMIT, limits.LINE_LIMIT],
    "The area of an event or a team": [polygons.TEXT_LIMIT, polygons.MOST_POINTS],
    "Names of an event": [
        reading.NAME_MINIMUM, event_model.NAME_LIMIT, event_model.MOST_KEYWORDS, event_model.KEYWORD_LIMIT, event_model.MOST_COUNTRIES,
    ],
    "A report typed by the team": [typed.TEXT_LIMIT, contacts.NAME_LIMIT, contacts.TELEPHONE_LIMIT, NAME_LIMIT],
    "A report of the public form": [
        public.TEXT_LIMIT, report_positions.PLACE_LIMIT, bodies.SMALL // 1_000, report_limits.PER_ADDRESS,
        report_limits.PER_EVENT,
    ],
    "A message of an SMS gateway": [
        inbound.TEXT_LIMIT, contacts.TELEPHONE_LIMIT, inbound.ID_LIMIT, inbound.MOST_VALUES, message_parts.MOST_PARTS,
        inbound.TOLERANCE_S // 60, bodies.FREE // 1_000,
    ],
    "An email": [
        mailbox.MOST_BYTES // 1_024, mail_text.MOST_PARTS, mail_text.TEXT_LIMIT, mail_text.SUBJECT_LIMIT,
        mail_text.MOST_NAMES, mailbox.MOST_MESSAGES, int(mailbox.DEADLINE_S),
    ],
    "A filter in an address": [
        filters.TYPED_LIMIT, filters.PARAMETER_LIMIT, words.TERMS, time_bounds.EARLIEST.year, spans.UNTIL.year - 1
    ],
}  # fmt: skip
NOW = clock.now().replace(microsecond=0)
POST = RawPost("1", "Water is rising", created_at=NOW)
LONG = "x" * 20_000
KEPT: list[tuple[str, Any, str, Any]] = [
    ("source_id", "9" * 300, "source_id", "9" * 255),
    ("source_id", "a\0b", "source_id", "ab"),
    ("text", LONG, "text", "x" * 10_000),
    ("text", "a\0\ud800", "text", "a?"),
    ("lang", "pt-BR", "lang", "pt-BR"),
    ("lang", "x" * 13, "lang", ""),
    ("lang", "e\nn", "lang", ""),
    ("lang", "<b>", "lang", ""),
    ("author_handle", LONG, "author_handle", "x" * 255),
    ("revision", LONG, "revision", "x" * 20),
    ("relation", "likes", "relation", ""),
    ("relation", "quote", "relation", "quote"),
    ("related_to", LONG, "related_to", "x" * 255),
    ("links", ("javascript:alert(1)", "https://example.org/" + LONG), "links", []),
    ("links", tuple(f"https://example.org/{n}" for n in range(30)), "links", [f"https://example.org/{n}" for n in range(10)]),
    ("created_at", NOW, "created_at", NOW),
    ("created_at", datetime(2000, 1, 1, tzinfo=UTC), "created_at", datetime(2000, 1, 1, tzinfo=UTC)),
    ("created_at", datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC), "time_source", "import"),
    ("created_at", NOW + timedelta(days=2), "time_source", "import"),
    ("created_at", datetime.max.replace(tzinfo=UTC), "time_source", "import"),
    ("created_at", datetime(2026, 1, 1), "time_source", "import"),
]  # fmt: skip


def number_of(value: object) -> str:
    """A name for a value that may be too long to write."""
    return f"{type(value).__name__} of {value.bit_length()} bits" if isinstance(value, int) else repr(value)[:20]


def test_the_page_says_the_bounds_of_the_code() -> None:
    rows = {
        cells[1].strip(): cells[2]
        for line in PAGE.read_text("utf-8").splitlines()
        if len(cells := line.split("|")) == 5
    }
    assert STATED.keys() <= rows.keys()
    for name, figures in STATED.items():
        said = [int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*", rows[name])]
        assert set(figures) <= set(said), (name, figures, said)


@pytest.mark.django_db
@pytest.mark.parametrize(("field", "given", "column", "kept"), KEPT, ids=lambda value: repr(value)[:30])
def test_what_is_stored_of_a_value(event: Event, field: str, given: Any, column: str, kept: Any) -> None:
    ingest.accept(posts=[replace(POST, **{field: given})], source="wire", event=event)
    assert getattr(Post.objects.get(), column) == kept


@pytest.mark.parametrize(
    "value", [{"a": 1}, ["a"], None, True, float("nan"), float("inf"), 10**5_000, -(10**400), []], ids=number_of
)
def test_nothing_but_texts_and_numbers_becomes_a_text(value: object) -> None:
    assert base.clean(value) == ""


@pytest.mark.parametrize(
    ("value", "text"), [("a", "a"), (5, "5"), (2**63 - 1, "9223372036854775807"), (1.5, "1.5"), ("٣", "٣")]
)
def test_a_text_or_a_number_is_kept(value: object, text: str) -> None:
    assert base.clean(value) == text


@pytest.mark.parametrize(
    "value", ["nan", "inf", "1e309", "9" * 400, 10**400, float("nan"), True, [], "91", "", None], ids=number_of
)
def test_a_latitude_that_cannot_be_one_is_left_out(value: object) -> None:
    assert source_positions.from_columns(value, 34.8) is None


def test_a_position_at_the_edge_of_the_world_is_kept() -> None:
    assert isinstance(source_positions.from_columns("-90", "180"), SourcePosition)


def jetstream2(seq: int) -> dict[str, Any]:
    payload = {"seq": seq, "time": NOW.isoformat(), "did": "did:plc:a", "rkey": "3k", "operation": "create"}
    return {"$type": "message", "payload": payload | {"record": {"text": "Water"}}}


def test_a_cursor_does_not_follow_one_number_far_ahead() -> None:
    source = bluesky.Jetstream2()
    cursors = [
        source._item(jetstream2(seq)).cursor for seq in (1_000_000, 2**63 - 1, 1_000_001, 9 * 10**9, 9 * 10**9 + 1)
    ]
    assert cursors == ["1000000", "1000000", "1000001", "1000001", str(9 * 10**9 + 1)]


def test_a_cursor_is_never_ahead_of_the_clock() -> None:
    ahead = clock.now() + timedelta(hours=20)
    commit = {"collection": bluesky.COLLECTION, "operation": "create", "rkey": "3k", "record": {"text": "Water"}}
    sky = bluesky.Jetstream1()._item(
        {"did": "d", "time_us": int(ahead.timestamp() * 1e6), "kind": "commit", "commit": commit}
    )
    status = {
        "id": str(mastodon_ids.id_at(ahead)),
        "created_at": ahead.isoformat(),
        "content": "Water",
        "account": {"acct": "a"},
    }
    toot = mastodon.Mastodon(address="https://server.example")._item(status)
    tweet = x.X()._item({"data": {"id": str(x.id_at(ahead)), "text": "Water"}})
    assert sky.post and toot.post and tweet.post
    now = clock.now()
    assert int(sky.cursor) <= now.timestamp() * 1e6
    assert int(toot.cursor) <= mastodon_ids.id_at(now) | 0xFFFF and int(tweet.cursor) <= x.id_at(now) + 1


@pytest.mark.parametrize("field", ["did", "rkey", "operation"])
@pytest.mark.parametrize("value", ["", " ", "\0", None, [], "x\0"[1:]])
def test_an_event_that_names_no_post_is_garbage(field: str, value: object) -> None:
    message = jetstream2(5)
    message["payload"][field] = value
    assert bluesky.Jetstream2()._item(message).garbage


@pytest.mark.parametrize("field", ["id", "text"])
@pytest.mark.parametrize("value", ["", " ", "\0", None, [], {"a": 1}, True])
def test_a_numbered_event_without_id_or_words_is_garbage(field: str, value: object) -> None:
    import json

    item = replayed._item(json.dumps({"id": "1", "text": "Water"} | {field: value}).encode(), "7")
    assert item.garbage and item.cursor == "7" and item.post is None


@pytest.mark.parametrize(
    "line",
    [b"\xff\xfe{", b"[" * 5_000, b'{"id": 1, "text": "\xed\xa0\x80"', b"", b"9" * 5_000, b'{"delete": {"a": 1}}'],
)
def test_a_line_that_cannot_be_read_is_garbage_and_the_next_one_is_read(line: bytes, tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"
    path.write_bytes(line + b'\n{"id": "2", "text": "Water"}\n')
    source = replayed.Replayed(address=str(path))
    items = []
    for item in source.read("", cursor_at=None):
        items.append(item)
        if item.post:
            source.close()
    assert [(one.garbage, bool(one.post), one.cursor) for one in items[1:]] == [(True, False, "1"), (False, True, "2")]


def test_a_status_of_the_far_future_does_not_end_the_reading_of_a_timeline(monkeypatch: pytest.MonkeyPatch) -> None:
    def status(number: int) -> dict[str, Any]:
        return {
            "id": str(number),
            "created_at": NOW.isoformat(),
            "content": f"Water {number}",
            "account": {"acct": "a"},
        }

    first = mastodon_ids.id_at(NOW - timedelta(minutes=1))
    pages = [[status(2**63 - 1), status(first)], [status(first + 1)], []]
    asked: list[str] = []

    def answer(*_arguments: Any, params: dict[str, str], **_more: Any) -> Any:
        asked.append(params.get("min_id", ""))
        return pages[len(asked) - 1], {}

    monkeypatch.setattr(mastodon, "asked_page", answer)
    items = list(mastodon.Mastodon(address="https://server.example")._missed(None))  # type: ignore[arg-type]
    assert asked == ["", str(first), str(first + 1)]
    assert [item.garbage for item in items] == [False, True, False]


def tweet(**changes: Any) -> base.Item:
    data = {"id": str(x.id_at(NOW)), "text": "Water", "author_id": "7"}
    return x.X()._item({"data": data | changes, "includes": {"users": [{"id": "7", "username": {"a": 1}}]}})


def test_a_history_names_no_other_post() -> None:
    edited = str(x.id_at(NOW - timedelta(minutes=30)))
    found = tweet(edit_history_tweet_ids=["1", edited, "9" * 18, {"a": 1}]).post
    assert found and found.source_id == edited and found.revision == f"{x.id_at(NOW):020d}"


def test_a_post_of_x_without_words_is_passed_over_and_paid() -> None:
    item = tweet(text="\0 ")
    assert item.post is None and not item.garbage and item.billed == 1 and item.cursor


@pytest.mark.parametrize("other", [None, {"a": 1}, "nan", "-5", "9" * 300, []])
def test_a_relation_to_no_post_is_left_out(other: object) -> None:
    found = tweet(referenced_tweets=[{"type": "quoted", "id": other}]).post
    assert found and (found.relation, found.related_to, found.author_handle) == ("", "", "7")


@pytest.mark.parametrize(
    "post_id", ["nan", "NA", "None", "null", "", " ", "-5", "1e18", "9" * 300, "../1", True, 1.5, []]
)
def test_what_is_no_id_of_a_server_is_garbage_and_the_cursor_stays(post_id: object) -> None:
    source = mastodon.Mastodon(address="https://server.example")
    good = {
        "id": str(mastodon_ids.id_at(NOW)),
        "created_at": NOW.isoformat(),
        "content": "Water",
        "account": {"acct": "a"},
    }
    cursor = source._item(good).cursor
    assert source._item(good | {"id": post_id}).garbage
    assert source._item(good).cursor == cursor and source._progress.start.isdecimal()


def test_a_deletion_that_names_no_post_is_garbage() -> None:
    source = mastodon.Mastodon(address="https://server.example")
    source._lines = [b"event: delete", b"", b"event: delete", b"data: {}", b"", b"event: delete", b"data: 5", b""]  # type: ignore[assignment]
    assert [(item.deleted, item.garbage) for item in source._events()] == [("", True), ("", True), ("5", False)]
