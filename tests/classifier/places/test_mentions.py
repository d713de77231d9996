"""Words that may name a place, in any script."""

import pytest

from classifier.places.fold import fold
from classifier.places.mentions import mentions


def folded(text: str) -> list[str]:
    return [mention.folded for mention in mentions(text)]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("floods in #PuertoRico", "puerto rico"),
        ("#DeKalb county", "dekalb"),
        ("#keralafloods", "kerala"),
        ("#hurricane_maria", "maria"),
        ("near St. Louis", "st louis"),
        ("to Port-au-Prince", "port au prince"),
        ("熊本県で地震", fold("熊本県")),
        ("ที่เชียงใหม่ครับ", fold("เชียงใหม่")),
        ("काठमाडौँ, नेपाल", "नेपाल"),
    ],
)
def test_a_name_is_among_the_candidates(text: str, name: str) -> None:
    assert name in folded(text)


def test_words_of_two_scripts_handles_and_numbers_are_no_name() -> None:
    assert "東京tower" not in folded("東京Tower") and folded("@Beira 2019") == []


def test_offsets_are_those_of_the_text() -> None:
    for mention in mentions("🌊 #BeiraFloods, Côte d’Ivoire 東京"):
        assert "🌊 #BeiraFloods, Côte d’Ivoire 東京"[mention.start : mention.end] == mention.text
