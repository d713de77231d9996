"""The words of hashtags."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.hashtags import parts


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ("CycloneIdai", "Cyclone Idai"),
        ("PrayForNepal", "Pray For Nepal"),
        ("prayfornepal", "pray for nepal"),
        ("hurricane_maria", "hurricane maria"),
        ("keralafloods", "kerala floods"),
        ("Keralafloods", "Kerala floods"),
        ("KERALAFLOODS", "KERALA FLOODS"),
        ("terremotoecuador", "terremoto ecuador"),
        ("SismoMéxico", "Sismo México"),
        ("NYCFlood", "NYC Flood"),
        ("Kerala2018", "Kerala 2018"),
        ("Pray4Nepal", "Pray 4 Nepal"),
        ("USA", "USA"),
        ("ceasefire", "ceasefire"),
        ("strong", "strong"),
        ("पोखरा", "पोखरा"),
        ("__Beira__", "Beira"),
        ("___", ""),
    ],
)
def test_a_hashtag_is_divided_into_its_words(tag: str, found: str) -> None:
    assert " ".join(tag[start:end] for start, end in parts(tag)) == found


@given(st.text("aBcÉ_9é\u0301ह", max_size=40))
def test_nothing_but_underscores_is_lost(tag: str) -> None:
    found = parts(tag)
    assert "".join(tag[start:end] for start, end in found) == tag.replace("_", "")
    assert found == sorted(found) and all(start < end for start, end in found)
