"""The numbers that positions are written with."""

import pytest

from classifier.places import positions


@pytest.mark.parametrize(
    ("latitude", "longitude", "possible"),
    [(90, -180, True), (0, 1, True), (0, 0, False), (1e-7, -1e-7, False), (90.1, 0, False), (1, 180.1, False)],
)
def test_degrees_out_of_range_and_null_island_are_impossible(latitude: float, longitude: float, possible: bool) -> None:
    assert positions.is_possible(latitude, longitude) is possible
    assert (positions.position_at((0, 4), latitude, longitude, 1.0, positions.IN_TEXT) is not None) is possible


def test_the_most_exact_number_says_how_precise_a_position_is() -> None:
    assert positions.precision_km(36.2, 36.16) == pytest.approx(0.777)
    assert positions.precision_km(36.20231234, 36.1) == positions.MIN_RADIUS_KM


def test_normalized_text_keeps_its_offsets() -> None:
    text = "٣٦٫٢ १२ ３５，５ 𝟙𝟚 −5º ½ ²"
    normalized = positions.normalize(text)
    assert normalized == "36.2 12 35,5 12 -5° ½ ²" and len(normalized) == len(text)
    assert positions.blank(normalized, [(0, 4), (5, 7)])[:9] == "\n\n\n\n \n\n 3"
