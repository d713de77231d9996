"""Text: what the encoder reads, and what makes two posts copies of each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.ml.text import MAX_CHARACTERS, clean, normalise, text_key

ANY_TEXT = st.text(st.characters(), max_size=300)  # lone surrogates included


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Roads &amp; bridges", "Roads & bridges"),
        ("See https://example.org/a?b=1 now", "See http now"),
        ("wa\u200bter\u0000", "water"),
        ("half \ud83d emoji", "half  emoji"),
        ("Água já", "Água já"),
        ("", ""),
    ],
)
def test_the_encoder_reads_words_without_markup_links_and_invisible_characters(text: str, read: str) -> None:
    assert clean(text) == read


def test_a_book_is_cut_before_it_costs_time() -> None:
    assert len(clean("water " * 10_000)) <= MAX_CHARACTERS


@pytest.mark.parametrize(
    "copy",
    [
        "RT @relief: Bridge down in Beira! https://example.org/1",
        "bridge DOWN in beira",
        "  Bridge   down, in #Beira… ",
        "Bridge down in Beira @someone https://example.org/2",
    ],
)
def test_copies_have_one_key(copy: str) -> None:
    assert normalise(copy) == "bridge down in beira"
    assert text_key(copy) == text_key("Bridge down in Beira")


def test_different_words_have_different_keys_even_when_nothing_but_marks_is_left() -> None:
    assert text_key("Bridge down") != text_key("Bridge open")
    assert text_key("!!!") != text_key("???")
    assert normalise("art of rescue") == "art of rescue"  # "rt" is a mark only as a word at the start


@given(ANY_TEXT)
def test_any_string_is_read_and_stays_encodable(text: str) -> None:
    clean(text).encode("utf-8")
    normalise(text).encode("utf-8")


@given(ANY_TEXT)
def test_normalising_leaves_words_and_single_spaces(text: str) -> None:
    words = normalise(text)
    assert words == " ".join(words.split())
    assert len(text_key(text)) == 32
