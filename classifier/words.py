"""The words of a text in any script, after Unicode's word boundaries (UAX #29); offsets are code points.

A word is a run of letters, digits and combining marks; joiners, hyphens and apostrophes inside it belong to it. Scripts
that write no spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) would need a dictionary: there each character with
its marks counts as a word. A hashtag is divided as `hashtags.parts` divides it.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from classifier import hashtags

Span = tuple[int, int]


def _ranges(codes: Iterable[int]) -> str:
    """Code points as the inside of a character class."""
    parts: list[list[int]] = []
    for code in codes:
        if parts and code == parts[-1][1] + 1:
            parts[-1][1] = code
        else:
            parts.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in parts)


# Variation selectors and keycaps dress emojis rather than letters.
_SELECTORS = "\u20e3\ufe00-\ufe0f\U000e0100-\U000e01ef"
# The blocks that hold combining marks: looking through all of Unicode would cost 50 ms at each start.
_BLOCKS = ((0x300, 0x20E3), (0x20E4, 0x3100), (0xA66F, 0xAC00), (0xFB1E, 0xFB1F), (0xFE20, 0xFE30), (0x101FD, 0x1203F),
           (0x16AF0, 0x16FF2), (0x1BC9D, 0x1BC9F), (0x1CF00, 0x1D245), (0x1DA00, 0x1DAB0), (0x1E000, 0x1E94B))  # fmt: skip
MARKS = _ranges(code for block in _BLOCKS for code in range(*block) if unicodedata.category(chr(code)).startswith("M"))
# Invisible characters: joiners, soft hyphens, marks of direction. They end no word.
_IGNORED = "\u0000-\u0008\u000e-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff" + _SELECTORS
# A vowel of Thai and Lao that is written before its consonant; a sign that stacks the next consonant below.
_LEADING, _STACKING = "\u0e40-\u0e44\u0ec0-\u0ec4", "\u1039\u17d2\u1a60"
_UNSPACED = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e45\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd\u0ec6\u0edc-\u0edf\u1000-\u102a\u103f"
    "\u1050-\u1055\u105a-\u105d\u1061\u1065\u1066\u106e-\u1070\u1075-\u1081\u108e\u1780-\u17b3\u17d7\u17dc"
    "\u1a20-\u1a54\u3005-\u3007\u3041-\u309f\u3105-\u312f\u31a0-\u31bf\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U0001b000-\U0001b122\U00020000-\U0003fffd"
)
_LETTER = rf"(?:(?![{_UNSPACED}{_LEADING}])[^\W_]|[{MARKS}])"
_CLUSTER = (
    rf"[{_LEADING}]?[{_UNSPACED}](?:[{MARKS}{_SELECTORS}]|[{_IGNORED}]+(?=[{MARKS}])|(?<=[{_STACKING}])[{_UNSPACED}])*"
    rf"|[{_LEADING}][{MARKS}]*"
)
APOSTROPHES = "'’‘ʼʻ＇`´′"
HASH, HANDLE = "#＃", "@＠"
HYPHENS = "-‐‑"
_INNER = rf"[{_IGNORED}]*(?:[{re.escape(APOSTROPHES + HYPHENS)}·״׳_]?[{_IGNORED}]*)"
WORD = re.compile(rf"(?:{_CLUSTER})|{_LETTER}(?:{_INNER}{_LETTER}|(?<=\b\w)\.(?=\w\b))*")
UNSPACED = re.compile(rf"[{_LEADING}{_UNSPACED}]")
HASHTAG = rf"(?<![\w&/])[{HASH}](?=\w*[^\W\d_])[\w{MARKS}]+"


def words(text: str) -> list[Span]:
    """Where the words of `text` stand, in order; the words of a hashtag one by one."""
    found: list[Span] = []
    for match in WORD.finditer(text):
        start, end = match.span()
        if is_hashtag(text, start):
            found += [(start + first, start + last) for first, last in hashtags.parts(text[start:end])]
        else:
            found.append((start, end))
    return found


def is_hashtag(text: str, start: int) -> bool:
    """Whether a hashtag's words begin at `start`."""
    return (
        start > 0
        and text[start - 1] in HASH
        and not (start > 1 and (text[start - 2].isalnum() or text[start - 2] == "&"))
    )


def widened(text: str, start: int, end: int, known: Sequence[Span] | None = None) -> Span:
    """`start`, `end` moved outwards to the edges of the words that they cut.

    Arguments:
        known: the words of `text`, if they are known already.
    """
    known = words(text) if known is None else known
    starts = [word[0] for word in known]
    first, last = bisect_right(starts, start) - 1, bisect_left(starts, end) - 1
    if first >= 0 and known[first][0] < start < known[first][1]:
        start = known[first][0]
    if last >= 0 and known[last][0] < end < known[last][1]:
        end = known[last][1]
    return start, end
