"""Positions written in degrees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.places.coordinates import find_coordinates
from classifier.places.positions import IN_TEXT

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
    ],
)
def test_the_radius_is_that_of_the_precision(text: str, km: float) -> None:
    assert find_coordinates(text)[0].radius_km == pytest.approx(km, abs=0.002)


@given(st.floats(-89.9, 89.9), st.floats(-179.9, 179.9), st.integers(4, 6))
def test_what_is_written_is_read(latitude: float, longitude: float, decimals: int) -> None:
    text = f"at {latitude:.{decimals}f}, {longitude:.{decimals}f}"
    found = find_coordinates(text)
    if abs(round(latitude, decimals)) > 1e-6 or abs(round(longitude, decimals)) > 1e-6:
        assert [(one.latitude, one.longitude) for one in found] == [
            (round(latitude, decimals), round(longitude, decimals))
        ]
