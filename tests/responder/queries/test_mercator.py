import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.queries import mercator

latitudes = st.floats(-85, 85)
longitudes = st.floats(-180, 179.99)


@given(latitudes, longitudes)
def test_projecting_back_is_within_a_grid_unit(latitude, longitude):
    x, y = mercator.project(latitude, longitude)
    back = mercator.unproject(x + 0.5, y + 0.5)
    assert back == pytest.approx((latitude, longitude), abs=3e-5)


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_place_on_earth_is_on_the_grid(latitude, longitude):
    assert all(0 <= value < mercator.SIZE for value in mercator.project(latitude, longitude))


def test_east_is_right_and_north_is_up():
    beira, lisbon = mercator.project(-19.84, 34.84), mercator.project(38.72, -9.14)
    assert beira[0] > lisbon[0]
    assert beira[1] > lisbon[1]


def test_a_pixel_halves_with_every_zoom():
    assert mercator.units_per_pixel(0) == 2**16
    assert mercator.units_per_pixel(18) == 0.25
