"""Places named in texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.places import Context, Place, find_places
from classifier.places.find import MAX_PLACES
from classifier.places.measure import Given

CYCLONE = Context(country_codes=("MZ", "ZW", "MW"), bbox=(31.5, -21.5, 38.5, -14.5))


def names(places: list[Place]) -> list[tuple[str, str | None]]:
    return [(place.text, place.country_code) for place in places]


def test_a_town_in_the_events_area_is_placed_with_its_radius() -> None:
    (place,) = find_places("Água até ao telhado no Búzi, precisamos de barcos", context=CYCLONE)
    assert (place.name, place.type, place.country_code, place.start, place.end) == ("Búzi", "town", "MZ", 23, 27)
    assert place.latitude == pytest.approx(-19.9, abs=0.1) and place.longitude == pytest.approx(34.5, abs=0.2)
    assert place.radius_km == 3 and place.score >= 0.9


@pytest.mark.parametrize("text", ["Springfield is under water", "People trapped in San Jose", "Fire near Georgetown"])
def test_a_namesake_without_context_is_never_a_confident_pin(text: str) -> None:
    (place,) = find_places(text)
    assert place.latitude is None and place.radius_km is None and place.name is None


@pytest.mark.parametrize(
    ("text", "country", "latitude"),
    [
        ("Need help in Springfield, Illinois", "US", 39.8),
        ("Flood in San Jose, Costa Rica", "CR", 9.9),
        ("Paris, Texas is burning", "US", 33.7),
    ],
)
def test_a_qualifier_tells_namesakes_apart(text: str, country: str, latitude: float) -> None:
    (place,) = find_places(text)
    assert place.country_code == country and place.latitude == pytest.approx(latitude, abs=0.3)


def test_the_events_area_tells_namesakes_apart() -> None:
    assert find_places("Georgetown needs water")[0].latitude is None
    (place,) = find_places("Georgetown needs water", context=Context(("GY",)))
    assert place.country_code == "GY" and place.latitude == pytest.approx(6.8, abs=0.1)


def test_hashtags_name_places() -> None:
    assert names(find_places("#BeiraFloods need boats")) == [("Beira", "MZ")]
    assert names(find_places("pray #nepalquake")) == [("nepal", "NP")]


@pytest.mark.parametrize(
    "text",
    [
        "Hurricane Maria is coming",
        "I HOPE it stops",
        "Nice people, Reading a book",
        "@Beira thank you",
        "this is a test",
    ],
)
def test_people_storms_and_common_words_are_no_places(text: str) -> None:
    assert find_places(text) == []


def test_a_misspelt_town_of_the_events_country_is_found() -> None:
    (place,) = find_places("boats needed in Nhamatnda", context=CYCLONE)
    assert (place.text, place.name) == ("Nhamatnda", "Nhamatanda")
    assert find_places("boats needed in Nhamatnda") == []


def test_offsets_count_code_points() -> None:
    text = "🌊🌊 água em Beira"
    (place,) = find_places(text)
    assert text[place.start : place.end] == "Beira"


@given(st.text(max_size=400))
def test_any_text_is_read_and_spans_match_it(text: str) -> None:
    for place in find_places(text, context=CYCLONE):
        assert text[place.start : place.end] == place.text
        assert 0 <= place.score <= 1 and (place.latitude is None) == (place.radius_km is None)


def test_a_long_text_names_a_bounded_number() -> None:
    assert len(find_places("Beira and Chimoio, " * 600)) <= MAX_PLACES
    assert find_places("\ud800 lone surrogates \udfff") == []


def marked(text: str, *names: str) -> list[Given]:
    return [Given(text.index(name), text.index(name) + len(name)) for name in names]


@pytest.mark.parametrize(
    ("text", "span", "country", "found", "code"),
    [
        ("Fire in TX tonight", "TX", "US", "Texas", "US"),
        ("Stuck at Beira’s market", "Beira’s", "MZ", "Beira", "MZ"),
        ("roads near #PuertoRico cut", "PuertoRico", "PR", "Puerto Rico", "PR"),
        ("Water rising in Harris County", "Harris County", "US", "Harris County", "US"),
        ("Trapped at Chico’s WalMart", "Chico’s WalMart", "US", "Chico", "US"),
        ("Pray for Quelimaine", "Quelimaine", "MZ", "Quelimane", "MZ"),
    ],
)
def test_what_a_model_marked_is_looked_up_as_people_write_it(
    text: str, span: str, country: str, found: str, code: str
) -> None:
    (place,) = find_places(text, context=Context((country,)), spans=marked(text, span))
    assert (place.name, place.country_code, place.text) == (found, code, span)
    assert place.latitude is not None and 0 < place.score < 1


@pytest.mark.parametrize(
    ("text", "span"),
    [("Down at Richmond Street", "Richmond Street"), ("Near Zzyqx village", "Zzyqx village"), ("By the Lake", "Lake")],
)
def test_no_part_of_an_unknown_name_becomes_a_pin_on_a_namesake(text: str, span: str) -> None:
    (place,) = find_places(text, context=Context(("CA",)), spans=marked(text, span))
    assert place.latitude is None and place.name is None and place.score < 0.5
    assert (place.text, text[place.start : place.end]) == (span, span)


def test_names_of_the_event_are_found_that_a_model_misses_and_no_others() -> None:
    text = "No word from Quelimane, Paris is quiet"
    assert find_places(text, spans=[]) == []
    (place,) = find_places(text, context=CYCLONE, spans=[])
    assert (place.text, place.country_code) == ("Quelimane", "MZ")


def test_an_ending_behind_an_apostrophe_is_no_part_of_the_name() -> None:
    (place,) = find_places("Kahramanmaraş'ta enkaz altında sesler geliyor", lang="tr")
    assert (place.text, place.country_code) == ("Kahramanmaraş", "TR")


def test_what_a_model_marks_stands_beside_the_names_of_the_event() -> None:
    text = "Boats go from Beira to Quelimane and Praia Nova"
    found = find_places(text, context=CYCLONE, spans=marked(text, "Beira", "Praia Nova"))
    assert [place.text for place in found] == ["Beira", "Quelimane", "Praia Nova"]


def test_marked_namesakes_are_told_apart_by_what_follows_and_both_are_places() -> None:
    text = "Paris, Texas is burning"
    first, second = find_places(text, spans=marked(text, "Paris", "Texas"))
    assert (first.country_code, second.name) == ("US", "Texas")


@given(st.text(max_size=80), st.integers(0, 90), st.integers(0, 90))
def test_any_span_of_any_text_gives_one_place_or_none(text: str, start: int, end: int) -> None:
    places = find_places(text, spans=[Given(min(start, end), max(start, end))])
    assert len(places) == (1 if max(start, end) <= len(text) else 0)


@pytest.mark.parametrize(
    ("text", "span", "country"),
    [
        ("Lismore NSW is flooding", "Lismore", "AU"),
        ("Lismore NSW is flooding", "Lismore NSW", "AU"),
        ("Lismore, NSW is flooding", "Lismore", "AU"),
        ("Need water in Ponce PR", "Ponce", "PR"),
        ("Paradise, CA burns", "Paradise", "US"),
        ("Muzaffarabad AJK shaken", "Muzaffarabad", "PK"),
        ("Fire near Athens GA", "Athens", "US"),
        ("Curitiba PR debaixo d'água", "Curitiba", "BR"),
    ],
)
def test_an_abbreviation_behind_a_name_tells_namesakes_apart(text: str, span: str, country: str) -> None:
    (place,) = find_places(text, spans=marked(text, span))
    assert (place.country_code, place.text) == (country, span)


def test_a_code_that_is_a_word_qualifies_nothing_in_a_text_of_capitals() -> None:
    text = "PORTLAND IN FLAMES"
    (place,) = find_places(text, spans=marked(text, "PORTLAND"))
    assert place.name is None or place.country_code == "US"
    assert place.latitude is None or place.latitude > 43  # not Portland, Indiana


def test_a_name_beside_its_country_is_placed_there() -> None:
    text = "Fires around Athens tonight, Greece needs planes"
    athens, greece = find_places(text, spans=marked(text, "Athens", "Greece"))
    assert (athens.country_code, athens.type) == ("GR", "city") and athens.latitude == pytest.approx(38.0, abs=0.2)
    assert (greece.country_code, greece.type) == ("GR", "country") and (greece.radius_km or 0) > 100


@pytest.mark.parametrize("word", ["Greek", "Nepali", "Haitian", "Turkish"])
def test_an_adjective_is_no_place_but_tells_the_country(word: str) -> None:
    assert find_places(f"{word} rescuers arrive") == []
    text = f"{word} rescuers arrive"
    (place,) = find_places(text, spans=marked(text, word))
    assert place.latitude is None


def test_an_adjective_tells_which_namesake_is_meant() -> None:
    text = "Tripoli hospital is full, Libyan doctors need help"
    (place,) = find_places(text, spans=marked(text, "Tripoli"))
    assert place.country_code == "LY"


def test_an_event_is_never_pinned_to_a_small_namesake_on_another_continent() -> None:
    text = "Boats needed in Lismore"
    (place,) = find_places(text, context=Context(("AU",)), spans=marked(text, "Lismore"))
    assert place.country_code == "AU"
    text = "Boats needed in Kilkenny"  # in Ireland, and a village that the gazetteer lacks
    (place,) = find_places(text, context=Context(("PH",)), spans=marked(text, "Kilkenny"))
    assert place.latitude is None


def test_an_event_may_speak_of_a_metropolis_elsewhere() -> None:
    text = "Planes leave London with tents"
    (place,) = find_places(text, context=Context(("NP",)), spans=marked(text, "London"))
    assert place.country_code == "GB"


@pytest.mark.parametrize(
    ("text", "lang", "named", "country"),
    [
        ("भूकंप पोखरा में बहुत नुकसान", "hi", "पोखरा", "NP"),
        ("পানি বাড়ছে সিলেটে, নৌকা দরকার", "bn", "সিলেটে", "BD"),
        ("زلزال قوي في حلب", "ar", "حلب", "SY"),
        ("زلزله شدید در هرات", "fa", "هرات", "AF"),
        ("کراچی میں سیلاب", "ur", "کراچی", "PK"),
        ("成都发生地震", "zh", "成都", "CN"),
        ("在花蓮縣有人受困", "zh", "花蓮縣", "TW"),
        ("石川県で地震", "ja", "石川県", "JP"),
        ("カトマンズで地震", "ja", "カトマンズ", "NP"),
        ("В Харькове нет воды", "ru", "Харькове", "UA"),
        ("Φωτιά στην Αθήνα", "el", "Αθήνα", "GR"),
        ("Kahramanmaraş'ta deprem oldu", "tr", "Kahramanmaraş", "TR"),
    ],
)
def test_the_gazetteer_finds_places_where_no_model_was_measured(text: str, lang: str, named: str, country: str) -> None:
    places = find_places(text, spans=[], lang=lang, trusted=False)
    assert [(place.country_code, place.text.startswith(named)) for place in places] == [(country, True)]
    assert find_places(text, spans=[], lang=lang, trusted=True) == []


def test_an_untrusted_model_adds_only_what_the_gazetteer_knows() -> None:
    text = "В Харькове и Зззык нет воды"
    unsure = [Given(text.index("Зззык"), text.index("Зззык") + 5, 0.5)]
    assert [place.text for place in find_places(text, spans=unsure, lang="ru", trusted=False)] == ["Харькове"]
    sure = [Given(unsure[0].start, unsure[0].end, 0.95)]
    assert len(find_places(text, spans=sure, lang="ru", trusted=False)) == 2


def test_namesakes_far_apart_stay_open_without_evidence() -> None:
    for name in ("Springfield", "Georgetown", "Santiago de la Paz"):
        text = f"Help in {name}"
        (place,) = find_places(text, spans=marked(text, name))
        assert place.latitude is None
