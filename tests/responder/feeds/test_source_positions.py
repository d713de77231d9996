"""Where sources say that posts were sent from, in the forms that they use, and what becomes of it."""

from typing import Any

import pytest

from classifier.places import positions
from responder.classification import locating, pipeline
from responder.feeds import deletions, edits, ingest, source_positions
from responder.feeds.connectors.files import raw_posts
from responder.feeds.connectors.kind import DeletionLookup
from responder.feeds.connectors.x import X
from responder.feeds.raw_post import RawPost, SourcePosition
from responder.models import Change, Event, Feed, Place, Post
from responder.privacy import policy

ISKENDERUN = {"id": "abc", "full_name": "Iskenderun", "country_code": "TR",
              "geo": {"type": "Feature", "bbox": [36.0, 36.5, 36.3, 36.7]}}  # fmt: skip
RING = [[36.0, 36.5], [36.3, 36.5], [36.3, 36.7], [36.0, 36.7]]
POINT = SourcePosition(36.58, 36.17, 0.777)
BOX = SourcePosition(36.6, 36.15, 17.43)
EXACT = SourcePosition(36.2023, 36.1626, 0.01)


def from_file(row: dict[str, Any]) -> SourcePosition | None:
    (post,) = raw_posts([(2, {"text": "Bridge down"} | row)], {})
    assert isinstance(post, RawPost)
    return post.position


@pytest.mark.parametrize(
    ("row", "position"),
    [
        ({"latitude": "36.2023", "longitude": "36.1626"}, EXACT),
        ({"lat": 36.2023, "lng": 36.1626}, EXACT),
        ({"lat": "36,2023", "lon": "36,1626"}, EXACT),
        ({"geometry": {"type": "Point", "coordinates": [36.1626, 36.2023, 90]}}, EXACT),
        ({"geometry": "POINT (36.1626 36.2023)"}, EXACT),
        ({"coordinates": '{"type": "Point", "coordinates": [36.1626, 36.2023]}'}, EXACT),
        ({"geo.coordinates.coordinates": "[36.1626, 36.2023]"}, EXACT),
        ({"geo": {"type": "Point", "coordinates": [36.2023, 36.1626]}}, EXACT),  # API v1.1: latitude first
        ({"geo": {"place_id": "abc", "coordinates": {"type": "Point", "coordinates": [36.17, 36.58]}}}, POINT),
        ({"geo": {"lat": 36.2023, "lng": 36.1626}}, EXACT),
        ({"place": {"full_name": "Iskenderun", "bounding_box": {"type": "Polygon", "coordinates": [RING]}}}, BOX),
        ({"geo": ISKENDERUN}, BOX),  # as twarc flattens it
        ({"place": "Amalner"}, None),
        ({"latitude": "", "longitude": ""}, None),
        ({"latitude": "0", "longitude": "0.0"}, None),
        ({"latitude": "91", "longitude": "10"}, None),
        ({"latitude": "nan", "longitude": "inf"}, None),
        ({"geo": None, "coordinates": None, "place": None}, None),
        ({"geo": "[", "coordinates": [1], "place": {"bounding_box": {"coordinates": [[["x", 1]]]}}}, None),
        ({"place": {"geo": {"bbox": [26.0, 35.8, 44.8, 42.1]}}}, None),  # a whole country
    ],
)
def test_files_keep_the_positions_that_they_state(row: dict[str, Any], position: SourcePosition | None) -> None:
    found = from_file(row)
    if position is None:
        assert found is None
    else:
        assert found is not None
        assert (found.latitude, found.longitude) == pytest.approx((position.latitude, position.longitude))
        assert found.radius_km == pytest.approx(position.radius_km, abs=0.2)


def test_a_box_across_the_date_line_lies_there() -> None:
    found = source_positions.from_x({"geo": {"place_id": "f"}}, {"f": {"geo": {"bbox": [179.5, -17.0, -179.5, -16.5]}}})
    assert found is not None and abs(found.longitude) == 180 and found.latitude == -16.75


@pytest.mark.parametrize(
    ("geo", "position"),
    [
        ({"place_id": "abc", "coordinates": {"type": "Point", "coordinates": [36.17, 36.58]}}, POINT),
        ({"place_id": "abc"}, BOX),
        ({"place_id": "unknown"}, None),
        ({"coordinates": {"type": "Point", "coordinates": ["36", None]}}, None),
        ("somewhere", None),
        (None, None),
    ],
)
def test_x_keeps_the_point_or_the_box_of_its_place(geo: Any, position: SourcePosition | None) -> None:
    data = {
        "id": "1622439181234567103",
        "text": "Power lines down",
        "created_at": "2023-02-06T03:20:00.000Z",
        "geo": geo,
    }
    item = X()._item({"data": data, "includes": {"places": [ISKENDERUN, "odd"]}})
    assert item.post is not None
    found = item.post.position
    assert (found and (found.latitude, found.longitude)) == (position and (position.latitude, position.longitude))


