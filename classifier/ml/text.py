"""Text as the model reads it, and its words as training data is divided by.

Both forms accept any Python string: lone surrogates, control characters, whole books.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from classifier import hashtags
from classifier.letters import MAX_CHARACTERS, as_latin
from classifier.words import HASH, HASHTAG, MARKS

URL = re.compile(r"https?://\S+")
MENTION = re.compile(r"@\w+")
RETWEET = re.compile(r"^\s*rt\b[\s:]*", re.IGNORECASE)
NOT_WORD = re.compile(r"[\W_]+")
MENTION_WITH_MARKS = re.compile(rf"@[\w{MARKS}]+")
WORD_WITH_MARKS = re.compile(rf"(?:[^\W_]|[{MARKS}])+")
_INVISIBLE = (
    "\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ud800-\udfff"
)
INVISIBLE = re.compile(f"[{_INVISIBLE}]")
# What the encoder reads otherwise than it was written: links, HTML entities, invisible characters.
EDITED = re.compile(rf"https?://\S+|&(?:#\d{{1,7}}|#[xX][0-9a-fA-F]{{1,6}}|[A-Za-z]\w{{1,30}});|[{_INVISIBLE}]+")
# The same with hashtags, for models that read their words one by one.
EDITED_OR_HASHTAG = re.compile(rf"{EDITED.pattern}|{HASHTAG}")


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned text that can say where its characters stood.

    Arguments:
        text: as the encoder reads it.
        edits: (start, end) in the text as sent and the length of what stands there now, in order.
    """

    text: str
    edits: Sequence[tuple[int, int, int]]

    def original(self, start: int, end: int) -> tuple[int, int]:
        """The span of the text as sent that `start`, `end` of the cleaned text came from; code points."""
        return self._back(start, last=False), self._back(end, last=True)

    def cleaned(self, position: int) -> int:
        """Return the position in the cleaned text of a code point of the original; inside an edit, the edit's start."""
        shift = 0
        for start, end, length in self.edits:
            if position < end:
                return min(position, start) + shift
            shift += length - (end - start)
        return position + shift

    def _back(self, position: int, *, last: bool) -> int:
        shift = 0
        for start, end, length in self.edits:
            here = start + shift
            if position < here or (last and position == here):
                return position - shift
            if position < here + length or (last and position == here + length):
                return end if last else start
            shift += length - (end - start)
        return position - shift


def clean(text: str, *, split_hashtags: bool = False) -> str:
    """The text as the encoder reads it: entities decoded, links shortened, invisible characters dropped.

    Arguments:
        split_hashtags: read "#CycloneIdai" as "Cyclone Idai", for models that were trained so.
    """
    if split_hashtags:
        return align(text, split_hashtags=True).text
    return as_latin(EDITED.sub(lambda match: _replacement(match.group()), text[:MAX_CHARACTERS]))


def align(text: str, *, split_hashtags: bool = False) -> Cleaned:
    """The same text, with the way back to the one that was sent."""
    edits: list[tuple[int, int, int]] = []

    def replace(match: re.Match[str]) -> str:
        if match.group()[0] in HASH:
            edits.extend(_hashtag_edits(match.group(), match.start()))
            return " ".join(match.group()[start + 1 : end + 1] for start, end in hashtags.parts(match.group()[1:]))
        new = _replacement(match.group())
        edits.append((match.start(), match.end(), len(new)))
        return new

    pattern = EDITED_OR_HASHTAG if split_hashtags else EDITED
    return Cleaned(as_latin(pattern.sub(replace, text[:MAX_CHARACTERS])), edits)


def _hashtag_edits(tag: str, start: int) -> Iterator[tuple[int, int, int]]:
    """The mark and what divides the words of a hashtag: a space stands there instead, or nothing at its ends."""
    words = [(start + first + 1, start + last + 1) for first, last in hashtags.parts(tag[1:])]
    if not words:
        yield start, start + len(tag), 0
        return
    yield start, words[0][0], 0
    yield from ((before[1], after[0], 1) for before, after in pairwise(words))
    if words[-1][1] < start + len(tag):
        yield words[-1][1], start + len(tag), 0


def _replacement(found: str) -> str:
    if found[0] == "h":
        return "http"
    if found[0] == "&":
        return INVISIBLE.sub("", html.unescape(found))
    return ""


def normalise(text: str) -> str:
    """Return only the lower-case words, for splitting training data and finding copies.

    It leaves out vowel signs. Which texts a model learnt from and was tested on was decided with it, so it stays: the
    identity of stored texts is `identity_of`.
    """
    text = html.unescape(INVISIBLE.sub("", text)).lower()
    text = MENTION.sub(" ", URL.sub(" ", RETWEET.sub("", text)))
    return NOT_WORD.sub(" ", text).strip()


def whole_words(text: str) -> list[str]:
    """The words of `normalise` with the vowel signs and accents that `\\w` leaves out, so that no word is broken at one.

    Grouping compares them; its thresholds were measured with them.
    """
    text = html.unescape(INVISIBLE.sub("", unicodedata.normalize("NFC", text))).lower().replace("i\u0307", "i")
    text = MENTION_WITH_MARKS.sub(" ", URL.sub(" ", RETWEET.sub("", text)))
    return WORD_WITH_MARKS.findall(text)
