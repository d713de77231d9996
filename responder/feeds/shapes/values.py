"""Values of any type as files hold them, read as text, authors and languages."""

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

# What spreadsheets, pandas, R and databases write where there is nothing.
MISSING = frozenset({"", "nan", "na", "n/a", "#n/a", "#na", "<na>", "null", "none", "nil", "nat", "\\n", "#null!"})
AUTHOR_KEYS = (
    "screen_name", "acct", "username", "handle", "preferredUsername", "screenName", "userName", "name", "id_str", "id"
)  # fmt: skip
TEXT_KEYS = ("text", "full_text", "body", "content", "message", "value", "plain")
NO_LANGUAGE = frozenset({"und", "zxx", "qme", "qam", "qct", "qht", "qst", "art"})  # X's tags for posts without words
OLD_TAGS = {"in": "id", "iw": "he"}
LONGEST_CODE = 3
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Mn"})  # a mark alone stands on nothing
EXACT = 2**53  # beyond it, numbers with a decimal point are rounded
SHOWN = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """A repair of a row whose line is not known yet; see `classifier.tables.Repair`."""

    kind: str
    detail: str
    lossy: bool = False

    def at(self, line: int) -> Repair:
        """The repair of the row of a line."""
        return Repair(line, self.kind, self.detail, self.lossy)


class NoText(ValueError):
    """A value that is no text; the message says why."""


def is_missing(value: Any) -> bool:
    """Whether a value states nothing: None, not a number, or a word that stands for that."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return True
    return isinstance(value, str) and value.strip().strip("'\"").casefold() in MISSING


def is_blank(text: str) -> bool:
    """Whether nothing of a text can be seen: spaces, invisible marks and controls alone."""
    return all(sign.isspace() or unicodedata.category(sign) in INVISIBLE for sign in text)


def plain(value: Any) -> str:
    """A single value as text that a database can store; empty for objects, lists, yes and no."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | date):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT:
        value = int(value)
    try:
        return clean(value.isoformat() if isinstance(value, date) else value if value != 0 else "0").strip()
    except ValueError:  # an integer of more digits than Python writes
        return ""


def shown(value: Any) -> str:
    """A value in quotes for a message, shortened."""
    text = value if isinstance(value, str) else plain(value) or type(value).__name__
    text = clean(text)
    return repr(text if len(text) <= SHOWN else text[:SHOWN] + "…")


def author(value: Any) -> str:
    """The name under which an author posts, from a text, or from an object as sources deliver them."""
    if isinstance(value, Mapping):
        named = (plain(value.get(key)) for key in AUTHOR_KEYS)
        return next((name for name in named if not is_missing(name)), "")
    return "" if is_missing(value) else plain(value)


def language(value: Any) -> str:
    """The tag of the stated language, of several the first; empty where it says that there is none.

    Names such as `English` become tags, and Twitter's old ones (`in`, `iw`) those of today.
    """
    if isinstance(value, list) and value:
        value = value[0]
    tag = "" if is_missing(value) else plain(value)
    if tag.casefold() in NO_LANGUAGE:
        return ""
    return OLD_TAGS.get(tag) or (_language_names().get(tag.casefold(), tag) if len(tag) > LONGEST_CODE else tag)


def text(value: Any) -> tuple[str, tuple[Problem, ...]]:
    """A post's text, and how it was found in an object or a list; raises NoText with the reason where there is none."""
    if isinstance(value, Mapping):
        found = {key: value[key] for key in TEXT_KEYS if isinstance(value.get(key), str) and value[key].strip()}
        if len(set(found.values())) != 1:
            keys = ", ".join(map(str, list(value)[:10]))[:100]
            raise NoText(f"the text is an object without one clear text; it has: {keys or 'nothing'}")
        key, words = next(iter(found.items()))
        return clean(words, len(words)), (Problem("text", f"the text is an object; took its {key!r}"),)
    if isinstance(value, list):
        parts: list[Any] = [one.get("text") if isinstance(one, Mapping) else one for one in value]
        if not parts or not all(isinstance(one, str) for one in parts):
            raise NoText("the text is a list of other things than texts")
        # Telegram divides a text at its links, with the spaces between; other lists are of lines or words.
        divided = parts != value
        joined = "".join(parts) if divided else " ".join(one.strip() for one in parts if one.strip())
        return clean(joined, len(joined)), (Problem("text", f"the text is a list; joined its {len(value)} parts"),)
    if isinstance(value, bool):
        raise NoText(f"the text is {str(value).lower()}, not a text")
    if isinstance(value, float) and not math.isfinite(value):
        raise NoText("the text is not a number (NaN), not a text")
    if isinstance(value, str):
        return clean(value, len(value)), ()
    return plain(value), ()


@cache
def _language_names() -> Mapping[str, str]:
    return {name.casefold(): tag for tag, name in Locale("en").languages.items() if len(tag) <= LONGEST_CODE}


def mapping(value: Any) -> Mapping[str, Any]:
    """An optional object; empty if it is missing or something else."""
    return value if isinstance(value, Mapping) else {}


def mappings(value: Any) -> list[Mapping[str, Any]]:
    """The objects of an optional list."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []
