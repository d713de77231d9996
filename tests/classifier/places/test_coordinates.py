"""Positions that a text states itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.places import Context
from classifier.places.coordinates import (
    IN_TEXT,
    MAP_LINK,
    MOST,
    PLUS_CODE,
    all_places,
    find_coordinates,
    link_position,
)
from classifier.places.measure import Given

BEIRA = (-19.84, 34.84)
ANTAKYA = (36.2023, 36.1626)


@pytest.mark.parametrize(
    ("text", "span", "point"),
    [
        ("We are at -19.84, 34.84 please", "-19.84, 34.84", BEIRA),
        ("19.84S 34.84E", "19.84S 34.84E", BEIRA),
        ("S19.84, E34.84.", "S19.84, E34.84", BEIRA),
        ("34.84E 19.84S", "34.84E 19.84S", BEIRA),
        ("lat: -19.84 lon: 34.84", "lat: -19.84 lon: 34.84", BEIRA),
        ("Longitude 34.84, Latitude -19.84", "Longitude 34.84, Latitude -19.84", BEIRA),
        ("36.2023,36.1626", "36.2023,36.1626", ANTAKYA),
        ("(36.2023 36.1626)", "36.2023 36.1626", ANTAKYA),
        ("36,2023; 36,1626 yardım", "36,2023; 36,1626", ANTAKYA),
        ("36,2023 36,1626", "36,2023 36,1626", ANTAKYA),
        ("konum: 36.2023 / 36.1626", "36.2023 / 36.1626", ANTAKYA),
        ("٣٦٫٢٠٢٣ ، ٣٦٫١٦٢٦", "٣٦٫٢٠٢٣ ، ٣٦٫١٦٢٦", ANTAKYA),
        ("३६.२०२३, ३६.१६२६", "३६.२०२३, ३६.१६२६", ANTAKYA),
        ("50.45 с.ш. 30.52 в.д.", "50.45 с.ш. 30.52 в.д.", (50.45, 30.52)),
        ("GPS 5.5, 105.3", "5.5, 105.3", (5.5, 105.3)),
        ("19.8°S, 34.8°E", "19.8°S, 34.8°E", (-19.8, 34.8)),
        ("🌊 19°50'24\"S 34°50'24\"E", "19°50'24\"S 34°50'24\"E", BEIRA),
        ("19º50′24″S, 34º50′24″E", "19º50′24″S, 34º50′24″E", BEIRA),
        ("-19°50'24\", 34°50'24\"", "-19°50'24\", 34°50'24\"", BEIRA),
        ("S19°50.4' E34°50.4'", "S19°50.4' E34°50.4'", BEIRA),
        ("19 50 24 S, 34 50 24 E", "19 50 24 S, 34 50 24 E", BEIRA),
    ],
)
def test_coordinates_are_read_however_they_are_typed(text: str, span: str, point: tuple[float, float]) -> None:
    (found,) = find_coordinates(text)
    assert text[found.start : found.end] == span and found.reason == IN_TEXT and found.score == 1.0
    assert (found.latitude, found.longitude) == pytest.approx(point, abs=1e-6)


@pytest.mark.parametrize(
    "link",
    [
        "geo:-19.84,34.84",
        "geo:0,0?q=-19.84,34.84(home)",
        "https://www.google.com/maps/@-19.84,34.84,15z",
        "https://maps.google.com/?q=-19.84,34.84",
        "https://www.google.co.mz/maps?q=loc:-19.84,34.84",
        "https://www.google.com/maps/search/?api=1&query=-19.84%2C34.84",
        "https://www.google.com/maps/dir/?api=1&destination=-19.84,34.84",
        "https://www.google.com/maps/place/Beira/@-19.8,34.8,12z/data=!3m1!4b1!4m6!3m5!8m2!3d-19.84!4d34.84",
        "https://www.google.com/maps?q=19%C2%B050'24%22S+34%C2%B050'24%22E",
        "https://maps.apple.com/?ll=-19.84,34.84&q=Home",
        "https://maps.apple.com/?q=-19.84,34.84",
        "https://www.openstreetmap.org/?mlat=-19.84&mlon=34.84#map=12/-19.8/34.8",
        "https://www.openstreetmap.org/#map=17/-19.84/34.84",
        "https://waze.com/ul?ll=-19.84,34.84&navigate=yes",
        "https://yandex.com/maps/?ll=34.84%2C-19.84&z=12",
    ],
)
def test_links_of_map_services_lead_to_their_pin(link: str) -> None:
    (found,) = find_coordinates(f"here: {link} please")
    assert (found.latitude, found.longitude) == pytest.approx(BEIRA, abs=1e-6) and found.reason == MAP_LINK
    alone = link_position(link)
    assert alone is not None and (alone.latitude, alone.longitude) == (found.latitude, found.longitude)


@pytest.mark.parametrize(
    "text",
    [
        "0,0",
        "0.0000, 0.0000",
        "95.1234, 12.1234",
        "12.1234, 190.1234",
        "12.1234 N 13.1234 N",
        "scores 3.25, 4.75",
        "$12.50, 13.75",
        "12.345, 67.890 people",
        "12,345, 67,890",
        "-12.50, -3.40%",
        "36.2023,36.1626,12.5555",
        "M 7.8 at 4.17",
        "version 1.2.3",
        "19 50 24, 34 50 24",
        "19°75'24\"S 34°50'24\"E",
        "call 841234567 or 2023-02-06",
        "https://example.org/?q=36.2023,36.1626",
        "https://www.google.com/search?q=36.2023,36.1626",
        "2345+22",
        "PR6C+2V",  # short, and nothing says where
        "no digits at all",
        "",
    ],
)
def test_other_numbers_are_no_position(text: str) -> None:
    assert find_coordinates(text) == []


@pytest.mark.parametrize(
    ("text", "km"),
    [
        ("-19.843612, 34.838921", 0.01),
        ("36.202, 36.162", 0.078),
        ("-19.84, 34.84", 0.777),
        ("19.8S 34.8E", 7.77),
        ("19°50'S 34°50'E", 1.295),
        ("19°50'24\"S 34°50'24\"E", 0.022),
        ("geo:-19.8436,34.8389;u=350", 0.35),
        ("https://www.google.com/maps/@-19.8436,34.8389,10z", 39.062),
    ],
)
def test_the_radius_is_that_of_the_precision(text: str, km: float) -> None:
    assert find_coordinates(text)[0].radius_km == pytest.approx(km, abs=0.002)


def test_a_full_plus_code_stands_alone() -> None:
    (found,) = find_coordinates("Roof at 6GCRPR6C+2V, hurry")
    assert (found.latitude, found.longitude) == pytest.approx((-1.289938, 36.822187), abs=1e-5)
    assert found.reason == PLUS_CODE and found.radius_km < 0.02


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


def test_a_text_has_few_positions() -> None:
    assert len(find_coordinates("36.2023,36.1626\n" * 60)) == MOST


@given(st.text("0123456789.,;°'\"NSEWgeo: +-/@CX\n", max_size=120))
def test_any_text_gives_possible_positions_where_they_stand(text: str) -> None:
    for found in find_coordinates(text, near=lambda offset: (1.0, 2.0)):
        assert 0 <= found.start < found.end <= len(text)
        assert abs(found.latitude) <= 90 and abs(found.longitude) <= 180 and 0 < found.radius_km < 50_000


@given(st.floats(-89.9, 89.9), st.floats(-179.9, 179.9), st.integers(4, 6))
def test_what_is_written_is_read(latitude: float, longitude: float, decimals: int) -> None:
    text = f"at {latitude:.{decimals}f}, {longitude:.{decimals}f}"
    found = find_coordinates(text)
    if abs(round(latitude, decimals)) > 1e-6 or abs(round(longitude, decimals)) > 1e-6:
        assert [(one.latitude, one.longitude) for one in found] == [
            (round(latitude, decimals), round(longitude, decimals))
        ]
