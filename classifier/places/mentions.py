"""Where a text may name a place: word sequences with the evidence around them. Offsets are code points."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise

from classifier.places.fold import fold
from classifier.words import HANDLE, UNSPACED, is_hashtag, words

MAX_WORDS = 250
LONGEST = 4  # words in a name
SHORT = 3  # letters of a short form with a full stop: "St. Louis"
LONGEST_UNSPACED = 8  # characters of a name in Chinese, Japanese, Thai and other scripts without spaces
LETTER = re.compile(r"[^\W\d_]")

PREPOSITIONS = frozenset(
    """in at near from around outside inside across to towards toward off via north south east west of em
    no na nos nas de do da dos das para perto en a cerca desde hacia del à au aux dans vers près""".split()
)
# Words that stand before people and storms of the same name.
TITLES = frozenset(
    """hurricane cyclone typhoon storm tropical mr mrs ms dr president senator governor mayor minister
    pastor furacão ciclone tempestade huracán ciclón tormenta ouragan tempête sister brother uncle aunt""".split()
)
# Names of real places that mostly mean something else; they need a preposition, a qualifier or the event's area.
COMMON = frozenset(
    """a about after again all along also am an and any are as at bar bay be beach best big bridge buy by
    call camp can castle center central centre chance city clinton coast come cross dare date day de
    deal delta do door drive east eden enterprise erin ever fair fire florence general go god gold good
    grace grand great green ham harvey has he help her here hill him his home hope hospital how i idai
    imperial independence in irene iris irma is it jackson james jesus jose jordan joseph joy just kent
    kenneth lead lee lent liberty life like lincoln live long love madison maria mark martin mary maria
    matthew may media men mercy michael mission mobile moore most much my nation national need new news
    nice no normal north not now of off oh on one open or orange order our out over park paul peace
    plant please point police pope port prospect rally ray reading real republic rest river road rock
    rose sale same san sandy save school see send sent sister sit so song south spring star stop strong
    sun sur t table take tank tell thank the they this to today tree troy trump try u union united up us
    van victoria vila village wa wash water we west will win wind with world y yes you young your que um
    uma os as sua seu por com sem mais muito casa porto rio santa santo campo nova bom boa fé la las los
    el un una por con sin casa esperanza paz le les une pour avec sans""".split()
)


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A possible place name: its position, its folded form, and the evidence for it."""

    text: str
    start: int
    end: int
    folded: str
    words: int
    capitalised: bool
    after_preposition: bool
    hashtag: bool


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    end: int
    folded: str
    hashtag: bool = False
    unspaced: bool = False


def mentions(text: str, *, starts: Collection[str] = ()) -> Iterator[PlaceMention]:
    """Every sequence of up to four words that could be a name, longest first at each position.

    In scripts without spaces every sequence of up to eight characters.

    Arguments:
        starts: the first two folded characters of all names that are looked for in such a script; others are left out.
    """
    tokens = list(islice(_tokens(text), MAX_WORDS))
    for i, first in enumerate(tokens):
        longest = LONGEST_UNSPACED if first.unspaced else LONGEST
        if first.unspaced and starts and "".join(token.folded for token in tokens[i : i + 2])[:2] not in starts:
            longest = 1
        for count in range(min(longest, len(tokens) - i), 0, -1):
            run = tokens[i : i + count]
            if count > 1 and not _adjacent(text, run):
                continue
            yield _mention(text, tokens, i, run, first)
            if count > 1 and first.hashtag and text[run[0].start : run[-1].end].isalpha():
                yield _mention(text, tokens, i, run, first, between="")  # "#DeKalb" is one word after all


def _mention(
    text: str, tokens: list[_Token], i: int, run: list[_Token], first: _Token, *, between: str = " "
) -> PlaceMention:
    before = tokens[i - 1].folded if i else ""
    start, end = first.start, run[-1].end
    return PlaceMention(
        text=text[start:end],
        start=start,
        end=end,
        folded=("" if first.unspaced else between).join(token.folded for token in run),
        words=1 if first.unspaced else len(run),
        capitalised=all(token.text[:1].isupper() for token in (run[0], run[-1])),
        after_preposition=before in PREPOSITIONS,
        hashtag=first.hashtag,
    )


def titled(text: str, mention: PlaceMention) -> bool:
    """Whether the word before marks a person or a storm rather than a place."""
    start = max(0, mention.start - 20)
    before = [text[start + first : start + last] for first, last in words(text[start : mention.start])]
    return bool(before) and before[-1].lower() in TITLES


def _tokens(text: str) -> Iterator[_Token]:
    tag_end = 0
    for start, end in words(text):
        if start and text[start - 1] in HANDLE:
            continue
        word = text[start:end]
        if is_hashtag(text, start):
            tag_end = _tag_end(text, start)
        if LETTER.search(word):
            yield _Token(
                word, start, end, fold(word), hashtag=end <= tag_end, unspaced=UNSPACED.match(word) is not None
            )


def _tag_end(text: str, start: int) -> int:
    """Return the end of the hashtag whose first word begins at `start`."""
    end = start
    while (
        end < len(text)
        and not text[end].isspace()
        and (text[end].isalnum() or text[end] == "_" or ord(text[end]) > 767)
    ):
        end += 1
    return end


def _adjacent(text: str, run: list[_Token]) -> bool:
    if any(token.unspaced != run[0].unspaced for token in run):
        return False
    between = ("",) if run[0].unspaced else (" ", "-", "_", "")
    return all(
        text[a.end : b.start] in between or (len(a.text) <= SHORT and text[a.end : b.start] == ". ")
        for a, b in pairwise(run)
    )
