"""Hashtags: where their words begin, and the way back to the text as sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.ml.text import align, clean


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("pray #PrayForNepal", "pray # Pray For Nepal"),
        ("#CycloneIdai: #Idai", "# Cyclone Idai: # Idai"),
        ("#keralafloods", "# kerala floods"),
        ("#prayfornepal", "# prayfor nepal"),
        ("#hurricane_maria", "# hurricane maria"),
        ("#Irma2017 #NZQuake", "# Irma 2017 # NZ Quake"),
        ("#हिमाचल_बाढ़ है", "# हिमाचल बाढ़ है"),
        ("#سيول_طنطا", "# سيول طنطا"),
        ("＃地震", "# 地震"),
        ("see https://example.org/#Top", "see http"),
        ("number # 5 and a#B", "number # 5 and a#B"),
    ],
)
def test_the_words_of_a_hashtag_are_read_apart(text: str, read: str) -> None:
    assert clean(text, split_hashtags=True) == read


def test_a_model_that_was_not_trained_on_it_reads_hashtags_as_they_are() -> None:
    assert clean("#PrayForNepal") == "#PrayForNepal"


def test_a_word_of_a_hashtag_leads_back_to_where_it_stood() -> None:
    text = "Roads &amp; rails: #CycloneIdai hits"
    cleaned = align(text, split_hashtags=True)
    start = cleaned.text.index("Idai")
    assert text[slice(*cleaned.original(start, start + 4))] == "Idai"
    assert cleaned.cleaned(text.index("Idai")) == start


@given(st.text(st.sampled_from("#＃_aB1é字ة &;@/."), max_size=60))
def test_nothing_but_spaces_is_added(text: str) -> None:
    split, whole = clean(text, split_hashtags=True), clean(text)
    assert split.replace(" ", "").replace("_", "") == whole.replace(" ", "").replace("_", "")
