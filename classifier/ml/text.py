"""Text as the model reads it, and text as copies are recognised by.

Both forms accept any Python string: lone surrogates, control characters, whole books.
"""

import hashlib
import html
import re

MAX_CHARACTERS = 2_000  # the encoder reads 96 tokens; more text would only cost time
URL = re.compile(r"https?://\S+")
MENTION = re.compile(r"@\w+")
RETWEET = re.compile(r"^\s*rt\b[\s:]*", re.IGNORECASE)
NOT_WORD = re.compile(r"[\W_]+")
INVISIBLE = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ud800-\udfff]"
)


def clean(text: str) -> str:
    """The text as the encoder reads it: entities decoded, links shortened, invisible characters dropped."""
    return URL.sub("http", html.unescape(INVISIBLE.sub("", text[:MAX_CHARACTERS])))


def normalise(text: str) -> str:
    """Lower-case words alone, without links, mentions, retweet marks and punctuation: equal for copies."""
    text = html.unescape(INVISIBLE.sub("", text)).lower()
    text = MENTION.sub(" ", URL.sub(" ", RETWEET.sub("", text)))
    return NOT_WORD.sub(" ", text).strip()


def text_key(text: str) -> str:
    """32 hexadecimal digits, equal for texts whose normalised forms are equal."""
    return hashlib.sha256((normalise(text) or text).encode("utf-8", "replace")).hexdigest()[:32]
