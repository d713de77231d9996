"""JSON of strangers: counted before it is parsed, as twelve megabytes of `{},` become two gigabytes of objects."""

import json
from typing import Any, NoReturn

MOST_STRINGS = 2  # for each value: a member's name, and what it holds
BEGIN_VALUES = (b",", b"[", b"{")


class TooManyValues(ValueError):
    """The text holds more values than its reader allows."""


class TooLong(ValueError):
    """The text holds a string that is longer than its reader allows."""


def loads(text: bytes, *, most_values: int, longest: int | None = None, strict: bool = False) -> Any:
    """The parsed text.

    Arguments:
        most_values: objects, lists and what stands in them, all counted; an object or list within another may count twice.
        longest: bytes of the longest string, as it is written; None for any.
        strict: refuse `NaN` and `Infinity`, which are no JSON, but which programs write into files.

    Raises TooManyValues, TooLong, UnicodeDecodeError, RecursionError, ValueError.
    """
    if _at_most(text) > most_values and _outside_strings(text, most_values) > most_values:
        raise TooManyValues(f"more than {most_values:,} values")
    if longest is not None and len(text) > longest and _longest_string(text) > longest:
        raise TooLong(f"a string of more than {longest:,} bytes")
    return json.loads(text.decode("utf-8-sig"), parse_constant=_refuse if strict else None)


def _outside_strings(text: bytes, most_values: int) -> int:
    """Values that begin in `text`, or some number above the limit; commas and brackets within strings do not count."""
    plain = text.replace(rb"\\", b"").replace(rb"\"", b"")  # each quote that is left begins or ends a string
    if plain.count(b'"') > 2 * MOST_STRINGS * most_values:
        return most_values + 1
    return sum(map(_at_most, plain.split(b'"')[::2]))


def _longest_string(text: bytes) -> int:
    """Bytes of the longest piece between two quotes, without pairs of escapes; asked after the values were counted."""
    plain = text.replace(rb"\\", b"").replace(rb"\"", b"")
    longest = start = 0
    while (end := plain.find(b'"', start)) >= 0:
        longest, start = max(longest, end - start), end + 1
    return max(longest, len(plain) - start)


def _at_most(text: bytes) -> int:
    return sum(map(text.count, BEGIN_VALUES))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number in JSON")
