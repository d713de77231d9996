"""The query language of the search box: `cat:needs place:beira lang:pt -rt conf:>=3 "bridge"`.

`read` takes what people type apart into the keys of the query string and the words that are left; `write` puts a
filter back into a line of text, so that chips and text always say the same.
"""

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from classifier import categories
from responder.queries import areas

if TYPE_CHECKING:
    from responder.queries.filters import Filter

KEYS = ("cat", "place", "area", "lang", "sev", "conf", "status", "t")
PART = re.compile(r'(?<!\S)([A-Za-z]{1,12}):(?:"([^"]{0,400})"|([^\s"]{1,400}))(?!\S)')
SEVERITIES = {name.lower(): str(number) for number, name in enumerate(categories.PRIORITIES, start=1)}
AT_LEAST = re.compile(r"^>=?\s*([1-5])$")
AT_MOST = re.compile(r"^<=?\s*([1-4])$")
Read = tuple[dict[str, str], str, list[str]]


def read(text: str) -> Read:
    """(key → value as the query string writes it, the words that are left, what was not understood)."""
    found: dict[str, str] = {}
    problems: list[str] = []

    def take(match: re.Match[str]) -> str:
        key, value = match[1].lower(), match[2] if match[2] is not None else match[3]
        if value.startswith("//"):  # an address, not a key
            return match[0]
        if key not in KEYS:
            known = ", ".join(KEYS)
            problems.append(_("There is no key “%(key)s:”. Keys are: %(known)s.") % {"key": key, "known": known})
            return match[0]
        found[key] = (
            f"{found[key]},{_plain(key, value)}" if key in ("cat", "sev") and key in found else _plain(key, value)
        )
        return ""

    rest = PART.sub(take, text)
    return found, " ".join(rest.split()), problems[:3]


def write(wanted: "Filter", *, words: bool = True) -> str:
    """The filter as one would type it; without the event, which is chosen elsewhere."""
    pairs = dict(pair for pair in _pairs(wanted))
    parts = [f'{key}:"{value}"' if " " in value else f"{key}:{value}" for key, value in pairs.items()]
    return " ".join([*parts, *([wanted.q] if words and wanted.q else [])])


def _pairs(wanted: "Filter") -> list[tuple[str, str]]:
    pairs = []
    if not wanted.usual_groups:
        pairs.append(("cat", ",".join(wanted.groups + wanted.categories)))
    if wanted.place:
        pairs.append(("place", wanted.place))
    if wanted.area:
        pairs.append(("area", areas.write(wanted.area)))
    if wanted.lang:
        pairs.append(("lang", wanted.lang))
    if wanted.severities:
        pairs.append(("sev", ",".join(map(str, wanted.severities))))
    if wanted.min_confidence > 1:
        pairs.append(("conf", f">={wanted.min_confidence}"))
    if wanted.status != "all":
        pairs.append(("status", wanted.status))
    if wanted.time_range != "event":
        pairs.append(("t", wanted.time_range))
    return pairs


def _plain(key: str, value: str) -> str:
    """`>=3` → `3`, `critical` → `1`, `<=2` → `1,2`; anything else is judged by the filter."""
    value = value.strip()
    if key == "conf" and (match := AT_LEAST.match(value)):
        return match[1]
    if key == "sev" and (match := AT_MOST.match(value)):
        return ",".join(str(number) for number in range(1, int(match[1]) + 1))
    if key == "sev":
        return ",".join(SEVERITIES.get(part.strip().lower(), part.strip()) for part in value.split(","))
    return value
