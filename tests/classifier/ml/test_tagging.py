"""From tags of tokens to spans of the text as it was sent."""

import unicodedata
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classifier.ml import tagging
from classifier.ml.text import MAX_CHARACTERS, Cleaned, align
from classifier.words import UNSPACED, words

O, B, I = np.eye(3) * 8.0  # noqa: E741 - the field's names
SIGNS = ["a", "B", "é", "e\u0301", "क", "ि", "्", "ঢ", "া", "য়", "م", "ه\u0654", "\u200c", "\u200d", "\u00ad", "\u200b"]
MARKS = [
    " ",
    "-",
    "'",
    "’",
    ".",
    ",",
    "_",
    "@",
    "🌊",
    "🌊\ufe0f",
    "&amp;",
    "&#39;",
    "\n",
    "7",
    "東",
    "で",
    "ม่",
    "https://x.y/z ",
]
TEXTS = st.lists(st.sampled_from([*SIGNS, *SIGNS, *MARKS]), max_size=40).map("".join)


def spans(text: str, tagged: list[tuple[str, np.ndarray]], *, split_hashtags: bool = False) -> list[str]:
    """The named parts of `text`, whose cleaned form consists of the given pieces."""
    cleaned = align(text, split_hashtags=split_hashtags)
    offsets, position = [(0, 0)], 0
    for piece, _ in tagged:
        position = cleaned.text.index(piece, position)
        offsets.append((position, position + len(piece)))
        position += len(piece)
    tags = np.stack([O, *(tag for _, tag in tagged), O])
    found = tagging.mentions(tags, [*offsets, (0, 0)], cleaned, sent=text)
    return [text[m.start : m.end] for m in found]


@pytest.mark.parametrize(
    ("text", "tagged", "found"),
    [
        ("in New York now", [("in", O), ("New", B), ("York", I), ("now", O)], ["New York"]),
        ("in New York now", [("in", O), (" New", B), (" York", I), (" now", O)], ["New York"]),  # SentencePiece
        ("Beira Dondo", [("Beira", B), ("Dondo", B)], ["Beira", "Dondo"]),
        ("Beira, Dondo", [("Beira", B), (",", O), ("Dondo", I)], ["Beira", "Dondo"]),
        ("Port au Prince", [("Port", B), ("au", O), ("Prince", I)], ["Port au Prince"]),
        ("Beira and Dondo", [("Beira", B), ("and", O), ("Dondo", B)], ["Beira", "Dondo"]),
        ("St. Louis", [("St", B), (".", I), ("Louis", I)], ["St. Louis"]),
        ("to Beira. Dondo", [("to", O), ("Beira", B), (".", O), ("Dondo", I)], ["Beira", "Dondo"]),
        ("東京で地震", [("東京", B), ("で", O), ("地震", O)], ["東京"]),
        ("在汶川县城", [("在", O), ("汶川", B), ("县", I), ("城", O)], ["汶川县"]),
    ],
)
def test_words_of_one_location_are_one_span(text: str, tagged: list[tuple[str, np.ndarray]], found: list[str]) -> None:
    assert spans(text, tagged) == found


@pytest.mark.parametrize(
    ("text", "tagged", "found"),
    [
        ("Quelimane", [("Que", O), ("limane", B)], "Quelimane"),
        ("Port-au-Prince", [("Port", O), ("-", O), ("au", O), ("-", O), ("Prince", B)], "Port-au-Prince"),
        ("Xi'an", [("Xi", B), ("'", O), ("an", O)], "Xi'an"),
        ("“Beira”!", [("“", B), ("Beira", B), ("”", B), ("!", I)], "Beira"),
        ("🌊Beira🌊", [("🌊", B), ("Beira", B), ("🌊", I)], "Beira"),
        ("Kahramanmaraş'ta", [("Kahraman", B), ("maraş", I), ("'", I), ("ta", I)], "Kahramanmaraş"),
        ("Beira&#39;s port", [("Beira", B), ("'", O), ("s", O), ("port", O)], "Beira"),
        ("près d'Abidjan", [("près", O), ("d", O), ("'", O), ("Abidjan", B)], "Abidjan"),
        ("Côte d'Ivoire", [("Côte", B), ("d", I), ("'", I), ("Ivoire", I)], "Côte d'Ivoire"),
        ("काठमाडौँ", [("काठ", O), ("माड", B), ("ौँ", O)], "काठमाडौँ"),
        ("ঢাকায়", [("ঢাক", B), ("ায়", O)], "ঢাকায়"),
        ("#CycloneIdai", [("#", O), ("CycloneI", B), ("dai", O)], "CycloneIdai"),
        ("#CycloneIdai", [("#", O), ("Cyclone", O), ("Ida", O), ("i", B)], "Idai"),
        ("#keralafloods", [("#", O), ("ker", O), ("ala", B), ("flo", O), ("ods", O)], "kerala"),
        ("#PuertoRico", [("#", O), ("Puerto", B), ("Rico", I)], "PuertoRico"),
    ],
)
def test_a_span_holds_whole_words_and_nothing_around_them(
    text: str, tagged: list[tuple[str, np.ndarray]], found: str
) -> None:
    assert spans(text, tagged) == [found]


