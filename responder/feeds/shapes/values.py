"""Converts values of any type in files to texts, authors and languages."""

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from babel import Locale

from classifier.tables import Repair
from responder.feeds.storable import clean

# How spreadsheets, pandas, R and databases write missing values.
MISSING = frozenset({"", "nan", "na", "n/a", "#n/a", "#na", "<na>", "null", "none", "nil", "nat", "\\n", "#null!"})
AUTHOR_KEYS = (
    "screen_name", "acct", "username", "handle", "preferredUsername", "screenName", "userName", "name", "id_str", "id"
)  # fmt: skip
TEXT_KEYS = ("text", "full_text", "body", "content", "message", "value", "plain")
NO_LANGUAGE = frozenset({"und", "zxx", "qme", "qam", "qct", "qht", "qst", "art"})  # X's tags for posts without words
OLD_TAGS = {"in": "id", "iw": "he"}
LONGEST_CODE = 3
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Mn"})  # a combining mark alone is invisible
EXACT = 2**53  # beyond it, numbers with a decimal point are rounded
SHOWN = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """A repair of a row whose line number is not known yet; see `classifier.tables.Repair`."""

    kind: str
    detail: str
    lossy: bool = False

    def at(self, line: int) -> Repair:
        """Return the repair with its line number."""
        return Repair(line, self.kind, self.detail, self.lossy)


class NoText(ValueError):
    """A value that is not a text. The message says why."""


def is_missing(value: Any) -> bool:
    """Whether a value is missing: None, NaN, or a word for a missing value."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return True
    return isinstance(value, str) and value.strip().strip("'\"").casefold() in MISSING


def is_blank(text: str) -> bool:
    """Whether a text contains only spaces, invisible marks and control characters."""
    return all(sign.isspace() or unicodedata.category(sign) in INVISIBLE for sign in text)


def plain(value: Any) -> str:
    """Return a single value as text that a database can store; empty for objects, lists and booleans."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | date):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        value = int(value)
    try:
        return clean(value.isoformat() if isinstance(value, date) else value if value != 0 else "0").strip()
    except ValueError:  # an integer with more digits than Python converts to text
        return ""


def shown(value: Any) -> str:
    """Return a shortened, quoted value for a message."""
    text = value if isinstance(value, str) else plain(value) or type(value).__name__
    text = clean(text)
    return repr(text if len(text) <= SHOWN else text[:SHOWN] + "…")


def author(value: Any) -> str:
    """Return an author's name from a text or an object."""
    if isinstance(value, Mapping):
        named = (plain(value.get(key)) for key in AUTHOR_KEYS)
        return next((name for name in named if not is_missing(name)), "")
    return "" if is_missing(value) else plain(value)


def language(value: Any) -> str:
    """Return the tag of the (first) stated language; empty for tags that mean no language.

    Names such as `English` become tags, and Twitter's outdated tags (`in`, `iw`) current ones.
    """
    if isinstance(value, list) and value:
        value = value[0]
    tag = "" if is_missing(value) else plain(value)
    if tag.casefold() in NO_LANGUAGE:
        return ""
    return OLD_TAGS.get(tag) or (_language_names().get(tag.casefold(), tag) if len(tag) > LONGEST_CODE else tag)


def text(value: Any) -> tuple[str, tuple[Problem, ...]]:
    """Return a post's text, and the repair if it was in an object or a list. Raises NoText with the reason."""
    if isinstance(value, Mapping):
        found = {key: value[key] for key in TEXT_KEYS if isinstance(value.get(key), str) and value[key].strip()}
        if len(set(found.values())) != 1:
            keys = ", ".join(map(str, list(value)[:10]))[:100]
            raise NoText(
                f"The text is an object, and it is unclear which value is the text. Its keys: {keys or 'none'}."
            )
        key, words = next(iter(found.items()))
        return clean(words, len(words)), (Problem("text", f"The text is an object. Its {key!r} was used."),)
    if isinstance(value, list):
        parts: list[Any] = [one.get("text") if isinstance(one, Mapping) else one for one in value]
        if not parts or not all(isinstance(one, str) for one in parts):
            raise NoText("The text is a list whose elements are not all texts.")
        # Telegram splits a text at its links and keeps the spaces; other lists contain lines or words.
        divided = parts != value
        joined = "".join(parts) if divided else " ".join(one.strip() for one in parts if one.strip())
        return clean(joined, len(joined)), (
            Problem("text", f"The text is a list. Its elements were joined ({len(value)})."),
        )
    if isinstance(value, bool):
        raise NoText(f"The text is the value {str(value).lower()}.")
    if isinstance(value, float) and not math.isfinite(value):
        raise NoText("The text is NaN (not a number).")
    if isinstance(value, str):
        return clean(value, len(value)), ()
    return plain(value), ()


@cache
def _language_names() -> Mapping[str, str]:
    return {name.casefold(): tag for tag, name in Locale("en").languages.items() if len(tag) <= LONGEST_CODE}


def mapping(value: Any) -> Mapping[str, Any]:
    """Return an optional object; empty if it is missing or of another type."""
    return value if isinstance(value, Mapping) else {}


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects in an optional list."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
