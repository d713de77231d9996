"""Posts of files in the database: once however often they are imported, with the time that is nearest to the truth."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from classifier import clock
from classifier.tables import Row
from responder.exports.columns import POSTS
from responder.feeds import ingest
from responder.feeds.raw_post import RawPost
from responder.feeds.shapes import raw_posts
from responder.models import Event, Post

pytestmark = pytest.mark.django_db
TEXT = "Two people on a roof near the port in Beira"


def imported(rows: list[dict[str, Any]], event: Event, source: str = "wire") -> ingest.Accepted:
    posts = [
        post for post in raw_posts([(n, Row(row)) for n, row in enumerate(rows, 2)], {}) if isinstance(post, RawPost)
    ]
    assert len(posts) == len(rows)
    return ingest.accept(posts=posts, source=source, event=event)


@pytest.mark.parametrize(
    "rows",
    [
        [{"id": f"1.6224{n}E+18", "text": f"{TEXT} {n}"} for n in range(4)],
        [{"id": "nan", "text": f"{TEXT} {n}"} for n in range(4)],
        [{"id": f"16224388712345{n:03}00", "text": f"{TEXT} {n}"} for n in range(4)],
        [{"text": TEXT, "date": f"2023-02-0{n + 1}"} for n in range(4)],
        [{"text": TEXT, "user": {"screen_name": f"person{n}"}} for n in range(4)],
    ],
)
def test_rows_without_usable_ids_are_stored_once_each(rows: list[dict[str, Any]], event: Event) -> None:
    assert imported(rows, event).new == 4
    again = imported(rows, event)
    assert (again.new, again.known) == (0, 4) and Post.objects.count() == 4


def test_two_equal_rows_without_ids_are_one_post(event: Event) -> None:
    assert imported([{"text": TEXT}, {"text": TEXT}], event).new == 1


@pytest.mark.parametrize("stated", ["0001-01-01", "9999-12-31T23:59:59Z", "yesterday", "1e300", ""])
def test_a_time_that_is_none_comes_from_the_id_then_from_the_arrival(stated: str, event: Event) -> None:
    rows = [{"id": "1622438871234567001", "text": TEXT}, {"id": "b", "text": f"{TEXT} again"}]
    imported([row | {"created_at": stated} for row in rows], event)
    snowflake, other = Post.objects.order_by("source_id")
    assert (snowflake.time_source, snowflake.created_at.date().isoformat()) == ("snowflake", "2023-02-06")
    assert other.time_source == "import" and abs(other.created_at - clock.now()) < timedelta(minutes=5)


def test_an_export_that_is_imported_again_says_the_same(event: Event) -> None:
    at = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    ingest.accept(posts=[RawPost("a", f"-5 degrees. {TEXT}", created_at=at, lang="en")], source="wire", event=event)
    first = Post.objects.get()
    row = dict(POSTS.row(first))
    assert imported([row], event, source="again").new == 1
    assert imported([row], event, source="again").known == 1
    second = Post.objects.get(source="again")
    assert second.source_id == str(first.pk)
    assert (second.text, second.lang, second.created_at) == (first.text, first.lang, at)
