"""Looking up a place that a person types."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classifier.places import Context, search

PHILIPPINES = Context(("PH",), (120.0, 9.0, 126.5, 14.5))


def names(text: str, context: Context | None = None, limit: int = 10) -> list[str]:
    return [one.name for one in search.search(text, context=context, limit=limit)]


@pytest.mark.parametrize(
    "text", ["Tacloban", "tacl", "TACLOBAN", "Tacolban", "Taclobn", "Такловбан", "タクロバン", "Tacloban, Philippines"]
)
def test_a_town_is_found_by_its_beginning_a_misspelling_or_another_script(text: str) -> None:
    first = search.search(text, context=PHILIPPINES)[0]
    assert (first.name, first.country_code, first.country) == ("Tacloban", "PH", "Philippines")
    assert first.region == "Eastern Visayas"
    assert first.latitude == pytest.approx(11.2433)
    assert first.longitude == pytest.approx(125.0047)
    assert first.radius_km == 6


@pytest.mark.parametrize(
    ("text", "name", "country"),
    [
        ("東京", "Tokyo", "JP"), ("東", "Tokyo", "JP"), ("Mogadisho", "Mogadishu", "SO"), ("Nairobbi", "Nairobi", "KE"),
        ("بنغازي", "Benghazi", "LY"), ("काठमाडौँ", "Kathmandu", "NP"), ("São Paulo", "São Paulo", "BR"),
        ("sao pa", "São Paulo", "BR"), ("Springfield, Illinois", "Springfield", "US"),
    ],
)  # fmt: skip
def test_without_an_event_the_largest_comes_first(text: str, name: str, country: str) -> None:
    first = search.search(text)[0]
    assert (first.name, first.country_code) == (name, country)


def test_what_stands_behind_a_comma_says_where() -> None:
    assert {one.region for one in search.search("Paris, Texas")} == {"Texas"}
    assert search.search("Paris, TX") == search.search("Paris, Texas")
    assert search.search("Paris")[0].country_code == "FR"
    assert names("Paris, Atlantis")[0] == "Paris"  # an area that does not exist hides nothing


def test_places_of_the_event_come_first() -> None:
    assert search.search("San Jose", context=PHILIPPINES)[0].country_code == "PH"
    assert search.search("San Jose")[0].country_code == "US"
    leyte = Context(("PH",), (124.0, 10.0, 125.5, 11.6))
    assert search.search("Palo", context=leyte)[0].region == "Eastern Visayas"


@pytest.mark.parametrize(
    ("text", "latitude", "longitude"),
    [
        ("14.6, 121.0", 14.6, 121.0), ("-19.84 34.84", -19.84, 34.84), ("١٤.٦، ١٢١.٠", 14.6, 121.0),
        ("https://maps.google.com/?q=14.6,121.0", 14.6, 121.0), ("11°14'36\"N 125°00'17\"E", 11.24333, 125.00472),
    ],
)  # fmt: skip
def test_a_position_is_the_only_result(text: str, latitude: float, longitude: float) -> None:
    (found,) = search.search(text, context=PHILIPPINES)
    assert (found.id, found.type, found.name) == (None, "coordinates", "")
    assert (found.latitude, found.longitude) == (pytest.approx(latitude, abs=1e-4), pytest.approx(longitude, abs=1e-4))
    assert found.radius_km > 0


def test_a_position_that_cannot_be_is_none() -> None:
    assert search.search("95.0, 121.0") == []
    assert search.search("0.0, 0.0") == []


def test_a_number_finds_its_place_again() -> None:
    first = search.search("Tacloban", context=PHILIPPINES)[0]
    assert first.id is not None
    assert search.find(first.id) == first
    assert search.find(0) is None
    assert search.find(10**18 - 1) is None


def test_no_place_comes_twice_and_the_limit_holds() -> None:
    found = search.search("san", context=PHILIPPINES, limit=50)
    assert len({one.id for one in found}) == len(found) == 50
    assert len(search.search("san", limit=10_000)) == 50
    assert search.search("san", limit=0) == []
    assert search.search("14.6, 121.0", limit=0) == []


@given(text=st.text(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_text_is_answered(text: str) -> None:
    assert len(search.search(text, context=PHILIPPINES, limit=5)) <= 5


def test_short_beginnings_are_answered_fast() -> None:
    search.search("Xyzzyx", context=PHILIPPINES)  # reads the names of the country once
    for text in ("s", "sa", "st", "東", "ا", "zzzzzz"):
        began = time.perf_counter()
        search.search(text, context=PHILIPPINES)
        assert time.perf_counter() - began < 1  # some 30 ms on an idle machine
