"""The query language of the search box: `cat:needs place:beira lang:pt -rt conf:>=3 "bridge"`.

`read` takes what people type apart into the keys of the query string and the words that are left; `write` puts them back
into a line of text, so that chips and text always say the same. `filters.KEYS` says which keys there are.
"""

import re
from collections.abc import Callable, Mapping

from django.utils.translation import gettext as _

from classifier import categories

REPEATED = ("cat", "sev")  # several values of these are all meant; of others, the last
PART = re.compile(r'(?<!\S)([A-Za-z]{1,12}):(?:"([^"]{0,400})"|([^\s"]{1,400}))(?!\S)')
SEVERITIES = {name.lower(): str(number) for number, name in enumerate(categories.PRIORITIES, start=1)}
AT_LEAST = re.compile(r"^>=?\s*([1-5])$")
AT_MOST = re.compile(r"^<=?\s*([1-4])$")
Read = tuple[dict[str, str], str, list[str]]


def read(text: str, keys: Mapping[str, Callable[[str], str]]) -> Read:
    """(key → value as in the query string, remaining words, parts that were ignored).

    Arguments:
        keys: name of each key → what turns a typed value into that of the query string.
    """
    found: dict[str, str] = {}
    problems: list[str] = []

    def take(match: re.Match[str]) -> str:
        key, value = match[1].lower(), match[2] if match[2] is not None else match[3]
        if value.startswith("//"):  # an address, not a key
            return match[0]
        if key not in keys:
            known = ", ".join(keys)
            problems.append(
                _("“%(key)s:” is not a search filter. Use one of: %(known)s.") % {"key": key, "known": known}
            )
            return match[0]
        plain = keys[key](value.strip())
        found[key] = f"{found[key]},{plain}" if key in REPEATED and key in found else plain
        return ""

    rest = PART.sub(take, text)
    return found, " ".join(rest.split()), problems[:3]


def write(pairs: Mapping[str, str], words: str) -> str:
    """The query text of keys and words; keys without a value are left out."""
    parts = [f'{key}:"{value}"' if " " in value else f"{key}:{value}" for key, value in pairs.items() if value]
    return " ".join([*parts, *([words] if words else [])])


def at_least(value: str) -> str:
    """The value of `>=3` is `3`; anything else is left for the filter to check."""
    match = AT_LEAST.match(value)
    return match[1] if match else value


def severities(value: str) -> str:
    """The value of `critical` is `1`, of `<=2` is `1,2`; anything else is left for the filter to check."""
    if match := AT_MOST.match(value):
        return ",".join(str(number) for number in range(1, int(match[1]) + 1))
    return ",".join(SEVERITIES.get(part.strip().lower(), part.strip()) for part in value.split(","))
