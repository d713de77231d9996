"""The one check of a place that a person chose."""

from typing import Any

import pytest

from classifier.places import search
from responder.chosen_place import ChosenPlace, PlaceForm, parse_name, radius_choices
from responder.errors import InvalidFields

RIGHT = {"place_name": "Palo", "latitude": "11.158", "longitude": "124.99", "radius_km": "2"}


def test_a_pin() -> None:
    assert ChosenPlace.parse(**RIGHT) == ChosenPlace("Palo", 11.158, 124.99, 2.0)


def test_a_place_of_the_gazetteer_says_what_it_is() -> None:
    entry = search.search("Tacloban")[0]
    sent = {"latitude": entry.latitude, "longitude": entry.longitude, "radius_km": "10", "gazetteer_id": entry.id}
    place = ChosenPlace.parse(**sent)
    assert (place.name, place.type, place.country_code, place.gazetteer_id) == ("Tacloban", "city", "PH", entry.id)
    moved = ChosenPlace.parse(**sent | {"place_name": "The old pier", "latitude": entry.latitude + 0.2})
    assert (moved.name, moved.type, moved.country_code, moved.gazetteer_id) == (
        "The old pier", "coordinates", "", None
    )  # fmt: skip


@pytest.mark.parametrize("number", ["-1", "x", "9" * 18, "9" * 40, None, "1e3", "٣", True])
def test_a_number_that_is_none_of_the_gazetteer_is_ignored(number: Any) -> None:
    assert ChosenPlace.parse(**RIGHT, gazetteer_id=number).gazetteer_id is None


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("latitude", ["NaN", "1e309", "-1e309", "inf", "90.1", "", None, "1_0", "x", "१४", "9" * 400, True, [], {}]),
        ("longitude", ["nan", "180.001", "-181", "", "0x10", "1;2"]),
        ("radius_km", ["0", "-1", "nan", "501", "", "1e-9"]),
        ("place_name", ["x" * 201, "x" * 100_000]),
    ],
)
def test_hostile_values_are_refused_beside_their_field(field: str, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(InvalidFields) as refused:
            ChosenPlace.parse(**RIGHT | {field: value})
        assert list(refused.value.fields) == [field], value


def test_all_wrong_fields_are_told_together() -> None:
    with pytest.raises(InvalidFields) as refused:
        ChosenPlace.parse(latitude="91", longitude="181", radius_km="0")
    assert set(refused.value.fields) == {"latitude", "longitude", "radius_km"}


@pytest.mark.parametrize(("latitude", "longitude"), [("90", "180"), ("-90", "-180"), ("0", "179.99999"), ("8,5", "-0")])
def test_poles_and_the_antimeridian_are_places(latitude: str, longitude: str) -> None:
    place = ChosenPlace.parse(**RIGHT | {"latitude": latitude, "longitude": longitude})
    assert -90 <= place.latitude <= 90
    assert -180 <= place.longitude <= 180


def test_null_island_is_none() -> None:
    with pytest.raises(InvalidFields, match="0, 0"):
        ChosenPlace.parse(**RIGHT | {"latitude": "0", "longitude": "0"})


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Palo \n Leyte ", "Palo Leyte"), ("Pa\x00lo", "Pa lo"), ("\u202eolaP\u202c", "olaP"), ("\ufeff", ""), (None, ""),
        ("Palo\u2066", "Palo"), ("می\u200cخواهم", "می\u200cخواهم"), ("\ud800", ""), ("e\u0301", "é"),
    ],
)  # fmt: skip
def test_a_name_has_no_control_characters(typed: Any, kept: str) -> None:
    assert parse_name(typed) == kept


def test_a_form_offers_the_radius_that_is_set() -> None:
    assert "120" in dict(radius_choices("120"))
    assert [value for value, _ in radius_choices("nan")] == ["", "0.5", "2", "10", "40"]
    form = PlaceForm({"radius_km": "7", "latitude": "1", "longitude": "2"})
    assert form.submit(ChosenPlace.parse).radius_km == 7
    form = PlaceForm(RIGHT | {"latitude": "100"})
    with pytest.raises(InvalidFields):
        form.submit(ChosenPlace.parse)
    assert form.errors["latitude"]
