"""Positions in links of map services."""

import pytest

from classifier.places.coordinates import find_coordinates
from classifier.places.map_links import link_position
from classifier.places.positions import MAP_LINK

BEIRA = (-19.84, 34.84)


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
        "https://example.org/?q=36.2023,36.1626",
        "https://www.google.com/search?q=36.2023,36.1626",
    ],
)
def test_numbers_in_other_links_are_no_position(text: str) -> None:
    assert find_coordinates(text) == []


@pytest.mark.parametrize(
    ("text", "km"),
    [
        ("geo:-19.8436,34.8389;u=350", 0.35),
        ("https://www.google.com/maps/@-19.8436,34.8389,10z", 39.062),
    ],
)
def test_the_radius_of_a_link_is_that_of_what_it_states(text: str, km: float) -> None:
    assert find_coordinates(text)[0].radius_km == pytest.approx(km, abs=0.002)
