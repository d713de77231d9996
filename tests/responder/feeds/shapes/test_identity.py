"""Ids as spreadsheets, databases and programs leave them."""

from typing import Any

import pytest

from classifier.tables import BadRow
from responder.feeds.raw_post import RawPost
from responder.feeds.shapes import raw_posts
from responder.feeds.shapes.identity import are_rounded, source_id


def posts(*rows: dict[str, Any]) -> list[RawPost]:
    found = list(raw_posts(enumerate(({"text": f"Row {n}"} | row for n, row in enumerate(rows)), 2), {}))
    assert not [row for row in found if isinstance(row, BadRow)]
    return [row for row in found if isinstance(row, RawPost)]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("1622438871234567001", "1622438871234567001"),
        (1622438871234567001, "1622438871234567001"),
        ("'348351442404376578'", "348351442404376578"),
        ("'348351442404376578", "348351442404376578"),
        ('="348351442404376578"', "348351442404376578"),
        ("tweet-123", "tweet-123"),
        ("0b6c1f0e-5d0a-4d5e-9a54-0a4f3e3f6c11", "0b6c1f0e-5d0a-4d5e-9a54-0a4f3e3f6c11"),
        ("at://did:plc:a/app.bsky.feed.post/3k", "at://did:plc:a/app.bsky.feed.post/3k"),
        ("12e45", "12e45"),  # may be the beginning of a hash
        (17.0, "17"),
        ("17.0", "17"),
        (0, "0"),
        (" 5 ", "5"),
        ({"$oid": "507f1f77bcf86cd799439011"}, "507f1f77bcf86cd799439011"),
    ],
)
def test_ids_are_kept(value: Any, found: str) -> None:
    assert source_id(value) == (found, None)


@pytest.mark.parametrize(
    "value",
    [None, "", "  ", "nan", "NaN", "NA", "n/a", "null", "None", "#N/A", "<NA>", float("nan"), True, [], {}, "''"],
)
def test_words_for_nothing_are_no_ids_and_lose_nothing(value: Any) -> None:
    found, problem = source_id(value)
    assert found == "" and problem is not None and (problem.kind, problem.lossy) == ("id", False)


@pytest.mark.parametrize(
    "value",
    ["1.62244E+18", "1,62244E+18", "1.6224388712345672e+18", 1.6224388712345672e18, "1622438871234567168.0", "9E+15"],
)
def test_rounded_ids_are_no_ids_and_say_what_they_were(value: Any) -> None:
    found, problem = source_id(value)
    assert found == "" and problem is not None and problem.lossy and str(value)[:3] in problem.detail


def test_long_ids_that_all_end_in_zeros_were_rounded() -> None:
    excel = [f"162243887123{number:03}0000" for number in range(3)]
    assert are_rounded(excel) and are_rounded([int(one) for one in excel])
    assert are_rounded([f"16224388712345{number:03}00" for number in range(3)])  # JavaScript
    assert not are_rounded(["1622438871234560000"]) and not are_rounded([*excel, "1622438871234567001"])
    assert not are_rounded(["100", "200", "300", "nan", None])
    found = posts(*({"id": one} for one in excel))
    assert all(post.source_id.startswith("sha256:") and post.repairs[0].lossy for post in found)


def test_rows_without_ids_differ_by_time_and_author() -> None:
    same = {"text": "We need water"}
    rows = [
        same | {"created_at": "2023-02-06T01:00:00Z", "author": "a"},
        same | {"created_at": "2023-02-06T02:00:00Z", "author": "a"},
        same | {"created_at": "2023-02-06T01:00:00Z", "author": "b"},
        same | {"created_at": "2023-02-06T01:00:00Z", "author": "a"},
    ]
    first, later, other, again = posts(*rows)
    assert len({first.source_id, later.source_id, other.source_id}) == 3 and again.source_id == first.source_id
    assert [post.source_id for post in posts(*rows)] == [
        first.source_id,
        later.source_id,
        other.source_id,
        first.source_id,
    ]
    assert not first.repairs  # the file has no column of ids


def test_the_id_does_not_depend_on_how_times_are_read() -> None:
    rows = [(2, {"text": "We need water", "created_at": "06/02/2023 01:17"})]
    (one,), (other,) = raw_posts(rows, {}, day_first=True), raw_posts(rows, {}, day_first=False)
    assert isinstance(one, RawPost) and isinstance(other, RawPost)
    assert one.created_at != other.created_at and one.source_id == other.source_id


def test_an_id_that_is_too_long_is_a_bad_row() -> None:
    (bad,) = raw_posts([(7, {"id": "9" * 256, "text": "x"})], {})
    assert bad == BadRow(7, "The ID has 256 characters; the limit is 255.")


def test_the_post_s_own_id_comes_before_the_number_of_its_row() -> None:
    (post,) = posts({"id": "1", "tweet_id": "1622438871234567001"})
    assert post.source_id == "1622438871234567001"
