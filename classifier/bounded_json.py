"""Parsing of untrusted JSON: values are counted first, because 12 MB of `{},` become 2 GB of objects."""

import json
import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, Protocol

MOST_STRINGS = 2  # for each value: a member's name and its value
BEGIN_VALUES = (b",", b"[", b"{")
BOM = b"\xef\xbb\xbf"
PIECE = 1_000_000  # bytes to read at a time
SHORT = 64  # bytes; shorter strings stay in the text
MOST_AROUND = 8_000_000  # bytes outside long strings: names, numbers, white space
REST_OF_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


class Readable(Protocol):
    """A source of bytes that is read in pieces."""

    def read(self, size: int, /) -> bytes: ...


class TooManyValues(ValueError):
    """The text contains more values than allowed."""


class TooLong(ValueError):
    """The text contains a string that is longer than allowed."""


def loads(
    text: bytes,
    *,
    most_values: int,
    longest: int | None = None,
    strict: bool = False,
    constant: Callable[[str], Any] | None = None,
) -> Any:
    """Parse a text.

    Arguments:
        most_values: maximum number of objects, lists and values in them; a nested object or list may count twice.
        longest: maximum bytes of a string, including escapes; None for no limit.
        strict: reject `NaN` and `Infinity`, which aren't valid JSON, although some programs write them.
        constant: what stands for `NaN`, `Infinity` and `-Infinity`, where they are not rejected.

    Raises TooManyValues, TooLong, UnicodeDecodeError, RecursionError, ValueError.
    """
    if _at_most(text) > most_values and _outside_strings(text, most_values) > most_values:
        raise TooManyValues(f"more than {most_values:,} values")
    if longest is not None and len(text) > longest and _longest_string(text) > longest:
        raise TooLong(f"a string of more than {longest:,} bytes")
    return json.loads(text.decode("utf-8-sig"), parse_constant=_refuse if strict else constant)


def load(stream: Readable, *, most_values: int, longest: int, most_characters: int, strict: bool = False) -> Any:
    """Parse a stream of any size, keeping little more than the characters of its strings in memory.

    Long strings are decoded one by one and replaced by unguessable placeholders; then the rest is parsed.

    Arguments:
        most_characters: maximum for all long strings together, in characters; each takes one to four bytes, as many as
            the widest character of its string.
        most_values, longest, strict: as for `loads`.

    Raises TooManyValues, TooLong, UnicodeDecodeError, RecursionError, ValueError.
    """
    nonce, kept, around = secrets.token_hex(16), dict[str, str](), bytearray()
    values = strings = characters = 0
    for part, is_string in _parts(stream, longest):
        strings += is_string
        if not is_string:
            values += _at_most(part)
        if is_string and len(part) > SHORT:
            text = json.loads(part.decode())
            characters += len(text)
            kept[name := f"{nonce}{strings}"] = text
            around += f'"{name}"'.encode()
        else:
            around += part
        if values > most_values or strings > MOST_STRINGS * most_values:
            raise TooManyValues(f"more than {most_values:,} values")
        if characters > most_characters:
            raise TooLong(f"more than {most_characters:,} characters")
        if len(around) > MOST_AROUND:
            raise TooLong(f"more than {MOST_AROUND:,} bytes beside its texts")
    plain = bytes(around.removeprefix(BOM)).decode()
    return _restored(json.loads(plain, parse_constant=_refuse if strict else None), kept)


def _parts(stream: Readable, longest: int) -> Iterator[tuple[bytes, bool]]:
    """Yield the text in pieces, each with whether it is one string, quotes included. Raises TooLong."""
    text = b""
    while piece := stream.read(PIECE):
        text += piece
        at = 0
        while (start := text.find(b'"', at)) >= 0:
            if start > at:
                yield text[at:start], False
            at = start
            string = REST_OF_STRING.match(text, start + 1)
            length = (string.end() if string else len(text)) - start - 2
            if length > longest:
                raise TooLong(f"a string of more than {longest:,} bytes")
            if string is None:
                break
            yield text[start : string.end()], True
            at = string.end()
        else:
            yield text[at:], False
            at = len(text)
        text = text[at:]  # a string that continues in the next piece
    yield text, False  # an unterminated string, which is invalid JSON


def _restored(value: Any, kept: dict[str, str]) -> Any:
    """`value` with the placeholders replaced by the long strings."""
    if isinstance(value, str):
        return kept.get(value, value)
    if isinstance(value, list):
        return [_restored(part, kept) for part in value]
    if isinstance(value, dict):
        return {kept.get(name, name): _restored(part, kept) for name, part in value.items()}
    return value


def _outside_strings(text: bytes, most_values: int) -> int:
    """Number of values that begin in `text`, or a number above the limit. Ignores commas and brackets in strings."""
    plain = text.replace(rb"\\", b"").replace(rb"\"", b"")  # each remaining quote begins or ends a string
    if plain.count(b'"') > 2 * MOST_STRINGS * most_values:
        return most_values + 1
    return sum(map(_at_most, plain.split(b'"')[::2]))


def _longest_string(text: bytes) -> int:
    """Bytes of the longest piece between two quotes, without pairs of escapes. Called after the values were counted."""
    plain = text.replace(rb"\\", b"").replace(rb"\"", b"")
    longest = start = 0
    while (end := plain.find(b'"', start)) >= 0:
        longest, start = max(longest, end - start), end + 1
    return max(longest, len(plain) - start)


def _at_most(text: bytes) -> int:
    return sum(map(text.count, BEGIN_VALUES))


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number in JSON")
