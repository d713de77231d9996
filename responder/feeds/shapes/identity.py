"""IDs of posts in files: detects unusable IDs, and makes IDs for posts without one.

Spreadsheets and pandas round long IDs: 1622438871234567001 becomes 1.62244E+18, like a thousand others.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from responder.feeds.shapes.values import EXACT, Problem, is_missing, plain, shown
from responder.feeds.storable import MAX_ID

ROUNDED = re.compile(r"[+-]?\d(?:[.,]\d+)?e\+?\d{2,3}", re.IGNORECASE)
SCIENTIFIC = re.compile(r"[.,+]")  # 12e45 may be part of a hash, 1.2E+45 is not
DECIMAL = re.compile(r"(\d+)\.0+")
FORMULA = re.compile(r'="?([^"]*)"?')  # ="1622438871234567001" prevents rounding
LONG = re.compile(r"\d{17,19}")
ZEROS = 6  # trailing zeros of all long IDs together, at least two each: by chance in one of a million files


class UnusableId(ValueError):
    """An ID that cannot be stored. The message says why."""


def source_id(value: Any, *, all_rounded: bool = False) -> tuple[str, Problem | None]:
    """Return the ID in a value, or an empty string and the reason. Raises UnusableId if the ID is too long.

    Arguments:
        value: a value of any type.
        all_rounded: whether the file's long IDs were rounded; see `are_rounded`.
    """
    found = _bare(value)
    if is_missing(found) or not found:
        reason = f"{shown(value)} is not an ID." if plain(value) else "The row has no ID."
        return "", Problem("id", f"{reason} An ID was made from the content.")
    if len(found) > MAX_ID:
        raise UnusableId(f"The ID has {len(found):,} characters; the limit is {MAX_ID}.")
    whole = DECIMAL.fullmatch(found)
    if whole and int(whole[1][:40]) < EXACT:
        return whole[1], None
    if whole or is_rounded(found) or (all_rounded and LONG.fullmatch(found)):
        return "", Problem("id", f"The ID {shown(value)} was rounded. An ID was made from the content.", lossy=True)
    return found, None


def is_rounded(text: str) -> bool:
    """Whether a text is a number in scientific notation."""
    return bool(ROUNDED.fullmatch(text) and SCIENTIFIC.search(text))


def are_rounded(values: Iterable[Any]) -> bool:
    """Whether all long IDs in a file's first rows end in zeros, because a spreadsheet or JavaScript rounded them."""
    long = {found for found in map(_bare, values) if LONG.fullmatch(found)}
    zeros = [len(found) - len(found.rstrip("0")) for found in long]
    return bool(zeros) and min(zeros) >= 2 and sum(zeros) >= ZEROS


def related_id(value: Any) -> tuple[str, Problem | None]:
    """Return the ID of the related post; empty if there is none, or if it was rounded."""
    if is_missing(value):
        return "", None
    try:
        found, problem = source_id(value)
    except UnusableId:
        return "", None
    return found, Problem("related_id", f"The ID {shown(value)} of the related post was rounded.") if problem else None


def content_id(text: str, said: Iterable[Any]) -> str:
    """Return an ID for a post without one. Posts with the same text, and the same stated time and author, get the same ID."""
    beside = [plain(value) for value in said]
    content = json.dumps([text, *beside], ensure_ascii=False) if any(beside) else text
    return "sha256:" + hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()


def _bare(value: Any) -> str:
    """Return an ID without the quotes that prevent spreadsheets from reading it as a number."""
    if isinstance(value, dict) and len(value) == 1:  # {"$oid": …}, {"$numberLong": …}
        (value,) = value.values()
    found = plain(value)
    if formula := FORMULA.fullmatch(found):
        found = formula[1]
    return found.strip().strip("'\"‘’`").strip()
