"""Rows of arbitrary values in every known shape: posts or named bad rows come out, and nothing else."""

import copy
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from classifier import time_bounds
from classifier.tables import MAX_TEXT, BadRow, Row, UnusableInput
from responder.feeds.raw_post import RawPost
from responder.feeds.shapes import raw_posts, understand
from responder.feeds.storable import MAX_ID

WORDS = "Bridge down in Buzi"
STATUS = {"id_str": "7", "text": WORDS, "user": {"screen_name": "a"}, "created_at": "Mon Feb 06 03:12:45 +0000 2023",
          "extended_tweet": {"full_text": WORDS}, "entities": {"urls": [{"expanded_url": "https://example.org"}]},
          "place": {"bounding_box": {"coordinates": [[[1, 2], [3, 4]]]}}, "geo": {"coordinates": [1, 2]},
          "extended_entities": {"media": [{"ext_alt_text": WORDS}]}, "quoted_status_id": 5}  # fmt: skip
TWEET = {"id": "7", "text": WORDS, "author_id": "1", "author": {"username": "a"}, "created_at": "2023-02-06T03:20:00.000Z",
         "referenced_tweets": [{"type": "retweeted", "id": "5", "text": WORDS}], "edit_history_tweet_ids": ["7", "9"],
         "note_tweet": {"text": WORDS}, "geo": {"place_id": "p"}, "attachments": {"media_keys": ["m"]}}  # fmt: skip
RECORD = {"text": WORDS, "createdAt": "2023-02-06T03:20:00.000Z", "langs": ["en"], "embed": {"images": [{"alt": "x"}],
          "record": {"uri": "at://did:plc:b/app.bsky.feed.post/5"}}, "reply": {"parent": {"uri": "u"}}}  # fmt: skip
SHAPES: list[dict[str, Any]] = [
    STATUS,
    STATUS | {"retweeted_status": copy.deepcopy(STATUS)},
    {"tweet": copy.deepcopy(STATUS)},
    TWEET,
    {"data": [copy.deepcopy(TWEET)], "meta": {"result_count": 1}, "includes": {
        "users": [{"id": "1", "username": "a"}], "places": [{"id": "p", "geo": {"bbox": [1, 2, 3, 4]}}],
        "tweets": [copy.deepcopy(TWEET)], "media": [{"media_key": "m", "alt_text": "x"}]}},
    {"id": "7", "content": "<p>x</p>", "account": {"acct": "a"}, "reblog": None, "language": "en", "created_at": "2023-02-06",
     "media_attachments": [{"description": "x"}], "quote": {"quoted_status": {"id": 5}}, "in_reply_to_id": "6"},
    {"actor": "a", "object": {"id": "7", "content": "x", "published": "2023", "contentMap": {"en": "x"}, "attachment": []}},
    {"uri": "at://d/app.bsky.feed.post/1", "author": {"handle": "a"}, "record": RECORD, "indexedAt": "2023-02-06T03:20:00Z"},
    {"did": "d", "time_us": 1, "commit": {"rkey": "1", "operation": "create", "record": RECORD}},
    {"id": 1, "data": {"text": WORDS, "id": "7"}, "annotations": [], "predictions": []},
    {"text": WORDS, "_input_hash": 1, "_task_hash": 2, "meta": {"id": "7"}},
    {"id": "1", "text": WORDS, "created_at": "06/02/2023", "lang": "en", "author": "a", "latitude": "1.5", "longitude": "2.5"},
    {"title": "T", "description": WORDS, "_geolocation": "[1.5, 2.5]", "_submission_time": "2023", "_uuid": "u"},
    {"data_status": "Actual", "source_id": "", "severity_word": "Low", "id": 1, "text": WORDS, "radius_km": 3, "latitude": 1,
     "longitude": 2},
]  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), st.integers(10**15, 10**40),
    st.sampled_from(["nan", "", "1.6E+18", "0001-01-01", "99/99/9999", "[1, 2]", "{", "\ud800", "\0", "x" * 20_000]),
)  # fmt: skip
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def paths(value: Any, above: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path for key, one in inner for path in ((*above, key), *paths(one, (*above, key)))]


@st.composite
def rows(draw: st.DrawFn) -> dict[str, Any]:
    """A row of a known shape in which some values are swapped for others, or missing."""
    row: Any = copy.deepcopy(draw(st.sampled_from(SHAPES)))
    for _ in range(draw(st.integers(0, 3))):
        *above, last = draw(st.sampled_from(paths(row) or [("text",)]))
        holder = row
        for key in above:
            holder = holder[key]
        if draw(st.booleans()):
            holder[last] = draw(VALUES)
        elif isinstance(holder, dict):
            holder.pop(last, None)
    return row


@given(st.lists(rows() | st.dictionaries(st.text(max_size=8), VALUES, max_size=4), min_size=1, max_size=4))
def test_any_row_is_a_post_or_a_bad_row(given_rows: list[dict[str, Any]]) -> None:
    numbered = [(line, Row(row)) for line, row in enumerate(given_rows, 1)]
    try:
        found = list(raw_posts(numbered, {}))
        understand(None, numbered, {})
    except UnusableInput as error:
        assert "--map text=COLUMN" in str(error)
        return
    assert len(found) >= len(given_rows)
    assert {row.line for row in found} == set(range(1, len(given_rows) + 1))
    for row in found:
        if isinstance(row, BadRow):
            assert row.reason and len(row.reason) < 1_000
        else:
            assert_is_bounded(row)


def assert_is_bounded(post: RawPost) -> None:
    assert 0 < len(post.source_id) <= MAX_ID and post.text.strip() and len(post.text) <= MAX_TEXT
    for text in (post.source_id, post.text, post.author_handle, post.lang, post.related_to):
        assert "\0" not in text and text.encode().decode() == text  # no half of a surrogate pair
    assert post.created_at is None or time_bounds.is_possible(post.created_at)
    assert post.relation in ("", "repeat", "quote", "reply") and len(post.related_to) <= MAX_ID
    assert (
        len(post.author_handle) <= 255 and len(post.lang) <= 12 and len(post.revision) <= 20 and len(post.links) <= 30
    )
    assert all(len(repair.detail) < 500 and repair.line == post.line for repair in post.repairs)
