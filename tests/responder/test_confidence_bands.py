"""A probability has the band that its cut-off says, and every band has its words."""

import pytest

from responder import confidence_bands


@pytest.mark.parametrize(("probability", "band"), [(0.9, 5), (0.85, 5), (0.7, 4), (0.5, 3), (0.3, 2), (0.29, 1)])
def test_bands_of_confidence(probability: float, band: int) -> None:
    assert confidence_bands.band_of(probability, abstained=False) == band
    assert confidence_bands.band_of(probability, abstained=True) == 1


def test_every_band_has_a_cut_off_and_words() -> None:
    assert confidence_bands.BANDS == (1, 2, 3, 4, 5)
    cut_off_bands = [band for _, band in confidence_bands.CUT_OFFS]
    assert sorted([confidence_bands.LOWEST, *cut_off_bands]) == list(confidence_bands.BANDS)
