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


@pytest.mark.parametrize(
    "text",
    [
        "temperatures 36.5°, 38.2° today",
        "36.55°, 38.25° C",
        "36.55°, 38.25℃",
        "temp -12.50, -13.40",
        "rain -12.50, -3.40 mm",
        "GPS 12.5, 13.5 km",
        "versions 1.2345, 2.3456",
        "$12.3456, 13.4567",
        "12.3456, 13.4567 €",
        "between 19.8412 and 20.8412",
        "12.1234, 13.1234, 14.1234",
        "changes of +1.25, -0.75",
        "Tote und Verletzte: 12.345, 67.890.",
        "took 3d 10m, 2d 5m",
        "Route 5 N 10 E",
        "flats 12 S, 14 W",
        "call 712 19 50 24 N 34 50 24 E",
        "40°42.7'46\"N 20°10.5'3\"E",
        "temperature 36.5, 120.2 people",
        "open 10.30, 11.45",
        "12.02.2023, 14.03.2023",
        "192.168.1.1, 10.0.0.1",
        "DE89 3704 0044 0532 0130 00",
        "+254 712 345678",
        "91,200",
    ],
)
def test_temperatures_prices_counts_durations_and_addresses_are_no_position(text: str) -> None:
    assert find_coordinates(text) == []


@pytest.mark.parametrize("text", ["-40.7128 N, 74.0060 E", "40.7128 N, -74.0060 E", "-40°42'N 74°0'E"])
def test_a_sign_that_contradicts_its_letter_leaves_no_position(text: str) -> None:
    assert find_coordinates(text) == []


@pytest.mark.parametrize("text", ["52.5200° N, 13.4050° O", "52°31'12\"N 13°24'18\"O", "13.4050 O 52.5200 N"])
def test_the_letter_o_is_east_or_west_by_the_language(text: str) -> None:
    (east,), (west,) = find_coordinates(text, lang="de-AT"), find_coordinates(text, lang="es")
    assert (east.latitude, east.longitude) == pytest.approx((52.52, 13.405), abs=1e-6)
    assert (west.latitude, west.longitude) == pytest.approx((52.52, -13.405), abs=1e-6)
    assert find_coordinates(text) == find_coordinates(text, lang="tr") == []


def test_the_letter_o_of_one_number_alone_leaves_no_position() -> None:
    assert find_coordinates("13.4050 O, 52.5200") == find_coordinates("13.4050 O, 52.5200", lang="de") == []


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("N 40° 42.766' W 074° 00.350'", (40.712767, -74.005833)),
        ("N 40.7128 W 74.0060", (40.7128, -74.006)),
        ("40.7128° S, -74.0060° W", (-40.7128, -74.006)),
        ("36.2023, 36.1626 people trapped", ANTAKYA),
        ("36.2023,36.1626 m'aider", ANTAKYA),
        ("36.2023, 36.1626 km 12", ANTAKYA),
        ("36.2023, 36.1626 С вами", ANTAKYA),
        ("at km 12 36°12'08.28\"N 36°09'45.36\"E", ANTAKYA),
        ("３６．２０２３，３６．１６２６", ANTAKYA),
    ],
)
def test_positions_beside_other_words_and_numbers_are_read(text: str, point: tuple[float, float]) -> None:
    (found,) = find_coordinates(text)
    assert (found.latitude, found.longitude) == pytest.approx(point, abs=1e-6)


def test_an_even_list_of_numbers_holds_several_positions() -> None:
    found = find_coordinates("36.2023, 36.1626, 37.1234, 38.1234")
    assert [(one.latitude, one.longitude) for one in found] == [ANTAKYA, (37.1234, 38.1234)]