def test_the_words_of_a_hashtag_are_read_one_by_one_and_lead_back_into_it() -> None:
    tagged = [("Pray", O), ("For", O), ("Nepal", B), ("in", O), ("Dondo", B)]
    assert spans("#PrayForNepal in #Dondo", tagged, split_hashtags=True) == ["Nepal", "Dondo"]
    tagged = [("Puerto", B), (" ", I), ("Rico", I), ("hurricane", O), ("maria", B)]
    assert spans("#PuertoRico #hurricane_maria", tagged, split_hashtags=True) == ["PuertoRico", "maria"]


def test_handles_addresses_and_links_name_no_place() -> None:
    assert spans("@BeiraNews x@dondo.org", [("@", O), ("BeiraNews", B), ("x", O), ("@", O), ("dondo", B)]) == []
    assert spans("https://beira.example now", [("http", B), ("now", O)]) == []


def test_offsets_are_those_of_the_text_as_sent() -> None:
    text = "A &amp; B\u200b https://example.org/x in Bei\u200bra"
    assert spans(text, [("A", O), ("&", O), ("http", O), ("in", O), ("Beira", B)]) == ["Bei\u200bra"]


def test_a_word_at_the_end_of_what_is_read_is_whole() -> None:
    text = "x" * (MAX_CHARACTERS - 4) + " Beira"
    assert spans(text, [("x", O), (" Bei", B)]) == ["Beira"]


def test_an_offset_raises_recall() -> None:
    unsure = np.array([1.0, 0.5, 0.0])
    tags = np.stack([O, unsure, O])
    assert not tagging.named(tags) and tagging.named(tags, 1.0)
    (found,) = tagging.mentions(tags, [(0, 0), (0, 5), (0, 0)], align("Beira"), sent="Beira", offset=1.0)
    assert found.score == pytest.approx(0.49, abs=0.02)


def _tokens(cleaned: Cleaned, cuts: list[int], *, spaces: bool) -> list[tuple[int, int]]:
    """Pieces of the text wherever somebody cuts it, with the space before them or without."""
    edges = sorted({0, *(cut % (len(cleaned.text) + 1) for cut in cuts), len(cleaned.text)})
    pieces = list(pairwise(edges))
    if spaces:
        return pieces
    bare = [
        (start + len(cleaned.text[start:end]) - len(cleaned.text[start:end].lstrip()), end) for start, end in pieces
    ]
    return [(start, end) for start, end in bare if start < end]


def _is_letter(character: str) -> bool:
    return unicodedata.category(character)[0] in "LNM" and not unicodedata.name(character, "").startswith("VARIATION")


def _cuts_a_word(text: str, edge: int) -> bool:
    """Whether Unicode has letters, digits or marks on both sides of an edge, invisible characters aside."""
    before = [c for c in text[:edge] if unicodedata.category(c) != "Cf"][-1:]
    after = [c for c in text[edge:] if unicodedata.category(c) != "Cf"][:1]
    if not before or not after or not (_is_letter(before[0]) and _is_letter(after[0])):
        return False
    if unicodedata.category(after[0]).startswith("M"):
        return True
    bases = [c for c in text[:edge] if unicodedata.category(c)[0] in "LN"][-1:]
    return not (UNSPACED.match(after[0]) or (bases and UNSPACED.match(bases[0])))


@given(
    TEXTS, st.lists(st.integers(0, 60), max_size=12), st.lists(st.sampled_from([0, 1, 2]), min_size=60), st.booleans()
)
def test_no_span_of_any_text_cuts_a_word_whatever_the_tokenizer_makes_of_it(
    text: str, cuts: list[int], chosen: list[int], spaces: bool
) -> None:
    cleaned = align(text)
    offsets = _tokens(cleaned, cuts, spaces=spaces)
    tags = np.stack([O, *(np.stack([O, B, I])[chosen[i]] for i in range(len(offsets))), O])
    found = tagging.mentions(tags, [(0, 0), *offsets, (0, 0)], cleaned, sent=text)
    for mention in found:
        assert 0 <= mention.start < mention.end <= len(text)
        assert not _cuts_a_word(text, mention.start) and not _cuts_a_word(text, mention.end)
    assert all(before.end <= after.start for before, after in pairwise(found))


@given(
    st.text("aBÉ#_9 é\u0301@fire", max_size=40),
    st.lists(st.integers(0, 60), max_size=12),
    st.integers(0, 99),
    st.booleans(),
)
def test_no_span_cuts_a_word_of_a_hashtag(text: str, cuts: list[int], named: int, split: bool) -> None:
    cleaned = align(text, split_hashtags=split)
    offsets = _tokens(cleaned, cuts, spaces=True)
    tags = np.stack([O, *(B if named >> i & 1 else O for i in range(len(offsets))), O])
    edges = {edge for word in words(text) for edge in word}
    for mention in tagging.mentions(tags, [(0, 0), *offsets, (0, 0)], cleaned, sent=text):
        assert {mention.start, mention.end} <= edges
