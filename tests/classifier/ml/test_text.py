"""Text: what the encoder reads, and what makes two posts copies of each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.ml.identity import text_key
from classifier.ml.text import MAX_CHARACTERS, align, clean, normalise

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


def test_letters_that_only_look_latin_are_read_as_the_latin_ones() -> None:
    assert clean("w\u0430ter in Be\u0456ra") == "water in Beira"  # Cyrillic а and і
    assert clean("\uff37ater \U0001d401\U0001d41e\U0001d422ra") == "Water Beira"  # full width, mathematical
    assert clean("\u0412\u043e\u0434\u0430") == "\u0412\u043e\u0434\u0430"  # a Russian word stays Russian


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("#CycloneIdai hits", "Cyclone Idai hits"),
        ("#PrayForNepal #hurricane_maria!", "Pray For Nepal hurricane maria!"),
        ("(#keralafloods)", "(kerala floods)"),
        ("#पोखरा #Beira\u200bFlood", "पोखरा BeiraFlood"),
        ("https://x.org/#CycloneIdai a#b &#39;Idai&#39; #1 #", "http a#b 'Idai' #1 #"),
    ],
)
def test_hashtags_are_read_as_words_where_a_model_was_trained_so(text: str, read: str) -> None:
    assert clean(text, split_hashtags=True) == read == align(text, split_hashtags=True).text
    assert "#" in clean(text)


def test_the_words_of_a_hashtag_lead_back_to_where_they_stand_in_it() -> None:
    text = "&amp; #__PuertoRico_relief_ now"
    cleaned = align(text, split_hashtags=True)
    for word in ("Puerto", "Rico", "relief", "now"):
        start = cleaned.text.index(word)
        span = (text.index(word), text.index(word) + len(word))
        assert cleaned.original(start, start + len(word)) == span
        assert cleaned.text[cleaned.cleaned(span[0]) :].startswith(word)


@given(ANY_TEXT, st.booleans())
def test_the_aligned_text_is_the_clean_one_and_every_span_leads_back_into_the_text(text: str, split: bool) -> None:
    cleaned = align(text, split_hashtags=split)
    assert cleaned.text == clean(text, split_hashtags=split)
    for start in range(0, len(cleaned.text), 7):
        first, last = cleaned.original(start, min(start + 3, len(cleaned.text)))
        assert 0 <= first <= last <= len(text)


@given(st.text("abc \u200b&;lt", max_size=40), st.integers(0, 39))
def test_a_character_that_was_not_edited_comes_from_where_it_stood(text: str, position: int) -> None:
    cleaned = align(text)
    edited = {i for start, end, _ in cleaned.edits for i in range(start, end)}
    if position < len(text) and position not in edited:
        there = cleaned.cleaned(position)
        assert cleaned.text[there] == text[position]
        assert cleaned.original(there, there + 1) == (position, position + 1)
