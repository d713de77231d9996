"""Plus codes. Expected values come from Google's own implementation, which was compared with on 30,000 random codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.places import plus_codes
from classifier.places.coordinates import find_coordinates
from classifier.places.positions import PLUS_CODE


@pytest.mark.parametrize(
    ("code", "latitude", "longitude", "size"),
    [
        ("8FVC9G8F+6X", 47.3655625, 8.5249375, 0.000125),
        ("8FVC9G8F+6XQ", 47.3655875, 8.524984375, 0.00003125),
        ("6GCRPR6C+24", -1.2899375, 36.8203125, 0.000125),
        ("CFX3X2X2+X2", 89.9999375, 1.0000625, 0.000125),
    ],
)
def test_a_full_code_is_a_cell(code: str, latitude: float, longitude: float, size: float) -> None:
    cell = plus_codes.decode(code)
    assert (cell.latitude, cell.longitude, cell.size) == pytest.approx((latitude, longitude, size), abs=1e-9)


def test_the_area_of_a_whole_town_is_no_position() -> None:
    assert not plus_codes.is_full("7FG49Q00+")


@pytest.mark.parametrize(
    "code", ["", "+", "8FVC9G8F", "8FVC9G8F+", "8FVC9G8F+6", "AFVC9G8F+6X", "XFVC9G8F+6X", "8fvc9g8f+6x"]
)
def test_what_is_no_code_is_refused(code: str) -> None:
    assert not plus_codes.is_full(code) and not plus_codes.is_short(code)
    with pytest.raises(ValueError, match="not a full"):
        plus_codes.decode(code)
    with pytest.raises(ValueError, match="not a short"):
        plus_codes.complete(code, 0, 0)


@pytest.mark.parametrize(
    ("short", "near", "full"),
    [
        ("9G8F+6X", (47.4, 8.6), "8FVC9G8F+6X"),
        ("9QCJ+2VX", (51.3708675, -1.217765625), "9C3W9QCJ+2VX"),
        ("22WM+PW", (18.42, -66.05), "77CP22WM+PW"),  # south of the grid's line that the town is north of
    ],
)
def test_a_short_code_is_completed_by_the_nearest_place(short: str, near: tuple[float, float], full: str) -> None:
    assert plus_codes.complete(short, *near) == full


@given(st.text(plus_codes.DIGITS, min_size=4, max_size=4), st.text(plus_codes.DIGITS, min_size=2, max_size=7),
       st.floats(-90, 90), st.floats(-180, 180))  # fmt: skip
def test_any_short_code_becomes_a_full_one_near_the_place(
    before: str, after: str, latitude: float, longitude: float
) -> None:
    code = plus_codes.complete(f"{before}+{after}", latitude, longitude)
    assert plus_codes.is_full(code) and code.endswith(f"{before}+{after}")
    cell = plus_codes.decode(code)
    apart = abs((cell.longitude - longitude + 180) % 360 - 180)
    assert abs(cell.latitude - latitude) <= 1.0 and apart <= 0.51


def test_a_full_plus_code_stands_alone() -> None:
    (found,) = find_coordinates("Roof at 6GCRPR6C+2V, hurry")
    assert (found.latitude, found.longitude) == pytest.approx((-1.289938, 36.822187), abs=1e-5)
    assert found.reason == PLUS_CODE and found.radius_km < 0.02


@pytest.mark.parametrize("text", ["2345+22", "PR6C+2V"])  # short, and nothing says where
def test_a_short_code_alone_is_no_position(text: str) -> None:
    assert find_coordinates(text) == []