def place(**changes: Any) -> dict[str, Any]:
    return {"text": "Beira", "start": 0, "end": 5, "name": "Beira", "type": "city", "country_code": "MZ",
            "latitude": -19.84, "longitude": 34.84, "radius_km": 9.0, "score": 0.9, "reason": ""} | changes  # fmt: skip


@pytest.mark.parametrize(
    ("named", "chosen"),
    [
        ([], Place.SOURCE),
        ([place()], ""),
        ([place(type="country", name="Mozambique")], Place.SOURCE),
        ([place(latitude=None, longitude=None, radius_km=None)], Place.SOURCE),
        (
            [place(), place(start=9, end=22, type="coordinates", score=1.0, reason=positions.IN_TEXT)],
            positions.IN_TEXT,
        ),
    ],
)
def test_what_the_text_says_comes_before_where_its_author_was(named: list[dict[str, Any]], chosen: str) -> None:
    post = Post(source_position={"latitude": 36.2, "longitude": 36.1, "radius_km": 0.01})
    found = locating.choose(locating.with_source(post, named))
    assert found is not None and found["reason"] == chosen


def test_a_map_link_that_the_source_resolved_is_a_position() -> None:
    post = Post(links=["https://maps.google.com/?q=36.2023,36.1626"], source_position={"latitude": 1.0, "longitude": 2.0,
                                                                                       "radius_km": 0.01})  # fmt: skip
    (found,) = locating.with_source(post, [])
    assert (found["latitude"], found["reason"]) == (36.2023, positions.MAP_LINK)


@pytest.mark.django_db
def test_the_pin_of_a_post_is_rounded_as_its_text_is_masked(event: Event) -> None:
    posts = [
        RawPost("1", "Roof, please come: 36.20234, 36.16267"),
        RawPost("2", "We are stuck here with two kids", position=SourcePosition(36.20234, 36.16267, 0.01)),
    ]
    ingest.accept(posts=posts, source="wire", event=event)
    pipeline.drain()
    stated, sent = Post.objects.order_by("source_id")
    assert "36.2" not in str(policy.text(stated))
    assert policy.position(stated) == policy.position(sent) == (36.2, 36.16)
    assert [place.reason for place in Place.objects.filter(chosen=True).order_by("post__source_id")] == [
        positions.IN_TEXT, Place.SOURCE
    ]  # fmt: skip


@pytest.mark.django_db
def test_an_edit_replaces_the_position(event: Event) -> None:
    ingest.accept(posts=[RawPost("1", "Stuck", position=EXACT)], source="wire", event=event)
    post = Post.objects.get()
    assert post.source_position == {"latitude": 36.2023, "longitude": 36.1626, "radius_km": 0.01}
    edits.apply([(post.pk, RawPost("1", "Safe now", revision="2"))])
    post.refresh_from_db()
    assert post.source_position is None


@pytest.mark.django_db
def test_a_position_that_its_author_took_back_goes_and_the_post_stays(
    event: Event, make_feed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    posts = [
        RawPost("1", "We are stuck here with two kids", position=EXACT),
        RawPost("2", "The bridge in Beira is gone", position=EXACT),
    ]
    ingest.accept(posts=posts, source="x", event=event)
    pipeline.drain()
    before = Post.objects.get(source_id="2")
    assert before.place_name == "Beira" and Post.objects.get(source_id="1").located
    feed: Feed = make_feed("x")
    connector = X()
    connector.unlocated = frozenset({"1", "2", "3"})
    lookup = DeletionLookup(find=lambda one, ids: set(), unlocated=lambda one: one.unlocated)
    monkeypatch.setattr(deletions.registry, "connect", lambda feed: connector)
    monkeypatch.setattr(deletions.registry, "find", lambda kind: type("Kind", (), {"deletions": lookup}))
    assert deletions.check(feed) == 0
    lost, named = Post.objects.order_by("source_id")
    assert not lost.located and lost.source_position is None and lost.grid_x is None
    assert named.place_name == "Beira" and named.latitude == before.latitude and named.source_position is None
    assert not Place.objects.filter(reason=Place.SOURCE).exists()
    assert Change.objects.filter(kind=Change.Kind.EDITED).count() == 2


@pytest.mark.parametrize(
    "stored",
    [
        {"latitude": 1.0, "longitude": 2.0}, {"latitude": "1", "longitude": 2.0, "radius_km": 1.0}, [], "here", {"é": 23}, 7,
        {"latitude": float("nan"), "longitude": 2.0, "radius_km": 1.0}, {"latitude": 91, "longitude": 2, "radius_km": 1},
        {"latitude": 1.0, "longitude": 2.0, "radius_km": -1.0}, {"latitude": 1.0, "longitude": True, "radius_km": 1.0},
    ],
    ids=str,
)  # fmt: skip
def test_a_stored_position_that_cannot_be_used_is_as_none(stored: object) -> None:
    assert locating.with_source(Post(source_position=stored), []) == []
