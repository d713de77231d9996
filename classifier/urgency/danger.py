"""What a post says about danger, language by language, once negation, good endings and jokes are taken off."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from classifier.urgency.folding import PAUSE, STOP, is_cjk, words
from classifier.urgency.lexicon import CANCELLING, lexicon
from classifier.urgency.phrases import match

REQUESTS = frozenset({"rescue request", "now"})
# Two of them outweigh a word of films, exams or traffic; who is in danger, or that it is urgent, does not.
SIGNS = frozenset({
    "trapped", "rescue request", "medical emergency", "life-threatening injury", "collapse", "rising water",
    "swept away", "fire", "missing child",
})  # fmt: skip
MIXED_WITH = "en"  # words of English stand in posts of all languages


@dataclass(frozen=True, slots=True)
class Danger:
    """The matches in the words of one language.

    Arguments:
        language: ISO 639 code.
        concepts: concept → the words of the post that say it, in order.
    """

    language: str
    concepts: dict[str, str]


class _Hit(NamedTuple):
    """Where a phrase matches: the places of its first, last and all words; `reach` as in Entry."""

    kind: str
    start: int
    end: int
    at: list[int]
    reach: int


def find(text: str, lang: str | None = None) -> list[Danger]:
    """What `text` says about danger, for each language that has words for it; those of English count in all others.

    Arguments:
        text: the post as received.
        lang: its language, where it is known. Then the words of other languages count only if it has none for danger:
            languages share words, and what names the language can be wrong.
    """
    found = words(text)
    folded = [word for _, word in found]
    by_language = _hits(folded)
    stated = (lang or "").lower().split("-")[0]
    jokes = [hit for hit in by_language.get(stated, ()) if hit.kind in ("everyday", "topic")]
    dangerous = {language: hits for language, hits in by_language.items() if _has_danger(hits)}
    if dangerous:
        spoken = {stated} if stated in dangerous else _likeliest(by_language)
        dangerous = {language: hits for language, hits in dangerous.items() if language in {*spoken, MIXED_WITH}}
    sentence = _sentences(folded) if dangerous else []
    said = {
        language: _said(_standing([*hits, *jokes], folded, sentence), found) for language, hits in dangerous.items()
    }
    english = said.get(MIXED_WITH, {})
    return [
        Danger(language, concepts if language == MIXED_WITH else english | concepts)
        for language, concepts in said.items()
        if concepts
    ]


def tells_of_an_ending(text: str, lang: str | None = None) -> bool:
    """Whether `text` says that people were rescued or that all is well, and of nobody who is still in danger.

    Arguments:
        text, lang: as in `find`.
    """
    by_language = _hits([word for _, word in words(text)])
    stated = (lang or "").lower().split("-")[0]
    spoken = {stated, MIXED_WITH} if stated in by_language else {*_likeliest(by_language), MIXED_WITH}
    kinds = {hit.kind for language in spoken for hit in by_language.get(language, ())}
    return "resolved" in kinds and "still" not in kinds and not find(text, lang)


def _hits(found: Sequence[str]) -> dict[str, list[_Hit]]:
    """Return language → matches of its phrases; empty if the text contains laughter."""
    hits: dict[str, list[_Hit]] = defaultdict(list)
    known, present = lexicon(), frozenset(found)
    for at, word in enumerate(found):
        for entry in known.starting_with(word):
            for alternatives in entry.required_words:
                if present.isdisjoint(alternatives):
                    break
            else:
                if positions := match(entry.phrase, found, at):
                    if entry.kind == "laughter":
                        return {}
                    hits[entry.language].append(_Hit(entry.kind, positions[0], positions[-1], positions, entry.reach))
    return hits


def _likeliest(by_language: dict[str, list[_Hit]]) -> set[str]:
    """Return the languages other than English with the most words for or against danger."""
    counts = {
        language: len({at for hit in hits for at in hit.at})
        for language, hits in by_language.items()
        if language != MIXED_WITH
    }
    most = max(counts.values(), default=0)
    return {language for language, count in counts.items() if count == most}


def _has_danger(hits: Iterable[_Hit]) -> bool:
    return any(hit.kind not in CANCELLING for hit in hits)


def _sentences(found: Sequence[str]) -> list[int]:
    """Return the sentence number of each word."""
    return list(accumulate(word == STOP for word in found))


def _standing(hits: Sequence[_Hit], found: Sequence[str], sentence: Sequence[int]) -> list[_Hit]:
    """The hits that say danger and that nothing takes back.

    1. Everyday use takes back what its own sentence says, and every request; so does a word of an everyday topic,
       unless the post has two signs of danger.
    2. A good ending takes back its own sentence and those before it, unless the post says who is still in danger.
    3. A negation takes back what it stands next to.

    Arguments:
        found: folded words.
        sentence: the number of the sentence of each word.
    """
    cancelling: dict[str, list[_Hit]] = {kind: [] for kind in CANCELLING}
    dangers: list[_Hit] = []
    for hit in hits:
        cancelling.get(hit.kind, dangers).append(hit)
    ends = [] if cancelling["still"] else [sentence[hit.end] for hit in cancelling["resolved"]]
    solved = max(ends, default=-1)
    dangers = [
        hit
        for hit in dangers
        if sentence[hit.start] > solved
        and not any(_reaches(one.end, hit.start, one.reach, found) for one in cancelling["before"])
        and not any(_reaches(hit.end, one.start, one.reach, found) for one in cancelling["after"])
    ]
    dangers = _without(dangers, cancelling["everyday"], sentence)
    is_grave = len(SIGNS.intersection(hit.kind for hit in dangers)) > 1
    return dangers if is_grave else _without(dangers, cancelling["topic"], sentence)


def _without(dangers: list[_Hit], jokes: Sequence[_Hit], sentence: Sequence[int]) -> list[_Hit]:
    """The hits outside the sentences of `jokes`; where there are any, no requests."""
    if not jokes:
        return dangers
    joking = {sentence[hit.start] for hit in jokes}
    return [hit for hit in dangers if sentence[hit.start] not in joking and hit.kind not in REQUESTS]


def _reaches(end: int, start: int, reach: int, found: Sequence[str]) -> bool:
    """Whether `start` is at most `reach` words after `end`, without a comma between."""
    return end < start <= end + 1 + reach and not {STOP, PAUSE}.intersection(found[end:start])


def _said(hits: Iterable[_Hit], found: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Concept → the words of its first hit."""
    said: dict[str, str] = {}
    for hit in hits:
        if hit.kind not in said:
            said[hit.kind] = _quoted([found[at][0] for at in hit.at])
    return said


def _quoted(written: Sequence[str]) -> str:
    """Words as they are shown: with spaces between them, but for Chinese and Japanese."""
    return "".join(
        word if not n or (is_cjk(word) and is_cjk(written[n - 1])) else f" {word}" for n, word in enumerate(written)
    )
