"""Posts from files."""

from datetime import UTC, datetime

import pytest

from classifier.tables import BadRow, Repair, UnusableInput
from responder.feeds.connectors.files import parse_mapping, raw_posts
from responder.feeds.raw_post import RawPost


def test_known_column_names_need_no_mapping() -> None:
    row = {
        "tweet_id": "7",
        "tweet_text": "Bridge down",
        "timestamp": "2019-03-15T12:00:00+02:00",
        "user": "ana",
    }
    assert list(raw_posts([(2, row)], {})) == [
        RawPost("7", "Bridge down", datetime(2019, 3, 15, 10, tzinfo=UTC), "", "ana", line=2)
    ]


def test_a_mapping_wins_over_known_names() -> None:
    row = {"id": "1", "text": "wrong", "body_en": "right"}
    (post,) = raw_posts([(2, row)], parse_mapping("text=body_en"))
    assert isinstance(post, RawPost) and post.text == "right"


def test_a_post_without_an_id_takes_one_from_its_content() -> None:
    first, second = raw_posts([(2, {"text": "same"}), (3, {"text": "same"})], {})
    assert isinstance(first, RawPost) and isinstance(second, RawPost)
    assert first.source_id == second.source_id and first.source_id.startswith("sha256:")


def test_bad_rows_say_why() -> None:
    assert list(raw_posts([(5, {"text": "  "})], {})) == [BadRow(5, "The text is empty.")]


def test_a_text_that_is_too_long_is_cut_and_says_so() -> None:
    """As connectors do: the post with the first 10,000 characters is worth more than none."""
    (post,) = raw_posts([(5, {"text": "x" * 10_001})], {})
    assert isinstance(post, RawPost) and post.text == "x" * 10_000
    detail = "The text has 10,001 characters. Only the first 10,000 were kept."
    assert post.repairs == (Repair(5, "text_cut", detail, lossy=True),)


def test_lone_surrogates_and_nul_never_reach_the_database() -> None:
    (post,) = raw_posts([(1, {"text": "a\ud800b\0c"})], {})
    assert isinstance(post, RawPost) and post.text == "a?bc"


def test_a_file_without_text_is_unusable() -> None:
    with pytest.raises(UnusableInput, match="--map text=COLUMN"):
        list(raw_posts([(2, {"id": "1"})], {}))
    with pytest.raises(UnusableInput, match="no column 'nope'"):
        list(raw_posts([(2, {"text": "1"})], {"text": "nope"}))
    with pytest.raises(UnusableInput, match="FIELD=COLUMN"):
        parse_mapping("colour=red")


def test_a_time_that_cannot_be_read_does_not_lose_the_post() -> None:
    """A call for help whose time is garbled is still a call for help: it takes the time of its id or of its arrival."""
    (post,) = raw_posts([(5, {"text": "x", "created_at": "yesterday"})], {})
    assert isinstance(post, RawPost) and post.created_at is None
    assert post.repairs == (Repair(5, "time", "The time 'yesterday' could not be read.", lossy=True),)


def test_times_are_iso_or_unix_seconds() -> None:
    for stated in ("1552644000", "2019-03-15T10:00:00Z"):
        (post,) = raw_posts([(2, {"text": "x", "created_at": stated})], {})
        assert isinstance(post, RawPost) and post.created_at == datetime(2019, 3, 15, 10, tzinfo=UTC)
        assert not post.repairs
    (post,) = raw_posts([(2, {"text": "x", "created_at": ""})], {})
    assert isinstance(post, RawPost) and post.created_at is None and not post.repairs
