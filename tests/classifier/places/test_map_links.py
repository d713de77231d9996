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
        "https://www.google.com/maps/place/19%C2%B050'24%22S+34%C2%B050'24%22E/@-19.8,34.8,12z",
        "https://www.google.com/maps/dir/1.5,2.5/3.5,4.5/-19.84,34.84/@-10,30,5z/data=!4m2",
        "https://maps.google.com/?q=-19.84,34.84+(Home)",
        "geo:-19.84,34.84;crs=wgs84",
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
        "https://maps.google.com/?q=12,14+Rue+Hugo",
        "https://maps.google.com/?q=12,5th+Street",
        "https://www.google.com/maps/search/12,14+Rue+Hugo",
        "https://maps.google.com/?q=36.2023S,36.1626W",
        "https://maps.google.com/?q=Hatay&sll=36.2023,36.1626",
        "https://maps.apple.com/?q=Hospital&sll=36.2023,36.1626",
        "https://www.google.com/maps/dir/36.2023,36.1626/Hatay/@36.2,36.1,9z",
        "https://maps.google.com/?q=200.5,36.1",
        "https://maps.app.goo.gl/AbCd1234xyz",
        "https://wa.me/254712345678?text=36.2023,36.1626",
        "https://maps.google.com.example.org/?q=36.2023,36.1626",
        "geo:36.2023,36.1626;crs=moon-2011",
        "geo:0,0?q=12,14+Rue+Hugo",
        "geo:91,200",
    ],
)
def test_numbers_in_other_links_are_no_position(text: str) -> None:
    assert find_coordinates(text) == []


@pytest.mark.parametrize(
    ("text", "km"),
    [
        ("geo:-19.8436,34.8389;u=350", 0.35),
        ("https://www.google.com/maps/@-19.8436,34.8389,10z", 39.062),
        ("https://www.google.com/maps/@-19.8436,34.8389,1500m/data=!3m1", 0.375),
        ("https://www.google.com/maps/@-19.8436,34.8389,1500000m/data=!3m1", 375.0),
        ("https://www.google.com/maps/@-19.8436,34.8389,3a,75y,90t/data=!3m6", 0.01),
        ("https://yandex.com/maps/?ll=34.8389%2C-19.84", 0.01),
    ],
)
def test_the_radius_of_a_link_is_that_of_what_it_states(text: str, km: float) -> None:
    assert find_coordinates(text)[0].radius_km == pytest.approx(km, abs=0.002)
