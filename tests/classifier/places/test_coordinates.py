"""Positions that a text states itself, and the places around them."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.places import Context
from classifier.places.coordinates import MAX_POSITIONS, all_places, find_coordinates
from classifier.places.measure import Given
from classifier.places.positions import IN_TEXT, MAP_LINK, PLUS_CODE


def test_a_short_plus_code_is_completed_by_the_town_beside_it_or_the_events_area() -> None:
    text = "Roof at PR6C+2V Nairobi"
    start = text.index("Nairobi")
    code, town = all_places(text, spans=[Given(start, start + 7)])
    assert (code.latitude, code.longitude) == pytest.approx((-1.289938, 36.822187), abs=1e-5)
    assert (code.type, code.name, code.country_code, code.score) == ("coordinates", "Nairobi", "KE", 0.9)
    assert town.name == "Nairobi" and town.reason == ""
    small, large = Context(bbox=(36.5, -1.6, 37.2, -1.0)), Context(bbox=(33.0, -5.0, 42.0, 5.0))
    assert [place.reason for place in all_places("Roof at PR6C+2V", context=small, spans=[])] == [PLUS_CODE]
    assert all_places("Roof at PR6C+2V", context=large, spans=[]) == []


def test_a_position_far_from_what_the_text_names_has_no_name() -> None:
    text = "From Nairobi: help at -19.8436, 34.8389"
    town, position = all_places(text, spans=[Given(5, 12)])
    assert (position.name, position.country_code, position.reason) == (None, None, IN_TEXT) and town.name == "Nairobi"


def test_a_mention_inside_a_link_or_a_position_is_left_out() -> None:
    text = "https://maps.google.com/?q=-19.84,34.84"
    (place,) = all_places(text, spans=[Given(8, 12)])
    assert place.reason == MAP_LINK and place.text == text


@pytest.mark.parametrize(("lang", "east"), [("de", True), ("fr", False)])
def test_the_language_of_the_text_says_where_the_letter_o_lies(lang: str, east: bool) -> None:
    (place,) = all_places("52.5200° N, 13.4050° O", spans=[], lang=lang)
    assert place.longitude == (13.405 if east else -13.405)


@pytest.mark.parametrize(
    "text", ["1" * 10_000, "1.1 " * 2_500, "1.12345," * 1_250, "1°1'" * 2_500, "N1 " * 3_300, "2C2C+" * 2_000,
             "gps 1.1 1.1\n" * 800, "https://www.google.com/maps/" + "dir/" * 490, "1.123456, " * 1_000]
)  # fmt: skip
def test_long_texts_of_digits_take_little_time(text: str) -> None:
    start = time.process_time()
    assert len(find_coordinates(text)) <= MAX_POSITIONS
    assert time.process_time() - start < 1.0  # 40 ms measured


def test_a_text_has_few_positions() -> None:
    assert len(find_coordinates("36.2023,36.1626\n" * 60)) == MAX_POSITIONS


@given(st.text("0123456789.,;°'\"NSEWgeo: +-/@CX\n", max_size=120))
def test_any_text_gives_possible_positions_where_they_stand(text: str) -> None:
    for found in find_coordinates(text, near=lambda offset: (1.0, 2.0)):
        assert 0 <= found.start < found.end <= len(text)
        assert abs(found.latitude) <= 90 and abs(found.longitude) <= 180 and 0 < found.radius_km < 50_000
