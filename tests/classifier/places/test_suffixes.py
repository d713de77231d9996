"""Names without the endings of their language."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.places.suffixes import MOST, elision_length, stem_length, stems


@pytest.mark.parametrize(
    ("word", "lang", "stem"),
    [
        ("Kahramanmaraş'ta", "tr", "Kahramanmaraş"),
        ("Kahramanmaraş’taki", None, "Kahramanmaraş"),
        ("ANKARA'DA", None, "ANKARA"),
        ("İstanbuldan", "tr", "İstanbul"),
        ("diyarbakirda", "tr", "diyarbakir"),
        ("Gölcüğe", "tr", "Gölcük"),
        ("Antakyaya", "tr", "Antakya"),
        ("Beira’s", None, "Beira"),
        ("the Philippines'", "en", "the Philippines"),
        ("d'Abidjan", "fr", "Abidjan"),
        ("Харькове", "ru", "Харьков"),
        ("Москве", "ru", "Москва"),
        ("Казани", None, "Казань"),
        ("Сумах", None, "Сумы"),
        ("Нижнем Новгороде", "ru", "Нижний Новгород"),
        ("Львові", "uk", "Львів"),
        ("Харкова", "uk", "Харків"),
        ("Києві", None, "Київ"),
        ("Одесі", "uk", "Одеса"),
        ("Αθήνας", "el", "Αθήνα"),
        ("Βόλου", None, "Βόλος"),
        ("Θεσσαλονίκης", "el", "Θεσσαλονίκη"),
        ("ঢাকায়", "bn", "ঢাকা"),
        ("ঢাকার", None, "ঢাকা"),
        ("সিলেটে", "bn", "সিলেট"),
        ("সিলেটের", None, "সিলেট"),
        ("काठमाडौँमा", "ne", "काठमाडौँ"),
        ("पोखराको", None, "पोखरा"),
        ("कलकत्ते", "hi", "कलकत्ता"),
        ("मुंबईत", "mr", "मुंबई"),
        ("والقاهرة", "ar", "القاهرة"),
        ("للقاهرة", None, "القاهرة"),
        ("بالقاهرة", "ar", "قاهرة"),
        ("وبحلب", "ar", "حلب"),
        ("آمریکای", "fa", "آمریکا"),
        ("کوئٹے", "ur", "کوئٹہ"),
        ("Lamuni", "sw", "Lamu"),
    ],
)
def test_the_name_is_among_the_candidates_behind_the_word_itself(word: str, lang: str | None, stem: str) -> None:
    found = list(stems(word, lang))
    assert found[0] == word and stem in found[1:]


@pytest.mark.parametrize(
    ("word", "lang"),
    [("Xi'an", None), ("Sana'a", "tr"), ("Jakarta", "id"), ("Quezon City", "tl"), ("Adana", None), ("東京", "ja")],
)
def test_a_name_without_an_ending_stays_alone(word: str, lang: str | None) -> None:
    assert list(stems(word, lang)) == [word]


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("Kahramanmaraş'ta", "Kahramanmaraş"),
        ("Şanlıurfa’da", "Şanlıurfa"),
        ("Beira's", "Beira"),
        ("New York’s", "New York"),
        ("Xi'an", "Xi'an"),
        ("Sana'a", "Sana'a"),
        ("Ta'if", "Ta'if"),
        ("St. John's", "St. John's"),
        ("N'Djamena", "N'Djamena"),
        ("Слов'янськ", "Слов'янськ"),
    ],
)
def test_an_ending_behind_an_apostrophe_is_no_part_of_the_name(name: str, stem: str) -> None:
    start = name.rfind(" ") + 1
    assert name[: start + stem_length(name, start)] == stem


def test_an_elided_word_stands_before_a_name() -> None:
    assert [elision_length(name) for name in ("d’Abidjan", "D'Iberville", "d'accord", "Dondo", "")] == [2, 0, 0, 0, 0]


@given(st.text(max_size=30), st.sampled_from([None, "tr", "ru", "uk", "el", "bn", "hi", "mr", "ar", "fa", "sw", "xx"]))
def test_any_word_has_few_candidates_each_once(word: str, lang: str | None) -> None:
    found = list(stems(word, lang))
    assert found[0] == word and len(found) <= MOST and len(set(found)) == len(found)
    assert 0 <= stem_length(word) <= len(word)
