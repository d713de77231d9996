"""Reads a post for offers of help, by phrases of each language."""

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from classifier.urgency import phrases
from classifier.urgency.folding import words

FOLDER = Path(__file__).parent / "words"
GAP_WORDS = 6  # "we have two boats and a truck available"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a post offers.

    Arguments:
        kinds: kind of help, as needs are called → the word of the post that says it.
        said: the words that offer it.
    """

    kinds: dict[str, str]
    said: str


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: str  # offer, not_offer or a kind of help
    phrase: phrases.Phrase


@dataclass(frozen=True, slots=True)
class _Words:
    """The phrases of one language, by what they may begin with."""

    exact: dict[str, tuple[_Entry, ...]]
    stems: tuple[tuple[str, _Entry], ...]

    def starting_with(self, word: str) -> list[_Entry]:
        return [*self.exact.get(word, ()), *(entry for stem, entry in self.stems if word.startswith(stem))]


def find(text: str, lang: str | None) -> Offer | None:
    """What the post offers; None if it offers nothing, also asks for something, or its language has no words here.

    Arguments:
        lang: ISO 639 code of the post's language.
    """
    known = _languages().get((lang or "").lower().split("-")[0])
    if known is None:
        return None
    found = words(text)
    folded = [word for _written, word in found]
    offers, kinds = list[str](), dict[str, str]()
    for at, word in enumerate(folded):
        for entry in known.starting_with(word):
            places = phrases.match(entry.phrase, folded, at)
            if not places:
                continue
            if entry.kind == "not_offer":
                return None
            said = " ".join(found[place][0] for place in places)
            if entry.kind == "offer":
                offers.append(said)
            else:
                kinds.setdefault(entry.kind, said)
    return Offer(kinds, max(offers, key=len)) if offers and kinds else None


def languages() -> list[str]:
    """ISO 639 codes of the languages that have words here."""
    return sorted(_languages())


@lru_cache(maxsize=1)
def _languages() -> dict[str, _Words]:
    """The phrases of all languages. Raises ValueError where a file says what cannot be read."""
    return {path.stem: _read(tomllib.loads(path.read_text(encoding="utf-8"))) for path in sorted(FOLDER.glob("*.toml"))}


def _read(content: dict) -> _Words:
    prefixes = content.get("prefixes", [])
    written = {"offer": content["offer"], "not_offer": content["not_offer"]} | content["kinds"]
    exact, stems = dict[str, list[_Entry]](), list[tuple[str, _Entry]]()
    for kind, listed in written.items():
        for one in listed:
            entry = _Entry(kind, phrases.parse(one, gap=GAP_WORDS, prefixes=prefixes))
            whole, beginnings = phrases.beginnings(entry.phrase)
            for word in whole:
                exact.setdefault(word, []).append(entry)
            stems += [(stem, entry) for stem in beginnings]
    return _Words({word: tuple(entries) for word, entries in exact.items()}, tuple(stems))
