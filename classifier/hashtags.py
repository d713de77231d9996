"""The words of a hashtag: "CycloneIdai", "hurricane_maria", "PrayForNepal", "keralafloods". Offsets are code points."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

# Words of disasters that stand behind a name, or before one: "nepalquake", "terremotoecuador". The longest match wins.
_BEHIND = """
    flood floods flooding flashflood flashfloods quake earthquake earthquakes cyclone hurricane typhoon storm tornado
    tsunami landslide landslides mudslide wildfire wildfires bushfire bushfires fire fires eruption volcano drought
    snowstorm sandstorm thunderstorm hailstorm windstorm firestorm ceasefire gunfire crossfire campfire bonfire
    blast explosion relief rescue strong responde help update updates weather
    terremoto sismo temblor inundacion inundaciones huracan incendio incendios alluvione alluvioni
    enchente enchentes cheias ciclone furacao inondation inondations ouragan seisme cyclones
    gempa banjir longsor deprem depremi yangin yangini lindol bagyo baha
"""
_BEFORE = """
    prayfor prayersfor standwith hurricane cyclone typhoon tropicalstorm earthquake terremoto sismo temblor huracan
    ciclone furacao ouragan seisme inundaciones inondations alluvione gempa banjir bagyo
"""
_JOINED = {"prayfor": 4, "prayersfor": 7, "standwith": 5, "tropicalstorm": 8}  # where their first word ends
_LEAST = 4  # letters of the name that is left
_BEHIND_WORDS = tuple(sorted(_BEHIND.split(), key=len, reverse=True))
_BEFORE_WORDS = tuple(sorted(_BEFORE.split(), key=len, reverse=True))
_PIECE = re.compile(r"[^_]+")


def parts(tag: str) -> list[tuple[int, int]]:
    """Return the spans of the words in `tag`, a hashtag without its "#"; at least one if it has a letter.

    Words are divided by underscores, by capitals, by numbers, and by a disaster's name at either end.
    """
    found: list[tuple[int, int]] = []
    for piece in _PIECE.finditer(tag):
        cuts = sorted({piece.start(), *_cuts(tag, piece.start(), piece.end()), piece.end()})
        for start, end in pairwise(cuts):
            found += _named(tag, start, end)
    return found


def _cuts(tag: str, start: int, end: int) -> Iterator[int]:
    """Where capitals and numbers begin a word."""
    kinds = [_kind(character) for character in tag[start:end]]
    for i in range(1, len(kinds)):
        before, here = kinds[i - 1], kinds[i]
        after = kinds[i + 1] if i + 1 < len(kinds) else ""
        capital = here == "U" and (
            before == "l" or (before == "U" and after == "l") or (before == "9" and after == "l")
        )
        number = here == "9" and before != "9" and after in ("9", "U") and i > 1
        if (capital or number) and not _is_mark(tag[start + i]):
            yield start + i


def _kind(character: str) -> str:
    """U for capitals, l for other letters and marks, 9 for digits."""
    if character.isdigit():
        return "9"
    return "U" if character.isupper() or character.istitle() else "l"


def _is_mark(character: str) -> bool:
    return unicodedata.category(character).startswith("M")


def _named(tag: str, start: int, end: int) -> list[tuple[int, int]]:
    """Split a part that begins or ends with a disaster's name."""
    letters = "".join(map(_plain, tag[start:end]))
    if letters in _BEHIND_WORDS:
        return [(start, end)]
    for word in _BEFORE_WORDS:
        if letters.startswith(word) and len(letters) - len(word) >= _LEAST:
            first = _JOINED.get(word)
            middle = start + len(word)
            joined = [(start, start + first), (start + first, middle)] if first else [(start, middle)]
            return [*joined, *_named(tag, middle, end)]
    for word in _BEHIND_WORDS:
        if letters.endswith(word) and len(letters) - len(word) >= _LEAST:
            return [*_named(tag, start, end - len(word)), (end - len(word), end)]
    return [(start, end)]


def _plain(character: str) -> str:
    """A letter in lower case without its accent: one character for one, so that offsets stay."""
    plain = unicodedata.normalize("NFD", character)[0].lower()
    return plain if len(plain) == 1 else character
