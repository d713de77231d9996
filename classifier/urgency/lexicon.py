"""The phrases of all languages, found by their first word: a text is read once, whatever the number of phrases.

Built at the first call and kept. A post costs one look-up per word and length of stem, and the comparison of the few
phrases that begin with it; no regular expression walks over the text once per language.
"""

import re
import tomllib
from collections import defaultdict
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from classifier.urgency import phrases

FOLDER = Path(__file__).parent / "words"
GAP_WORDS = 4
DANGER_WORD = re.compile(r"[^\W\d_]{4,}(?![\w*])")
CONCEPTS = (
    "trapped", "children", "elderly", "people", "rescue request", "medical emergency", "collapse", "rising water",
    "swept away", "fire", "supplies", "missing child", "warning", "now", "life-threatening injury",
)  # fmt: skip
CANCELLING = ("before", "after", "resolved", "everyday", "topic", "still", "laughter")


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """A phrase of one language and what it says.

    Arguments:
        kind: one of CONCEPTS or CANCELLING.
        required_words: sets of words; a post can match only if it has a word of each.
        reach: for `before` and `after`, how many words may stand between it and what it cancels.
    """

    language: str
    kind: str
    phrase: phrases.Phrase
    required_words: tuple[frozenset[str], ...]
    reach: int


class Lexicon:
    """Entries by the first word of their phrase."""

    def __init__(self, entries: list[Entry]) -> None:
        self._exact: dict[str, list[Entry]] = defaultdict(list)
        self._stems: dict[str, list[Entry]] = defaultdict(list)
        for entry in entries:
            exact, stems = phrases.beginnings(entry.phrase)
            for word in exact:
                self._exact[word].append(entry)
            for word in stems:
                self._stems[word].append(entry)
        self._lengths = sorted({len(stem) for stem in self._stems})
        self.starting_with = lru_cache(maxsize=16_384)(self._starting_with)

    def _starting_with(self, word: str) -> tuple[Entry, ...]:
        """Return the entries whose phrase may begin with this folded word."""
        found = dict.fromkeys(self._exact.get(word, ()))
        for length in self._lengths:
            if length > len(word):
                break
            found |= dict.fromkeys(self._stems.get(word[:length], ()))
        return tuple(found)


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """All languages' phrases. Raises ValueError where a file says what cannot be read."""
    entries: list[Entry] = []
    for path in sorted(FOLDER.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        entries += _entries(path.stem, content)
    return Lexicon(entries)


@lru_cache(maxsize=1)
def danger_words() -> frozenset[str]:
    """The words of at least four letters, in lower case, from which the phrases of danger of all languages are made."""
    listed = (tomllib.loads(path.read_text(encoding="utf-8")).get("danger", {}) for path in FOLDER.glob("*.toml"))
    phrases_of_all = (phrase for concepts in listed for one in concepts.values() for phrase in one)
    return frozenset(word.lower() for phrase in phrases_of_all for word in DANGER_WORD.findall(phrase))


def languages() -> list[str]:
    """ISO 639 codes of the languages that have a file."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def _entries(language: str, content: dict[str, Any]) -> list[Entry]:
    gap, prefixes = content.get("gap", GAP_WORDS), content.get("prefixes", [])
    entries = []
    for section, allowed in (("danger", CONCEPTS), ("cancel", CANCELLING)):
        for kind, listed in content.get(section, {}).items():
            if kind not in allowed:
                raise ValueError(f"{language}.toml: “{kind}” is none of {', '.join(allowed)}.")
            for phrase in listed:
                reaches = phrase.endswith(phrases.GAP) if kind == "before" else phrase.startswith(phrases.GAP)
                parsed = phrases.parse(phrase, gap=gap, prefixes=prefixes)
                entries.append(Entry(language, kind, parsed, phrases.required_words(parsed), gap if reaches else 0))
    return entries
