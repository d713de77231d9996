"""Which columns of areas hold their name, their code and how many people live there: guessed from names in use.

Known are OCHA's common operational datasets (COD-AB, with names of before and since 2024), GADM, geoBoundaries and plain
names. Of several levels the deepest counts, since a file of districts names their provinces, too.
"""

import re
from collections.abc import Iterable
from typing import Any

from responder.models.map_layer import AREA_CODE_LIMIT, AREA_NAME_LIMIT

# In order of trust; the group is the level.
NAMES = (
    re.compile(r"^ADM([0-5])_EN$", re.IGNORECASE), re.compile(r"^ADM([0-5])_(?:FR|ES|PT|AR|UK|TR|RU)$", re.IGNORECASE),
    re.compile(r"^adm([0-5])_name$", re.IGNORECASE), re.compile(r"^ADM([0-5])_[A-Z]{2}$", re.IGNORECASE),
    re.compile(r"^NAME_([0-5])$", re.IGNORECASE), re.compile(r"^ADM([0-5])_?NAME$", re.IGNORECASE),
)  # fmt: skip
CODES = (
    re.compile(r"^ADM([0-5])_PCODE$", re.IGNORECASE), re.compile(r"^ADM([0-5])_?CODE$", re.IGNORECASE),
    re.compile(r"^GID_([0-5])$", re.IGNORECASE),
)  # fmt: skip
PLAIN_NAMES = (
    "shapename",
    "name",
    "name_en",
    "admin_name",
    "district",
    "province",
    "region",
    "state",
    "nom",
    "nombre",
    "nome",
    "label",
)
PLAIN_CODES = ("pcode", "p_code", "shapeid", "shapeiso", "code", "iso_code", "geoid", "id")
PEOPLE = re.compile(
    r"^(?:t_tl|people|inhabitants|pop|population|(?:total_?pop(?:ulation)?|pop(?:ulation)?_?total|pop_?est|pop(?:ulation)?_?(?:19|20)\d\d|popsum|sum_pop))$",
    re.IGNORECASE,
)
MOST_PEOPLE = 10**10
GAPS = re.compile(r"[\s,'’]")  # between thousands; \s holds the narrow spaces, too
THOUSANDS = re.compile(r"\d{1,3}(?:[\s,'’]\d{3})+")


def all_of(rows: Iterable[dict[str, Any]], most: int) -> list[str]:
    """The columns of some rows, in the order in which they first come."""
    found: dict[str, None] = {}
    for row in rows:
        found.update(dict.fromkeys(row))
        if len(found) >= most:
            break
    return list(found)[:most]


def guess(columns: list[str]) -> dict[str, str]:
    """The columns of `name`, `code` and `people`, each empty where none is found."""
    return {
        "name_column": _deepest(columns, NAMES) or _plain(columns, PLAIN_NAMES),
        "code_column": _deepest(columns, CODES) or _plain(columns, PLAIN_CODES),
        "people_column": next((one for one in columns if PEOPLE.match(one)), ""),
    }


def values(properties: dict[str, Any], chosen: dict[str, str]) -> dict[str, Any]:
    """The `name`, `code` and `people` of one area by the chosen columns."""
    return {
        "name": str(properties.get(chosen["name_column"], ""))[:AREA_NAME_LIMIT],
        "code": str(properties.get(chosen["code_column"], ""))[:AREA_CODE_LIMIT],
        "people": people(properties.get(chosen["people_column"])),
    }


def people(value: Any) -> int | None:
    """A number of people; None for what is no number, or less than one person."""
    if isinstance(value, str):
        text = value.strip()
        text = GAPS.sub("", text) if THOUSANDS.fullmatch(text) else text
        value = float(text) if re.fullmatch(r"\d{1,11}(?:\.\d{1,10})?", text) else None
    if not isinstance(value, int | float) or isinstance(value, bool) or not 1 <= value <= MOST_PEOPLE:
        return None
    return round(value)


def _deepest(columns: list[str], patterns: Iterable[re.Pattern[str]]) -> str:
    found = [
        (-int(match[1]), order, column)
        for order, pattern in enumerate(patterns)
        for column in columns
        if (match := pattern.match(column))
    ]
    return min(found)[2] if found else ""


def _plain(columns: list[str], known: Iterable[str]) -> str:
    lowered = {column.lower(): column for column in reversed(columns)}
    return next((lowered[name] for name in known if name in lowered), "")
