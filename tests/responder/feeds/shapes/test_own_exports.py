"""What Responder exports comes in again as it left."""

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.tables import BadRow, Reading, Row
from responder.exports.columns import COLUMNS, POSTS
from responder.feeds.raw_post import RawPost
from responder.feeds.shapes import raw_posts, understand
from responder.feeds.shapes.own_exports import unguarded
from responder.models import Event, Post
from responder.spreadsheets import safe

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
HXL = {column.name: column.tag for column in COLUMNS}


def exported(**changes: Any) -> dict[str, Any]:
    post = Post(
        pk=17, source="wire", source_id="a", text="Boat needed near Buzi school", lang="en", created_at=AT, needs=[],
        event=Event(ref="flood", name="Flood"), place_name="Buzi", place_type="town", country_code="MZ",
        latitude=-19.88, longitude=34.6, radius_km=6.0,
    )  # fmt: skip
    for name, value in changes.items():
        setattr(post, name, value)
    return dict(POSTS.row(post))


def as_csv(row: dict[str, Any]) -> dict[str, str]:
    """The row after a trip through a file of CSV."""
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, row)
    writer.writeheader()
    writer.writerow({name: safe(value) for name, value in row.items()})
    file.seek(0)
    return next(csv.DictReader(file))


@pytest.mark.parametrize("form", [as_csv, dict], ids=["csv", "json or xlsx"])
@pytest.mark.parametrize("hxl", [HXL, {}], ids=["with tags", "without"])
def test_a_post_comes_back(form: Any, hxl: dict[str, str]) -> None:
    row = form(exported())
    (post,) = raw_posts([(3, Row(row))], {}, reading=Reading("csv", hxl=hxl))
    assert isinstance(post, RawPost)
    assert (post.source_id, post.text, post.lang, post.created_at) == ("17", "Boat needed near Buzi school", "en", AT)
    assert post.position is not None
    assert (post.position.latitude, post.position.longitude, post.position.radius_km) == (-19.88, 34.6, 6.0)
    assert not post.repairs and not post.author_handle
    assert understand(None, [(3, Row(row))], {}).shape == "Responder export"


@pytest.mark.parametrize(
    "text", ["=1+1", "-5 degrees, no heating", "@ana please help", "+258 call us", "roof;=1", "a\n- b", "it's = x"]
)
def test_texts_come_back_without_the_guard_against_formulas(text: str) -> None:
    row = as_csv(exported(text=text))
    (post,) = raw_posts([(3, Row(row))], {})
    assert isinstance(post, RawPost) and post.text == exported(text=text)["text"]


@given(st.text(alphabet="=+-@;|\t\n '\"aé＝", max_size=20))
def test_every_guarded_text_is_one_that_is_guarded_so(text: str) -> None:
    assert safe(unguarded(safe(text))) == safe(text)


def test_masked_texts_stay_masked() -> None:
    row = exported(text="Call me on +258 84 123 4567, roof in Beira")
    assert "4567" not in row["text"]
    (post,) = raw_posts([(3, Row(as_csv(row)))], {})
    assert isinstance(post, RawPost) and post.text == row["text"]


def test_withheld_texts_are_named() -> None:
    row = as_csv(exported(source="x", source_id="1622438871234567001"))
    (bad,) = raw_posts([(3, Row(row))], {})
    assert isinstance(bad, BadRow) and "withheld" in bad.reason


def test_a_country_is_found_in_the_text_again() -> None:
    (post,) = raw_posts([(3, Row(as_csv(exported(radius_km=900.0))))], {})
    assert isinstance(post, RawPost) and post.position is None
