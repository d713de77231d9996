"""Where the words of a hashtag begin: "#PrayForNepal" is read as "# Pray For Nepal".

A tokenizer that has never seen a hashtag cuts it into pieces that mean nothing, and a name inside it is lost. Words are
told by capitals, digits and underscores; in a tag of small letters by the words that events are tagged with.
"""

import re
from collections.abc import Iterator

# A mark and what follows it, up to a space or punctuation; vowel signs and joiners belong to the tag.
HASHTAG = re.compile(r"[#＃][^\s#＃@.,;:!?…\"'“”‘’()\[\]{}<>/\\|&]{2,80}")
# aB, ABc, a1, 1a; letters without case have no such edge.
EDGE = re.compile(
    r"(?<=[^\W\d_A-ZÀ-ÖØ-Þ])(?=[A-ZÀ-ÖØ-Þ])|(?<=[A-ZÀ-ÖØ-Þ])(?=[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ])"
    r"|(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])"
)
FIRST = ("prayersfor", "prayfor", "helpfor", "standwith", "hurricane", "typhoon", "cyclone", "terremoto", "sismo")
LAST = (
    "earthquake", "hurricane", "landslide", "wildfires", "bushfires", "explosion", "flooding", "wildfire", "bushfire",
    "tsunami", "cyclone", "typhoon", "tornado", "strong", "floods", "relief", "rescue", "quake", "flood", "fires",
    "storm", "fire",
)  # fmt: skip
LEAST_REST = 4  # letters that must remain beside such a word


def starts(tag: str) -> Iterator[int]:
    """Positions in `tag` at which a word begins, the first one behind the mark; ascending.

    Arguments:
        tag: with its mark, as HASHTAG finds it.
    """
    yield 1
    inside = [match.start() for match in EDGE.finditer(tag, 2)]
    yield from inside or _of_small_letters(tag)


def _of_small_letters(tag: str) -> Iterator[int]:
    word = tag[1:].casefold()
    if len(word) != len(tag) - 1 or "_" in word:
        return
    first = next((known for known in FIRST if word.startswith(known)), "")
    last = next((known for known in LAST if word.endswith(known)), "")
    if first and len(word) - len(first) >= LEAST_REST:
        yield 1 + len(first)
    elif last and len(word) - len(last) >= LEAST_REST:
        yield len(tag) - len(last)
