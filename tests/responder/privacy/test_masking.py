import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.privacy.masking import EMAIL, HANDLE, HIDDEN, cover, mask, mask_author, point


@pytest.mark.parametrize(
    "text",
    [
        "Call +258 84 123 4567 now",
        "call 0841234567",
        "(021) 555-01 23 is open",
        "ring 84.123.45.67.8",
        "hidden 84\u200b1\u200b2\u200b3\u200b4567 number",
        "write to ana.m+help@example.org please",
        "thanks @relief_ana!",
        "ask @ana@mastodon.example or @ana.bsky.social",
    ],
)
def test_what_identifies_people_is_hidden(text):
    masked = mask(text)
    assert HIDDEN in masked
    assert not re.search(r"\d{3}", masked)
    for name in ("ana", "example", "bsky"):
        assert name not in masked


@pytest.mark.parametrize(
    "text",
    [
        "Water rising in Beira, 350 families on the roof",
        "Since 2019-03-14 we have no power",
        "Cyclone of 14/03/2019",
        "10 000 000 people need food",
        "magnitude 7.8 at 19.84, 34.84",
        "Nova Sofala and Búzi are cut off",
        "Looking for Water And Food in Beira",
        "Family looking for Nhamatanda clinic",
        "Looking for my sister in Chimoio",
    ],
)
def test_places_dates_and_counts_stay(text):
    assert mask(text) == text


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Looking for my sister Maria João in Chimoio", ["Maria", "João"]),
        ("looking for Maria dos Santos, last seen in Beira", ["Maria", "Santos"]),
        ("my son Pedro, 12, is missing", ["Pedro"]),
        ("procuro a minha irmã Ana Matos em Beira", ["Ana", "Matos"]),
        ("MISSING: MARIA SANTOS NEAR BEIRA MARKET", ["MARIA", "SANTOS"]),
        ("Carlos Mendes (54) was found", ["Carlos", "Mendes"]),
        ("Se llama José Luis y tiene 7 años", ["José", "Luis"]),
        ("recherche Jean-Pierre Dupont à Beira", ["Jean", "Dupont"]),
    ],
)
def test_names_of_people_who_are_looked_for_are_hidden_and_places_stay(text, names):
    masked = mask(text)
    assert HIDDEN in masked
    assert not [name for name in names if name in masked]
    for place in ("Chimoio", "Beira", "BEIRA"):
        assert (place in text) == (place in masked)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("we are at -19.84362, 34.83891", f"we are at {HIDDEN}"),
        ("pin 19.843,34.838 please", f"pin {HIDDEN} please"),
        ("Rua das Flores 112, Beira", f"Rua das Flores {HIDDEN}, Beira"),
        ("Rua 12 de Julho, 45", f"Rua 12 de Julho, {HIDDEN}"),
        ("trapped at 14 Main Street", f"trapped at {HIDDEN} Main Street"),
    ],
)
def test_exact_home_points_are_hidden_and_streets_stay(text, masked):
    assert mask(text) == masked


def test_an_exact_position_is_moved_and_that_of_a_town_stays():
    assert point(-19.84362, 34.83891, 0.05) == (-19.84, 34.84)
    assert point(-19.84362, 34.83891, 9.0) == (-19.84362, 34.83891)
    assert point(None, None, None) == (None, None)


@given(st.lists(st.sampled_from(["my sister", "looking for", "Ana", "Maria", "dos", "Santos", "(12)", ", 9 anos", "in",
                                 "Beira", "name is", "RUA", "Rua", "Flores", "12", "@x", "call"]), max_size=14))  # fmt: skip
def test_masking_names_twice_changes_nothing_more(parts):
    text = " ".join(parts)
    assert mask(mask(text)) == mask(text)
    assert re.sub("•+", "•", cover(text)) == re.sub("•+", "•", mask(text))


@given(st.text(max_size=300))
def test_masking_twice_changes_nothing_more(text):
    assert mask(mask(text)) == mask(text)


@given(st.text(alphabet="ab1 @.+-_", max_size=200))
def test_no_address_or_handle_is_left(text):
    rest = mask(text)
    assert not EMAIL.search(rest)
    assert not HANDLE.search(rest)


@given(st.text(alphabet="ab12 @＠.+-_(•", max_size=120))
def test_covering_hides_what_masking_hides_and_keeps_positions(text):
    covered = cover(text)
    assert len(covered) == len(text)
    assert re.sub("•+", "•", covered) == re.sub("•+", "•", mask(text))


@given(st.from_regex(r"\+[1-9][0-9]{7,13}", fullmatch=True), st.sampled_from(["", "tel ", "Beira: "]))
def test_international_numbers_are_hidden(number, before):
    assert mask(before + number) == before + HIDDEN


@pytest.mark.parametrize(
    "unit",
    [
        "1 ",
        "@",
        "a.",
        "1-",
        "@a",
        "a@a.",
        "+1(",
        "my sister ",
        "sister Aa ",
        "Aa ",
        "Rua a ",
        "1 Aa ",
        "1.234,",
        "\u00ad1",
        "é",
        "मेरा नाम ",
        "我叫王",
        " at ",
        "a[at]b ",
        "fb.com/a ",
        "841 234 567 ",
        "19.843 ",
        "1,234 ",
        "GB82WEST ",
        "AB1234567 ",
        "1丁目2番3号",
        "house no. ",
        "12 Main ",
        "1°2' ",
        "passport a1 ",
        "insta:a ",
        "•1",
        "a dot ",
        "DE89 3704 ",
        "tg://a?",
        "a_at_",
        "_at_a_dot_",
        "19°50'",
        "N 19 50 ",
        "19 degrees 5 minutes ",
        "Room 2 ",
        "no 1 D:",
        "ul. a 1/",
        "路1号",
        "ห้อง ",
        "หาย: ก",
        "실종: 김",
        "last seen Aa ",
        "نبحث عن علي ",
        "लापता राम ",
        "Aa Bb'dan haber",
        "Aa Bb missing ",
        "ul. a 1 ",
        "H. No. 1-",
        "https://api.whatsapp.com/send?phone=",
    ],
)
def test_hostile_text_takes_time_in_proportion_to_its_length(unit):
    assert len(mask(unit * (50_000 // len(unit)))) <= 50_000 + len(HIDDEN) * 25_000


def test_an_author_keeps_the_first_letter_alone():
    assert mask_author("@relief_ana") == f"r{HIDDEN}"
    assert mask_author("") == ""
