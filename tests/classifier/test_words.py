"""Words in any script."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.words import widened, words


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in words(text)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Port-au-Prince, Xi'an and Côte d’Ivoire!", ["Port-au-Prince", "Xi'an", "and", "Côte", "d’Ivoire"]),
        ("the U.S.A. has 3.5 of St.Louis", ["the", "U.S.A", "has", "3.5", "of", "St", "Louis"]),
        ("“Beira” 🌊️Dondo🌊️ _Búzi_ (Caia)", ["Beira", "Dondo", "Búzi", "Caia"]),
        ("काठमाडौँ, पोखरा", ["काठमाडौँ", "पोखरा"]),  # vowel signs and nasal marks
        ("ঢাকায় বন্যা", ["ঢাকায়", "বন্যা"]),  # a virama joins two letters
        ("می\u200cخواهم در تهران", ["می\u200cخواهم", "در", "تهران"]),  # zero width non-joiner
        ("Bouake\u0301 Bei\u200bra so\u00adon", ["Bouake\u0301", "Bei\u200bra", "so\u00adon"]),
        ("서울에서 지진", ["서울에서", "지진"]),
        ("東京でソウル", ["東", "京", "で", "ソウル"]),
        ("เชียงใหม่", ["เชี", "ย", "ง", "ให", "ม่"]),
        ("#CycloneIdai #hurricane_maria", ["Cyclone", "Idai", "hurricane", "maria"]),
        ("a#b &#39; #", ["a", "b", "39"]),
        ("", []),
    ],
)
def test_words_are_those_of_unicode(text: str, found: list[str]) -> None:
    assert split(text) == found


def test_a_range_that_cuts_words_is_widened_and_others_stay() -> None:
    text = "in Quelimane now"
    assert widened(text, 6, 9) == (3, 12)
    assert widened(text, 3, 12) == (3, 12) and widened(text, 2, 13) == (2, 13) and widened(text, 0, 5) == (0, 12)
    assert widened("", 0, 0) == (0, 0)


@given(st.text(max_size=80))
def test_every_letter_is_in_one_word_and_words_do_not_touch_spaces(text: str) -> None:
    found = words(text)
    assert all(before[1] <= after[0] for before, after in pairwise(found))
    inside = {i for start, end in found for i in range(start, end)}
    assert all(i in inside for i, character in enumerate(text) if unicodedata.category(character)[0] == "L")
    assert not any(text[i] in " \t\n\r\u3000" for i in inside)
