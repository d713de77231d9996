"""The phrases of `words/*.toml`, as they are written there and as they are matched.

| Written | Means |
|---|---|
| `trapped` | this word, in any case and with or without accents |
| `trap*` | a word that begins like this |
| `roof|roofs` | one of these |
| `the|a?` | one of these words, or none |
| `..` | up to `gap` other words without a comma or full stop among them (characters in Chinese and Japanese) |
| `+نقذ` | with one of the file's `prefixes`, or without |
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from classifier.urgency.folding import PAUSE, STOP, fold, words

GAP = ".."
_ENDS = frozenset((STOP, PAUSE))
_Word = tuple[str, bool]  # folded, and whether it may go on


@dataclass(frozen=True, slots=True)
class Part:
    """One slot of a phrase: the allowed words, and the number of other words allowed before it.

    Arguments:
        exact: whole words.
        stems: beginnings of words.
        several: sequences of words by their first one, as Chinese and Japanese have them, and words with an apostrophe.
    """

    exact: frozenset[str]
    stems: tuple[str, ...]
    several: dict[str, tuple[tuple[_Word, ...], ...]]
    gap: int
    optional: bool

    def ends(self, found: Sequence[str], at: int) -> Iterator[int]:
        """The positions after what stands here at `at`, one for each way to read it."""
        if at >= len(found):
            return
        word = found[at]
        if word in self.exact or (self.stems and word.startswith(self.stems)):
            yield at + 1
        for sequence in self.several.get(word, ()):
            if at + len(sequence) <= len(found) and all(map(_fits, sequence, found[at:])):
                yield at + len(sequence)


Phrase = tuple[Part, ...]


def parse(written: str, *, gap: int, prefixes: Sequence[str] = ()) -> Phrase:
    """A phrase as it is matched.

    Arguments:
        written: as the table above says.
        gap: how many words `..` stands for.
        prefixes: what may be written before a word marked with `+`.

    Raises ValueError for a phrase whose last word may be left out: it would match without it.
    """
    parts: list[Part] = []
    between = 0
    for piece in written.split():
        if piece == GAP:
            between = gap if parts else 0
        else:
            parts.append(_part(piece, between, prefixes))
            between = 0
    if not parts or parts[-1].optional:
        raise ValueError(f"“{written}” does not end with a word that has to be there.")
    return tuple(parts)


def beginnings(phrase: Phrase) -> tuple[set[str], set[str]]:
    """The whole words, and the beginnings of words, that a phrase can start with."""
    exact: set[str] = set()
    stems: set[str] = set()
    for part in phrase:
        exact, stems = exact | part.exact | part.several.keys(), stems | set(part.stems)
        if not part.optional:
            break
    return exact, stems


def required_words(phrase: Phrase) -> tuple[frozenset[str], ...]:
    """Return one set of words for each required part after the first. A text can match only if it has a word of each.

    Parts that may be left out and parts with word beginnings are skipped: they can't be checked by whole words.
    """
    return tuple(part.exact | part.several.keys() for part in phrase[1:] if not part.optional and not part.stems)


def match(phrase: Phrase, found: Sequence[str], at: int, part: int = 0) -> list[int] | None:
    """The positions of the words of `phrase` in `found` from `at` on, or None.

    Arguments:
        found: folded words.
        part: the first part of the phrase that is still to be found.
    """
    if part == len(phrase):
        return []
    wanted = phrase[part]
    if len(phrase) == 1 and not wanted.several:
        return [at]  # the index has compared it
    for start in range(at, min(at + 1 + (wanted.gap if part else 0), len(found))):
        for end in wanted.ends(found, start):
            rest = match(phrase, found, end, part + 1)
            if rest is not None:
                return [*range(start, end), *rest]
        if found[start] in _ENDS:
            break
    return match(phrase, found, at, part + 1) if wanted.optional else None


def _fits(wanted: _Word, word: str) -> bool:
    return word.startswith(wanted[0]) if wanted[1] else word == wanted[0]


def _part(piece: str, gap: int, prefixes: Sequence[str]) -> Part:
    """What one piece of a phrase allows. Raises ValueError if it has no letter."""
    exact: set[str] = set()
    stems: set[str] = set()
    several: dict[str, tuple[tuple[_Word, ...], ...]] = {}
    for alternative in piece.removesuffix("?").split("|"):
        for form in _with_prefixes(alternative, prefixes):
            bare = form.removesuffix("*")
            pieces = [fold(bare)] if bare.isalpha() and bare < "\u3000" else [folded for _, folded in words(bare)]
            if not pieces or not _ENDS.isdisjoint(pieces):
                raise ValueError(f"“{piece}” has an alternative without letters.")
            if len(pieces) > 1:
                last = len(pieces) - 1
                sequence = tuple((one, n == last and form.endswith("*")) for n, one in enumerate(pieces))
                several[pieces[0]] = (*several.get(pieces[0], ()), sequence)
            else:
                (stems if form.endswith("*") else exact).add(pieces[0])
    return Part(frozenset(exact), tuple(sorted(stems)), several, gap, piece.endswith("?"))


def _with_prefixes(alternative: str, prefixes: Sequence[str]) -> list[str]:
    if not alternative.startswith("+"):
        return [alternative]
    return [prefix + alternative[1:] for prefix in ("", *prefixes)]
