"""The identity of a text: equal for copies, different as soon as a letter, a vowel sign or a digit differs.

What doesn't matter: case, punctuation, emojis beside words, links, mentions, retweet marks, invisible characters,
full-width and other styled letters, look-alikes inside Latin words, the script of digits, and points that the same
words are written with and without (Arabic harakat and tatweel, Hebrew niqqud). docs/adr/0026-text-identity.md says why.

Keys made from it are stored. A change needs a migration after which they are made again (see `responder.rekeying`).
"""

import hashlib
import html
import re
import unicodedata
from collections.abc import Callable

from classifier.letters import LATIN_LETTER, LOOKALIKES
from classifier.ml.text import INVISIBLE
from classifier.words import MARKS, UNSPACED

# A link ends where a script begins that is written without spaces.
LINK = re.compile(rf"https?://(?:[!-~]|(?!{UNSPACED.pattern})\S)+")
# @name, @name@server, @name.bsky.social
MENTION = re.compile(
    rf"@(?:[a-z0-9_][a-z0-9_.-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)+|[a-z0-9-]+\.bsky\.social"
    rf"|(?:(?!{UNSPACED.pattern})[\w{MARKS}])+|[\w{MARKS}]+)"
)
RETWEETS = re.compile(r"^[\W_]*rt\b(?:[\W_]+rt\b)*")
_EMOJIS = re.compile("[\u2139\u24c2\u3297\u3299]\ufe0f")  # letters otherwise
# Not visible, or nothing but decoration: joiners, selectors, fillers, tags, lines through letters, trade marks.
_UNSEEN = re.compile(
    r"[\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065-\u206f\u3164\uffa0\ufe00-\ufe0f\ufff9-\ufffb"
    r"\u0334-\u0338\u0488\u0489\u20d0-\u20f0\u2120\u2122\U000e0000-\U000e0fff]"
)
# Written or left out at the writer's will: Arabic short vowels and tatweel, Hebrew points and accents.
_OPTIONAL = re.compile(
    r"[\u0610-\u061a\u0640\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed"
    r"\u08d3-\u08ff\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]"
)
# One letter on two keyboards; the Turkish dot, which capitals don't tell.
_SAME = {"ی": "ي", "ک": "ك", "ı": "i"}
_LATIN_WORD = re.compile(r"\w+")
_LATIN = str.maketrans(
    {chr(code).casefold(): chr(latin).casefold() for code, latin in LOOKALIKES.items()}
    | {chr(code): chr(latin) for code, latin in LOOKALIKES.items() if chr(code).islower()}
)
_LOOKALIKE = re.compile(f"[{''.join(map(chr, _LATIN))}]")


class _Characters(dict[int, str]):
    """What becomes of each character, worked out when it is first met."""

    def __init__(self, work_out: Callable[[str], str]) -> None:
        super().__init__()
        self._work_out = work_out

    def __missing__(self, code: int) -> str:
        becomes = self._work_out(chr(code))
        if unicodedata.category(chr(code)) not in ("Cn", "Co"):  # a hostile text must not fill the memory
            self[code] = becomes
        return becomes


def identity_of(text: str) -> str:
    """Return the words that identify copies of a text, or its symbols if it has no words.

    Accepts any string, lone surrogates included.
    """
    if "&" in text:
        text = html.unescape(text)
    shown = _plain(text)
    own = MENTION.sub(" ", LINK.sub(" ", shown))
    words = " ".join(RETWEETS.sub(" ", own).translate(_WORDS).split())
    return words or "".join(own.split()) or " ".join(shown.split())


def text_digest(text: str) -> str:
    """64 hexadecimal digits, equal for copies."""
    return hashlib.sha256(identity_of(text).encode("utf-8", "replace")).hexdigest()


def text_key(text: str) -> str:
    """32 hexadecimal digits, equal for copies."""
    return text_digest(text)[:32]


def _plain(text: str) -> str:
    """One form for each letter and digit, whatever its case, width, style or keyboard."""
    if text.isascii():
        return text.translate(_FORMS)
    if "\ufe0f" in text:
        text = _EMOJIS.sub("", text)
    text = unicodedata.normalize("NFC", text.translate(_FORMS)).replace("i\u0307", "i")
    if _LOOKALIKE.search(text) and LATIN_LETTER.search(text):
        text = _LATIN_WORD.sub(_as_latin, text)
    return text


def _as_latin(found: re.Match[str]) -> str:
    word = found.group()
    return word.translate(_LATIN) if LATIN_LETTER.search(word) else word


def _form(character: str) -> str:
    if INVISIBLE.match(character) or _UNSEEN.match(character):
        return ""
    plain = unicodedata.normalize("NFKC", character).casefold()
    return "".join(_SAME.get(one, _digit(one)) for one in plain if not _OPTIONAL.match(one))


def _digit(character: str) -> str:
    number = unicodedata.decimal(character, None)
    return character if number is None else str(number)


def _word_part(character: str) -> str:
    return character if character.isalnum() or unicodedata.category(character)[0] == "M" else " "


_FORMS, _WORDS = _Characters(_form), _Characters(_word_part)
