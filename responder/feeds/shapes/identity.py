"""Ids of posts in files: which are none, and what stands for one where there is none.

Spreadsheets and pandas round long ids: 1622438871234567001 becomes 1.62244E+18, and so do a thousand others.
"""

import hashlib
import json
import re
from collections.abc import Iterable
from typing import Any

from responder.feeds.shapes.values import EXACT, Problem, is_missing, plain, shown
from responder.feeds.storable import MAX_ID

ROUNDED = re.compile(r"[+-]?\d(?:[.,]\d+)?e\+?\d{2,3}", re.IGNORECASE)
SCIENTIFIC = re.compile(r"[.,+]")  # 12e45 may be the beginning of a hash, 1.2E+45 is not
DECIMAL = re.compile(r"(\d+)\.0+")
FORMULA = re.compile(r'="?([^"]*)"?')  # ="1622438871234567001", a way to keep ids from being rounded
LONG = re.compile(r"\d{17,19}")
ZEROS = 6  # at the ends of a file's long ids, two of each: by chance once in a million files


class UnusableId(ValueError):
    """An id that cannot be kept; the message says why."""


def source_id(value: Any, *, all_rounded: bool = False) -> tuple[str, Problem | None]:
    """The id that a value states, or an empty one and why it is none; raises UnusableId if it is too long.

    Arguments:
        value: of any type.
        all_rounded: whether the file's long ids were rounded; see `are_rounded`.
    """
    found = _bare(value)
    if is_missing(found) or not found:
        said = f"the id {shown(value)} is none" if plain(value) else "there is no id"
        return "", Problem("id", f"{said}; took one from the content")
    if len(found) > MAX_ID:
        raise UnusableId(f"the id has {len(found):,} characters; the limit is {MAX_ID}")
    whole = DECIMAL.fullmatch(found)
    if whole and int(whole[1][:40]) < EXACT:
        return whole[1], None
    if whole or is_rounded(found) or (all_rounded and LONG.fullmatch(found)):
        return "", Problem("id", f"the id {shown(value)} was rounded; took one from the content", lossy=True)
    return found, None


def is_rounded(text: str) -> bool:
    """Whether a text is a number in scientific notation."""
    return bool(ROUNDED.fullmatch(text) and SCIENTIFIC.search(text))


def are_rounded(values: Iterable[Any]) -> bool:
    """Whether the long ids among a file's first ones all end in zeros, as spreadsheets and JavaScript round them."""
    long = {found for found in map(_bare, values) if LONG.fullmatch(found)}
    zeros = [len(found) - len(found.rstrip("0")) for found in long]
    return bool(zeros) and min(zeros) >= 2 and sum(zeros) >= ZEROS


def related_id(value: Any) -> tuple[str, Problem | None]:
    """The id of a post to which another relates; empty where there is none, or where it was rounded."""
    if is_missing(value):
        return "", None
    try:
        found, problem = source_id(value)
    except UnusableId:
        return "", None
    return found, Problem("related_id", f"the id {shown(value)} of the related post was rounded") if problem else None


def content_id(text: str, said: Iterable[Any]) -> str:
    """An id for a post without one: equal for an equal text, and equal time and author where those are stated."""
    beside = [plain(value) for value in said]
    content = json.dumps([text, *beside], ensure_ascii=False) if any(beside) else text
    return "sha256:" + hashlib.sha256(content.encode("utf-8", "replace")).hexdigest()


def _bare(value: Any) -> str:
    """An id without the quotes that keep spreadsheets from reading it as a number."""
    if isinstance(value, dict) and len(value) == 1:  # {"$oid": …}, {"$numberLong": …}
        (value,) = value.values()
    found = plain(value)
    if formula := FORMULA.fullmatch(found):
        found = formula[1]
    return found.strip().strip("'\"‘’`").strip()
