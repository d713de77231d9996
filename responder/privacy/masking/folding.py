"""Normalises texts for pattern matching: ASCII digits, no accents, no invisible characters.

Each character keeps its position in the original, so that matches can be hidden there.
"""

import re
import unicodedata
from dataclasses import dataclass, field

COVERED = "•"  # what hidden signs become: no pattern matches it or reaches beyond it
BULLETS = re.compile("•+")
HANGUL = range(0xAC00, 0xD7A4)
# Points and accents that people leave out: Hebrew and Arabic ones, the nukta, and those above or below a letter.
_NUKTA, _POINTS, _ACCENTS = 7, range(10, 37), 200
_SAME = {
    "º": "°", "ª": "a", "˚": "°", "′": "'", "’": "'", "‘": "'", "´": "'", "`": "'", "ʼ": "'", "“": '"', "”": '"',
    "″": '"', "−": "-", "⁃": "-", "،": ",", "、": ",", "٬": ",", "٫": ".",
    "ك": "ک", "ي": "ی", "ة": "ه", "ۃ": "ه", "ہ": "ه", "ھ": "ه", "ۀ": "ه", "ے": "ی", "ں": "ن", "ٱ": "ا",
    "№": "No", "ß": "ss", "đ": "d", "ł": "l", "ø": "o", "ـ": "", "\u034f": "", "\u3164": "", "\u115f": "",
    "\u1160": "", "\u2800": " ", "\t": " ", "\n": "\n", "\r": "\n", "\u2028": "\n", "\u2029": "\n",
}  # fmt: skip


class _Signs(dict[str, str]):
    """Caches the normalised form of each character."""

    def __missing__(self, sign: str) -> str:
        plain = _plain(sign)
        if unicodedata.category(sign) != "Cn":
            self[sign] = plain
        return plain


@dataclass(frozen=True, slots=True)
class Folded:
    """The normalised text. `origins` has the original position of each character; it is empty if no position changed."""

    text: str
    length: int
    origins: list[int] = field(default_factory=list)

    def original(self, start: int, end: int) -> tuple[int, int]:
        """Return the range in the original, including invisible characters at its end."""
        if not self.origins:
            return start, end
        last = self.origins[end - 1] + 1
        return self.origins[start], max(last, self.origins[end] if end < len(self.origins) else self.length)

    def whole(self, start: int, end: int) -> tuple[int, int]:
        """The plain range, widened where a sign of the original became several."""
        if self.origins:
            while start and self.origins[start - 1] == self.origins[start]:
                start -= 1
            while end < len(self.origins) and self.origins[end] == self.origins[end - 1]:
                end += 1
        return start, end


def fold(text: str) -> Folded:
    """Return the normalised `text`. Bullets become dots, except in runs of three or more, which masking inserts."""
    if "•" in text:
        text = BULLETS.sub(lambda run: run[0] if len(run[0]) > 2 else "·" * len(run[0]), text)
    parts = [_SIGNS[sign] for sign in text]
    plain = "".join(parts)
    if len(plain) == len(text) and all(parts):
        return Folded(plain, len(text))
    return Folded(plain, len(text), [at for at, part in enumerate(parts) for _sign in part])


def fold_words(words: str) -> frozenset[str]:
    """Words of a list as `fold` leaves them, in lower case; `_` stands for a space."""
    return frozenset(fold(word).text.lower().replace("_", " ") for word in words.split())


def _plain(sign: str) -> str:
    if sign in _SAME:
        return _SAME[sign]
    if ord(sign) in HANGUL:
        return sign
    return "".join(_part(part, alone=part == sign) for part in unicodedata.normalize("NFKD", sign))


def _part(part: str, *, alone: bool) -> str:
    """One character of a decomposed character."""
    if not alone and part in _SAME:
        return _SAME[part]
    digit = unicodedata.digit(part, None)
    if digit is not None:
        return str(digit)
    category, combining = unicodedata.category(part), unicodedata.combining(part)
    if category in ("Cf", "Cc", "Me") or "\ufe00" <= part <= "\ufe0f":
        return ""
    if combining and (combining == _NUKTA or combining in _POINTS or combining >= _ACCENTS):
        return ""
    return {"Pd": "-", "Zs": " ", "Zl": "\n", "Zp": "\n"}.get(category, part)


_SIGNS = _Signs({chr(code): chr(code) for code in range(32, 127) if chr(code) not in _SAME})
