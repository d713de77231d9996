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

from classifier.urgency.folding import PAUSE, STOP, words

GAP = ".."
_ENDS = frozenset((STOP, PAUSE))
_Word = tuple[str, bool]  # folded, and whether it may go on


@dataclass(frozen=True, slots=True)
class Part:
    """One place of a phrase: what may stand there, and how many words may stand before it.

    Arguments:
        exact: whole words.
        stems: beginnings of words.
        several: sequences of words, as Chinese and Japanese have them, and words with an apostrophe.
    """

    exact: frozenset[str]
    stems: tuple[str, ...]
    several: tuple[tuple[_Word, ...], ...]
    gap: int
    optional: bool

    def ends(self, found: Sequence[str], at: int) -> Iterator[int]:
        """The positions after what stands here at `at`, one for each way to read it."""
        if at >= len(found):
            return
        if found[at] in self.exact or (self.stems and found[at].startswith(self.stems)):
            yield at + 1
        for sequence in self.several:
            if at + len(sequence) <= len(found) and all(map(_fits, sequence, found[at:])):
                yield at + len(sequence)

    def beginnings(self) -> tuple[set[str], set[str]]:
        """The whole words, and the beginnings of words, that this can start with."""
        exact = {*self.exact, *(one[0][0] for one in self.several if not one[0][1])}
        return exact, {*self.stems, *(one[0][0] for one in self.several if one[0][1])}


Phrase = tuple[Part, ...]


def parse(written: str, *, gap: int, prefixes: Sequence[str] = ()) -> Phrase:
    """A phrase as it is matched.

    Arguments:
        written: as the table above says.
        gap: how many words `..` stands for.
        prefixes: what may be written before a word marked with `+`.

    Raises ValueError for a phrase without a word that has to be there.
    """
    parts: list[Part] = []
    between = 0
    for piece in written.split():
        if piece == GAP:
            between = gap if parts else 0
        else:
            parts.append(_part(piece, between, prefixes))
            between = 0
    if all(part.optional for part in parts):
        raise ValueError(f"“{written}” has no word that has to be there.")
    return tuple(parts)


def beginnings(phrase: Phrase) -> tuple[set[str], set[str]]:
    """The whole words, and the beginnings of words, that a phrase can start with."""
    exact: set[str] = set()
    stems: set[str] = set()
    for part in phrase:
        more = part.beginnings()
        exact, stems = exact | more[0], stems | more[1]
        if not part.optional:
            break
    return exact, stems


def match(phrase: Phrase, found: Sequence[str], at: int, part: int = 0) -> list[int] | None:
    """The positions of the words of `phrase` in `found` from `at` on, or None.

    Arguments:
        found: folded words.
        part: the first part of the phrase that is still to be found.
    """
    if part == len(phrase):
        return []
    wanted = phrase[part]
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
    """What one piece of a phrase allows. Raises ValueError where it has no letter."""
    exact: set[str] = set()
    stems: set[str] = set()
    several: list[tuple[_Word, ...]] = []
    for alternative in piece.removesuffix("?").split("|"):
        for form in _with_prefixes(alternative, prefixes):
            pieces = [folded for _, folded in words(form.removesuffix("*"))]
            if not pieces:
                raise ValueError(f"“{piece}” has an alternative without letters.")
            if len(pieces) > 1:
                last = len(pieces) - 1
                several.append(tuple((one, n == last and form.endswith("*")) for n, one in enumerate(pieces)))
            else:
                (stems if form.endswith("*") else exact).add(pieces[0])
    return Part(frozenset(exact), tuple(sorted(stems)), tuple(several), gap, piece.endswith("?"))


def _with_prefixes(alternative: str, prefixes: Sequence[str]) -> list[str]:
    if not alternative.startswith("+"):
        return [alternative]
    return [prefix + alternative[1:] for prefix in ("", *prefixes)]
