"""Groups posts with the same wording, and counts independent authors.

Exact copies have the same `text_key`. Here near-copies count too: texts with typing errors, other numbers, links, hashtags
or emojis, boosts, quotes, and texts of one campaign. A comparison that is too coarse only understates the number of
people who report something.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from classifier.duplicates import MENTION_WITH_MARKS, URL, identity_of
from classifier.words import HASHTAG
from responder.models import Post

READ = 1_000  # characters of a text
NEAR_COPY = 85  # per cent of the characters in common
ONE_CAMPAIGN = 60  # the same for texts with the same hashtags: a form with other names in it
TAGS_OF_A_CAMPAIGN = 2
QUOTED = 25  # characters from which a text that stands in another is a quotation
OWN_SHARE = 0.5  # of a text, beyond its quotation, from which it has words of its own
_HASHTAG = re.compile(HASHTAG)
_PASSED_ON = re.compile(
    r"^(?:(?:rt|mt|qt|ht|fwd?|fw|via|forwarded|repost(?:ed)?|quote|cc|as received)\b\s*)+|\s+(?:via|cc)$"
)
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class _Wording:
    """The parts of a text that are compared.

    Arguments:
        text: words without hashtags, numbers, links and repost marks.
        tags: hashtags.
    """

    text: str
    tags: frozenset[str]


def groups(posts: Sequence[Post]) -> list[list[Post]]:
    """Return groups of posts with the same wording, ordered by their first post. Posts without words are left out.

    Arguments:
        posts: at most a few hundred, because each wording is compared with all others.
    """
    by_wording: dict[_Wording, list[Post]] = defaultdict(list)
    for post in posts:
        if (wording := _wording(post.text)).text:
            by_wording[wording].append(post)
    wordings = list(by_wording)
    found: dict[int, list[Post]] = defaultdict(list)
    for wording, root in zip(wordings, _roots(wordings), strict=True):
        found[root] += by_wording[wording]
    return list(found.values())


def speakers(posts: Sequence[Post]) -> int:
    """Return the number of independent authors: the largest number of (author, own wording) pairs.

    A wording belongs to the author who posted it first, or to all of them if the times are unknown. Each author counts
    once, and so do all posts without an author together. One handle on two networks counts as one person.
    """
    owners = [_first_authors(same) for same in groups(posts)]
    return _most_pairs(owners)


def author_of(post: Post) -> str:
    """Return a normalised handle; empty for a post without an author."""
    return post.author_handle.strip().lstrip("@").casefold()


def _wording(text: str) -> _Wording:
    text = MENTION_WITH_MARKS.sub(" ", URL.sub(" ", text[:READ]))
    tags = frozenset(identity_of(tag) for tag in _HASHTAG.findall(text))
    own = identity_of(_HASHTAG.sub(" ", text))
    if not any(map(str.isalpha, own)):
        own = identity_of(text)  # nothing but hashtags
    if not any(map(str.isalpha, own)):
        return _Wording("", tags)
    words = " ".join(_NUMBER.sub(" ", _PASSED_ON.sub("", own)).split()) or own
    return _Wording(words, tags)


def _roots(wordings: Sequence[_Wording]) -> list[int]:
    """Return for each wording the first equal one. Near-copies of near-copies are equal too."""
    roots = list(range(len(wordings)))

    def root(of: int) -> int:
        while roots[of] != of:
            roots[of] = roots[roots[of]]
            of = roots[of]
        return of

    for one, other in _alike(wordings):
        first, later = sorted((root(one), root(other)))
        roots[later] = first
    return [root(one) for one in range(len(wordings))]


def _alike(wordings: Sequence[_Wording]) -> Iterator[tuple[int, int]]:
    """Yield pairs of equal wordings."""
    texts = [one.text for one in wordings]
    yield from _similar(texts, range(len(texts)), NEAR_COPY)
    yield from _quoted(texts)
    first: dict[str, int] = {}
    for number, text in enumerate(texts):
        yield first.setdefault(" ".join(sorted(text.split())), number), number  # the same words in another order
    campaigns: dict[frozenset[str], list[int]] = defaultdict(list)
    for number, one in enumerate(wordings):
        if len(one.tags) >= TAGS_OF_A_CAMPAIGN:
            campaigns[one.tags].append(number)
    for numbers in campaigns.values():
        yield from _similar([texts[number] for number in numbers], numbers, ONE_CAMPAIGN)


def _similar(texts: Sequence[str], numbers: Sequence[int], least: int) -> Iterator[tuple[int, int]]:
    from rapidfuzz import fuzz, process  # most processes compare nothing

    if len(texts) > 1:
        likeness = process.cdist(texts, texts, scorer=fuzz.ratio, score_cutoff=least, dtype="uint8", workers=1)
        for one, other in zip(*likeness.nonzero(), strict=True):
            if one < other:
                yield numbers[one], numbers[other]


def _quoted(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Yield pairs where one text quotes the other and adds few words."""
    by_length = sorted((len(text), number) for number, text in enumerate(texts) if len(text) >= QUOTED)
    for place, (length, one) in enumerate(by_length, 1):
        text, longest = texts[one], length / (1 - OWN_SHARE)
        for other_length, other in by_length[place:]:
            if other_length > longest:
                break
            if text in texts[other]:
                yield one, other


def _first_authors(same: Sequence[Post]) -> set[str]:
    """Return the authors who posted a wording first."""
    times: list[datetime] = [post.created_at for post in same if post.created_at is not None]
    first = min(times, default=None)
    return {author_of(post) for post in same if post.created_at is None or post.created_at == first}


def _most_pairs(owners: Sequence[set[str]]) -> int:
    """Return the size of a maximum matching of wordings and authors, by augmenting paths."""
    taken: dict[str, int] = {}

    def place(wording: int, tried: set[str]) -> bool:
        for author in owners[wording] - tried:
            tried.add(author)
            if author not in taken or place(taken[author], tried):
                taken[author] = wording
                return True
        return False

    return sum(place(wording, set()) for wording in range(len(owners)))
