"""The bundled gazetteer: names in their own script, and how it is read."""

import pytest

from classifier.places import gazetteer, sounds
from classifier.places.distance import distance_km
from classifier.places.fold import fold

SIZE_LIMIT = 20_000_000  # bytes: it lies in the repository and in every image


@pytest.mark.parametrize(
    ("name", "country", "latitude", "longitude"),
    [
        ("Αθήνα", "GR", 38.0, 23.7),
        ("Θεσσαλονίκη", "GR", 40.6, 22.9),
        ("Харьков", "UA", 50.0, 36.2),
        ("Харків", "UA", 50.0, 36.2),
        ("Орск", "RU", 51.2, 58.6),
        ("بنغازي", "LY", 32.1, 20.1),
        ("بيروت", "LB", 33.9, 35.5),
        ("درنة", "LY", 32.8, 22.6),
        ("کراچی", "PK", 24.9, 67.0),
        ("هرات", "AF", 34.3, 62.2),
        ("काठमाडौँ", "NP", 27.7, 85.3),
        ("पोखरा", "NP", 28.2, 84.0),
        ("देहरादून", "IN", 30.3, 78.0),
        ("সিলেট", "BD", 24.9, 91.9),
        ("চট্টগ্রাম", "BD", 22.3, 91.8),
        ("成都", "CN", 30.7, 104.1),
        ("郑州市", "CN", 34.8, 113.6),
        ("鄭州", "CN", 34.8, 113.6),
        ("花蓮", "TW", 24.0, 121.6),
        ("広島", "JP", 34.4, 132.5),
        ("広島市", "JP", 34.4, 132.5),
        ("カトマンズ", "NP", 27.7, 85.3),
        ("서울", "KR", 37.6, 127.0),
        ("เชียงใหม่", "TH", 18.8, 99.0),
        ("תל אביב", "IL", 32.1, 34.8),
        ("አዲስ አበባ", "ET", 9.0, 38.7),
        ("თბილისი", "GE", 41.7, 44.8),
        ("Երևան", "AM", 40.2, 44.5),
        ("கொழும்பு", "LK", 6.9, 79.9),
        ("İslahiye", "TR", 37.0, 36.6),
        ("Türkoğlu", "TR", 37.4, 36.9),
        ("Hassa", "TR", 36.8, 36.5),
        ("Lismore", "AU", -28.8, 153.3),
        ("Muzaffarabad", "PK", 34.4, 73.5),
        ("Medellín", "CO", 6.2, -75.6),
    ],
)
def test_a_town_is_known_in_its_script(name: str, country: str, latitude: float, longitude: float) -> None:
    entries = gazetteer.lookup([fold(name)]).get(fold(name), [])
    near = [e for e in entries if distance_km((e.latitude, e.longitude), (latitude, longitude)) <= 50]
    assert country in {entry.country for entry in near if entry.type in ("city", "town")}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Ελλάδα", "GR"), ("Україна", "UA"), ("Турция", "TR"), ("سوريا", "SY"), ("ایران", "IR"), ("پاکستان", "PK"),
        ("नेपाल", "NP"), ("भारत", "IN"), ("বাংলাদেশ", "BD"), ("中国", "CN"), ("中國", "CN"), ("トルコ", "TR"),
        ("대한민국", "KR"), ("ไทย", "TH"), ("Türkiye", "TR"), ("Moçambique", "MZ"), ("Filipinas", "PH"),
        ("Marekani", "US"), ("Pilipinas", "PH"), ("Haïti", "HT"),
    ],
)  # fmt: skip
def test_a_country_is_known_in_many_languages(name: str, code: str) -> None:
    entries = gazetteer.lookup([fold(name)])[fold(name)]
    assert code in {entry.country for entry in entries if entry.type == "country"}
    assert all(entry.radius_km >= 20 for entry in entries if entry.type == "country")


@pytest.mark.parametrize(
    ("name", "country"),
    [
        ("Kerala", "IN"), ("केरल", "IN"), ("New South Wales", "AU"), ("Hatay", "TR"), ("四川省", "CN"), ("四川", "CN"),
        ("石川県", "JP"), ("Attica", "GR"), ("Харьковская область", "UA"), ("Bagmati", "NP"), ("Texas", "US"),
        ("テキサス", "US"), ("Rio Grande do Sul", "BR"), ("Khyber Pakhtunkhwa", "PK"),
    ],
)  # fmt: skip
def test_a_state_is_known_with_its_radius(name: str, country: str) -> None:
    states = [entry for entry in gazetteer.lookup([fold(name)])[fold(name)] if entry.type in ("state", "county")]
    assert country in {entry.country for entry in states} and all(entry.radius_km >= 8 for entry in states)


def test_a_code_is_a_name_of_another_rank() -> None:
    (entry,) = [e for e in gazetteer.lookup(["kl"])["kl"] if e.country == "IN"]
    assert (entry.name, entry.type, entry.rank) == ("Kerala", "state", gazetteer.CODE)


def test_a_name_is_found_by_its_sound() -> None:
    names = {sounds.key(sounds.romanised(fold(name))) for name in ("Μεντεγίν", "মেদেলিন", "Медельин", "ميديلين")}
    assert {sounds.key("medellin")} < names | {"mdkn"} and "mdln" in names
    assert "Medellín" in {entry.name for entry in gazetteer.sounding(["mdln"])["mdln"]}


def test_names_that_do_not_exist_are_left_out() -> None:
    assert gazetteer.lookup(["zzyqx"]) == {} and gazetteer.lookup([]) == {}


def test_many_names_are_looked_up_in_chunks() -> None:
    names = [f"nowhere {number}" for number in range(3 * gazetteer.CHUNK)]
    assert set(gazetteer.lookup([*names, "beira"])) == {"beira"}


def test_continents_are_known() -> None:
    assert (gazetteer.continent("AU"), gazetteer.continent("IE"), gazetteer.continent("XX")) == ("OC", "EU", "")


def test_the_file_stays_small() -> None:
    assert gazetteer.FILE.stat().st_size <= SIZE_LIMIT
