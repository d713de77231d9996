"""The writing system of a text, for the figures of the exercise."""

import re
import unicodedata
from collections import Counter

_NAMES = {"CJK": "Han"}


def script_of(text: str) -> str:
    """The script of most letters of `text`, such as "Latin" or "Devanagari"; "none" without letters.

    Links, handles and hashtags don't count: they are Latin in every language.
    """
    bare = re.sub(r"https?://\S+|@\w+|#\S+", " ", text)
    found = Counter(unicodedata.name(c, "").split(" ")[0] for c in bare if c.isalpha())
    if not found:
        return "none"
    name = found.most_common(1)[0][0]
    return _NAMES.get(name, name.title())
