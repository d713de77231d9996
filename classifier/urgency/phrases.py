"""The phrases of `words/*.toml`, as they are written there and as they are matched.

| Written | Means |
|---|---|
| `trapped` | this word, in any case and with or without accents |
| `trap*` | a word that begins like this |
| `roof|roofs` | one of these |
| `the?` | this word or none |
| `..` | up to `gap` other words between two commas (characters in Chinese and Japanese) |
| `+محاصر` | with one of the file's `prefixes`, or without |
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from classifier.urgency.folding import PAUSE, STOP, words

GAP = ".."
MOST_FORMS = 2_000  # of one phrase, with all its alternatives written out


@dataclass(frozen=True, slots=True)
class Part:
    """One word of a phrase: the forms it may take, and how many words may stand before it."""

    exact: frozenset[str]
    stems: tuple[str, ...]
    gap: int

    def accepts(self, word: str) -> bool:
        """Whether a folded word is one of the forms."""
        return word in self.exact or word.startswith(self.stems)


Form = tuple[Part, ...]


def parse(phrase: str, *, gap: int, prefixes: Sequence[str] = ()) -> list[Form]:
    """The forms of a phrase, each a sequence of parts.

    Arguments:
        phrase: as the table above says.
        gap: how many words `..` stands for.
        prefixes: what may be written before a word marked with `+`.

    Raises ValueError for a phrase that has no word, or too many forms.
    """
    choices = [_choices(piece, prefixes) for piece in phrase.split()]
    forms = []
    for chosen in product(*choices):
        form = tuple(_parts(chosen, gap))
        if form and form not in forms:
            forms.append(form)
    if not forms or len(forms) > MOST_FORMS:
        raise ValueError(f"“{phrase}” has {len(forms)} forms.")
    return forms


def match(form: Form, at: int, found: Sequence[str], part: int = 1) -> list[int]:
    """The positions of the words of `form` in `found`, its first word standing at `at`; empty where it does not match.

    Arguments:
        found: folded words.
        part: the first part of the form that is still to be found, after `at`.
    """
    if part == len(form):
        return [at]
    wanted = form[part]
    for position in range(at + 1, min(at + 2 + wanted.gap, len(found))):
        if wanted.accepts(found[position]) and (rest := match(form, position, found, part + 1)):
            return [at, *rest]
        if found[position] in (STOP, PAUSE):
            return []
    return []


def _choices(piece: str, prefixes: Sequence[str]) -> list[tuple[Part, ...] | None]:
    """The ways to read one piece of a phrase: sequences of parts; None for a gap; () where it may be left out."""
    if piece == GAP:
        return [None]
    optional = piece.endswith("?")
    single: list[tuple[str, bool]] = []
    several: list[tuple[Part, ...]] = []
    for alternative in piece.removesuffix("?").split("|"):
        for written in _with_prefixes(alternative, prefixes):
            stem = written.endswith("*")
            pieces = [folded for _, folded in words(written.removesuffix("*"))]
            if len(pieces) == 1:
                single.append((pieces[0], stem))
            elif pieces:
                several.append(tuple(_part(one, stem and one is pieces[-1]) for one in pieces))
    parts: list[tuple[Part, ...] | None] = [*several]
    if single:
        exact = frozenset(word for word, stem in single if not stem)
        parts.append((Part(exact, tuple(word for word, stem in single if stem), 0),))
    return [*parts, ()] if optional else parts


def _with_prefixes(alternative: str, prefixes: Sequence[str]) -> list[str]:
    if not alternative.startswith("+"):
        return [alternative]
    return [prefix + alternative[1:] for prefix in ("", *prefixes)]


def _part(word: str, stem: bool) -> Part:
    return Part(frozenset() if stem else frozenset({word}), (word,) if stem else (), 0)


def _parts(chosen: Sequence[tuple[Part, ...] | None], gap: int) -> Iterator[Part]:
    """The parts in order; a gap goes to the part after it, and counts nothing at either end of a phrase."""
    before, first = 0, True
    for piece in chosen:
        if piece is None:
            before = 0 if first else gap
            continue
        for part in piece:
            yield Part(part.exact, part.stems, before)
            before, first = 0, False


def keys(form: Form) -> tuple[frozenset[str], tuple[str, ...]]:
    """What the first word of a form may be: whole words, and beginnings of words."""
    return form[0].exact, form[0].stems

