"""Finds and hides words and numbers that people asked to have hidden, in any notation.

In stored texts they are replaced. For future texts only keyed hashes are stored: the list contains no names, and nobody can
find out whose number is on it without the installation's secret key.

A number is recognised by its last eight digits, with any separators, in the digits of any script, with or without a country
code. Words are compared without case and width. In scripts without spaces each character counts as a word.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from django.db.models import Q
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from classifier.duplicates import text_key
from responder.errors import Invalid
from responder.models import HiddenPhrase
from responder.models.correction import PHRASE_LIMIT
from responder.privacy.masking import HIDDEN

SALT = "responder.privacy.hidden_phrases"
SHORTEST_NUMBER, COMPARED_DIGITS, LONGEST_NUMBER = 6, 8, 15
SHORTEST_WORD, MOST_WORDS = 3, 24
SHORTEST_TEXT = 20  # characters; shorter texts are too common to reject
APART = 3  # maximum characters between two digits of a number
BETWEEN = frozenset(" \t\u00a0\u2009\u202f-\u2010\u2011\u2012\u2013\u2014./()+\u200e\u200f")
UNSPACED = (
    (0x0E01, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3041, 0x30FF),
    (0x3400, 0x9FFF),
    (0x20000, 0x3FFFF),
)
Kind = HiddenPhrase.Kind
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Phrase:
    """The last digits of a number, or normalised words between spaces.

    Arguments:
        size: number of digits or words.
    """

    kind: str
    key: str
    size: int


@dataclass(frozen=True)
class Rules:
    """The rules for new posts of a source: what is hidden, and which texts are rejected."""

    rows: tuple[tuple[str, str, int, str], ...]  # kind, digest, size, post_key

    @cached_property
    def texts(self) -> frozenset[str]:
        return frozenset(digest for kind, digest, _size, _post in self.rows if kind == Kind.TEXT)

    def of_post(self, source: str, source_id: str) -> "dict[tuple[str, int], set[str]]":
        """Return (kind, size) → digests that apply to this post."""
        key = post_key(source, source_id)
        found: dict[tuple[str, int], set[str]] = {}
        for kind, digest, size, post in self.rows:
            if kind != Kind.TEXT and post in ("", key):
                found.setdefault((kind, size), set()).add(digest)
        return found

    def refuses(self, text: str) -> bool:
        """Whether copies of this text are rejected, because it was erased."""
        return bool(self.texts) and _digest(Kind.TEXT, text_key(text)) in self.texts


def parse(text: str) -> Phrase:
    """Parse a phrase. Raises Invalid if it is too short or too long."""
    text = text.strip()
    if len(text) > PHRASE_LIMIT:
        raise Invalid(_("Enter at most %(most)d characters per line.") % {"most": PHRASE_LIMIT})
    digits = "".join(str(unicodedata.digit(sign)) for sign in text if unicodedata.digit(sign, None) is not None)
    if digits and not any(sign.isalpha() for sign in text):
        if len(digits) < SHORTEST_NUMBER:
            raise Invalid(_("Enter at least %(least)d digits of the number.") % {"least": SHORTEST_NUMBER})
        last = digits[-COMPARED_DIGITS:]
        return Phrase(Kind.NUMBER, last, len(last))
    words = [word for word, _span in _words(text)]
    if len("".join(words)) < SHORTEST_WORD and not any(_is_unspaced(sign) for sign in text):
        raise Invalid(_("Enter at least %(least)d letters.") % {"least": SHORTEST_WORD})
    if not words or len(words) > MOST_WORDS:
        raise Invalid(_("Enter 1 to %(most)d words per line.") % {"most": MOST_WORDS})
    return Phrase(Kind.WORDS, " ".join(words), len(words))


def hide(text: str, phrases: Collection[Phrase]) -> tuple[str, int]:
    """Return `text` with the phrases hidden, and the number of matches. Idempotent."""
    unique = set(phrases)
    return _replace(text, {(one.kind, one.size) for one in unique}, lambda found: found in unique)


def spans(text: str, phrases: Collection[Phrase]) -> list[Span]:
    """Return the spans of the phrases in `text`, in order."""
    unique = set(phrases)
    return _joined(
        span for found, span in _candidates(text, {(one.kind, one.size) for one in unique}) if found in unique
    )


def finder(phrases: Iterable[Phrase]) -> re.Pattern[str]:
    """Return a fast pattern that matches wherever a phrase may be, to prefilter files and tables for `hide`."""
    parts = [
        number_pattern(one.key) if one.kind == Kind.NUMBER else r"[\W_]*".join(map(re.escape, one.key.split(" ")))
        for one in phrases
    ]
    return re.compile("|".join(parts) or r"(?!)", re.IGNORECASE)


def rules_for(source: str, source_ids: Iterable[str]) -> Rules:
    """Return the rules for new posts. One query."""
    keys = [post_key(source, one) for one in source_ids]
    rows = HiddenPhrase.objects.filter(Q(post_key="") | Q(post_key__in=keys))
    return Rules(tuple(rows.values_list("kind", "digest", "size", "post_key")))


def hide_by_rules(text: str, digests: "dict[tuple[str, int], set[str]]") -> str:
    """Return `text` with everything hidden that the rules of its post cover."""
    return _replace(text, digests, lambda one: _digest(one.kind, one.key) in digests[one.kind, one.size])[0]


def remember(phrases: Iterable[Phrase], *, source: str = "", source_id: str = "") -> None:
    """Hide phrases in future texts: in those of one post, or in all if no post is given. Idempotent."""
    key = post_key(source, source_id) if source_id else ""
    _store(
        HiddenPhrase(kind=one.kind, digest=_digest(one.kind, one.key), size=one.size, post_key=key) for one in phrases
    )


def remember_text(text: str) -> bool:
    """Reject future copies of a text. Returns False if the text is too short to be distinctive. Idempotent."""
    if len("".join(word for word, _span in _words(text))) < SHORTEST_TEXT:
        return False
    _store([HiddenPhrase(kind=Kind.TEXT, digest=_digest(Kind.TEXT, text_key(text)), size=0)])
    return True


def post_key(source: str, source_id: str) -> str:
    """Return the keyed hash of a post's identity."""
    return _digest("post", f"{source}:{source_id}")


