"""What is an area, and what is none; stored rows that hold none break nothing."""

import json
from contextlib import suppress
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from responder.models import Event, polygons

SQUARE = [[32, -22], [37, -22], [37, -16], [32, -16], [32, -22]]


def area(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings)}


def test_a_ring_is_closed_rounded_without_heights_and_counterclockwise():
    clockwise = [[32, -16, 5], [37.1234567, -16], [37, -22], [32, -22]]
    found = polygons.polygon(area(clockwise))
    assert found == area([[32.0, -16.0], [32.0, -22.0], [37.0, -22.0], [37.12346, -16.0], [32.0, -16.0]])
    assert polygons.bounds(found) == (32.0, -22.0, 37.12346, -16.0)


def test_a_feature_is_taken_for_its_polygon():
    assert polygons.parse(json.dumps({"type": "Feature", "properties": {}, "geometry": area(SQUARE)}))


CIRCLE = [[n / 10, (n % 2) * 0.01 + n / 20] for n in range(polygons.MOST_POINTS + 1)]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (area([[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]), "crosses"), (area([[0, 0], [1, 1], [2, 2], [0, 0]]), "crosses|line"),
        (area([[0, 0], [1, 1]]), "three points"), (area([]), "three points"), (area([[0, 0]] * 5), "three points"),
        (area(SQUARE, [[33, -20], [34, -20], [34, -19], [33, -20]]), "holes"), (area(), "one area"), (area("x"), "one area"),
        (area([[181, 0], [0, 1], [1, 1]]), "longitude"), (area([[0, 91], [0, 1], [1, 1]]), "longitude"),
        (area([[0, True], [0, 1], [1, 1]]), "longitude"), (area([[0], [0, 1], [1, 1]]), "longitude"),
        (area([["0", "0"], [0, 1], [1, 1]]), "longitude"), (area([[float("nan"), 0], [0, 1], [1, 1]]), "longitude"),
        (area([[10**400, 0], [0, 1], [1, 1]]), "longitude"), (area(CIRCLE), "at most 200 points"),
        ({"type": "MultiPolygon", "coordinates": [[SQUARE]]}, "one area"), ({"type": "Feature"}, "one area"), ([], "one area"),
        (None, "one area"),
    ],
)  # fmt: skip
def test_what_is_no_area_is_refused(value: Any, message: str):
    with pytest.raises(ValidationError, match=message):
        polygons.polygon(value)


@pytest.mark.parametrize("text", ["", "x", "[" * 30_000, "1" * 50_000, '{"type": "Polygon"', "\x00", '{"a": 1e999}'])
def test_a_text_that_is_no_geojson_is_refused(text: str):
    with pytest.raises(ValidationError):
        polygons.parse(text)


@settings(max_examples=50)
@given(st.recursive(st.none() | st.floats() | st.integers() | st.text(max_size=5), lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["type", "coordinates", "geometry"]), inner | st.just("Polygon"))))  # fmt: skip
def test_any_json_is_an_area_or_refused(value: Any):
    with suppress(ValidationError):
        assert polygons.is_sound(polygons.polygon(value))


@pytest.mark.parametrize(
    "stored",
    ["null", "1", '"x"', "[]", "{}", '{"type": "Polygon"}', '{"type": "Polygon", "coordinates": [[[1, 2], ["x", 3]]]}',
     '{"type": "Polygon", "coordinates": [[[1, 2], [500, 3], [1, 3], [1, 2]]]}'],
)  # fmt: skip
def test_a_stored_value_that_is_no_area_is_read_as_none(event: Event, stored: str):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE responder_event SET area = %s", [stored])
    found = Event.objects.get()
    assert found.area is None and found.outline == polygons.rectangle(32.0, -22.0, 37.0, -16.0)


@pytest.mark.parametrize(
    ("corners", "fields"),
    [
        ((32, -22, 37, -16), set()), ((None,) * 4, set()), ((37, -22, 32, -16), {"east"}), ((32, -16, 37, -22), {"north"}),
        ((32, -22, 32, -16), {"east"}), ((32, None, 37, -16), {"south"}), ((-181, -91, 181, 91), {"west", "south", "east", "north"}),
        ((float("nan"), 0, 1, 1), {"west"}),
    ],
)  # fmt: skip
def test_corners_are_checked_each_beside_its_field(corners: Any, fields: set[str]):
    assert set(polygons.corner_errors(corners)) == fields


@pytest.mark.parametrize(("value", "text"), [(32.0, "32"), (-19.84, "-19.84"), (0.0, "0"), (-0.0, "0"), (100.0, "100")])
def test_numbers_are_written_as_people_write_them(value: float, text: str):
    assert polygons.number(value) == text