def number_pattern(digits: str) -> str:
    """Return a regular expression for these digits with any separators, in the digits of several scripts."""
    zeros = (0x30, 0x660, 0x6F0, 0x966, 0x9E6, 0xFF10)
    return r"[^\w]{0,3}".join("[" + "".join(chr(zero + int(one)) for zero in zeros) + "]" for one in digits)


def _store(rows: Iterable[HiddenPhrase]) -> None:
    HiddenPhrase.objects.bulk_create(sorted(rows, key=lambda row: row.digest), ignore_conflicts=True)


def _digest(kind: str, key: str) -> str:
    return salted_hmac(SALT, f"{kind}:{key}", algorithm="sha256").hexdigest()


def _replace(text: str, sizes: Collection[tuple[str, int]], matches: Callable[[Phrase], bool]) -> tuple[str, int]:
    parts, at, count = [], 0, 0
    for start, end in _joined(span for found, span in _candidates(text, sizes) if matches(found)):
        parts += [text[at:start], HIDDEN]
        at, count = end, count + 1
    return "".join([*parts, text[at:]]), count


def _joined(spans: Iterable[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _candidates(text: str, sizes: Collection[tuple[str, int]]) -> Iterator[tuple[Phrase, Span]]:
    lengths = sorted(size for kind, size in sizes if kind == Kind.NUMBER)
    if lengths:
        yield from _numbers(text, lengths)
    lengths = sorted(size for kind, size in sizes if kind == Kind.WORDS)
    found = list(_words(text)) if lengths else []
    for size in lengths:
        for first in range(len(found) - size + 1):
            part = found[first : first + size]
            start, end = part[0][1][0], part[-1][1][1]
            if HIDDEN[0] in text[start:end]:  # words that became adjacent when something between them was hidden
                continue
            start -= start > 0 and text[start - 1] in "@＠"
            yield Phrase(Kind.WORDS, " ".join(word for word, _span in part), size), (start, end)


def _numbers(text: str, sizes: Iterable[int]) -> Iterator[tuple[Phrase, Span]]:
    """Yield the possible ends of a number in a run, with the last digits before each and the span of the number."""
    for run in _runs(text):
        digits = "".join(digit for _at, digit in run)
        for last in range(len(run)):
            end = run[last][0] + 1
            if last + 1 < len(run) and run[last + 1][0] == end:  # followed by more digits
                continue
            for size in sizes:
                first = last + 1 - size
                if first < 0 or (size < COMPARED_DIGITS and first and run[first - 1][0] + 1 == run[first][0]):
                    continue
                yield Phrase(Kind.NUMBER, digits[first : last + 1], size), (_beginning(text, run, first, last), end)


def _beginning(text: str, run: list[tuple[int, str]], first: int, last: int) -> int:
    """Return the start of the number whose compared digits begin at `first`, including its country code."""

    def of_group(at: int) -> int:
        while at and run[at - 1][0] + 1 == run[at][0]:
            at -= 1
        return at

    begins = group = of_group(first)
    while group and last + 1 - group < LONGEST_NUMBER:
        group = of_group(group - 1)
        before = text[run[group][0] - 1] if run[group][0] else ""
        if last + 1 - group <= LONGEST_NUMBER and (before in ("+", "(") or run[group][1] == "0"):
            begins = group
            break
    start = run[begins][0]
    while start and text[start - 1] in "+(":
        start -= 1
    return start


def _runs(text: str) -> Iterator[list[tuple[int, str]]]:
    """Yield runs of digits with their positions; a run may contain number separators."""
    run: list[tuple[int, str]] = []
    for at, sign in enumerate(text):
        digit = unicodedata.digit(sign, None) if not "a" <= sign <= "z" else None
        if digit is None:
            continue
        apart = text[run[-1][0] + 1 : at] if run else ""
        if len(apart) > APART or not BETWEEN.issuperset(apart):
            yield run
            run = []
        run.append((at, str(digit)))
    if run:
        yield run


def _words(text: str) -> Iterator[tuple[str, Span]]:
    """Yield the normalised words of a text with their positions."""
    start: int | None = None
    for at, sign in enumerate(text):
        kind = unicodedata.category(sign)
        inside = kind[0] in "LMN" or (kind == "Cf" and start is not None)
        if start is not None and (not inside or _is_unspaced(sign)):
            yield _compared(text[start:at]), (start, at)
            start = None
        if inside and _is_unspaced(sign):
            yield _compared(sign), (at, at + 1)
        elif inside and start is None:
            start = at
    if start is not None:
        yield _compared(text[start:]), (start, len(text))


def _compared(word: str) -> str:
    folded = unicodedata.normalize("NFKC", word.casefold())
    return "".join(sign for sign in folded if unicodedata.category(sign) != "Cf")


def _is_unspaced(sign: str) -> bool:
    point = ord(sign)
    return point >= UNSPACED[0][0] and any(low <= point <= high for low, high in UNSPACED)
