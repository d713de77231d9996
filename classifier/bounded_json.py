"""JSON of strangers: counted before it is parsed, as twelve megabytes of `{},` become two gigabytes of objects."""

import json
import re
import secrets
from collections.abc import Iterator
from typing import Any, NoReturn, Protocol

MOST_STRINGS = 2  # for each value: a member's name, and what it holds
BEGIN_VALUES = (b",", b"[", b"{")
BOM = b"\xef\xbb\xbf"
PIECE = 1_000_000  # bytes that are read at a time
SHORT = 64  # bytes of a string that stays where it stands
MOST_AROUND = 8_000_000  # bytes outside long strings: names, numbers, white space
REST_OF_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


class Readable(Protocol):
    """Something that gives its bytes in pieces."""

    def read(self, size: int, /) -> bytes: ...


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


def load(stream: Readable, *, most_values: int, longest: int, most_characters: int, strict: bool = False) -> Any:
    """The parsed text of a stream of any size, of which little but the characters of its strings is ever in memory.

    Long strings are decoded one by one and stand in for themselves by a name that nobody can guess; what is left is parsed.

    Arguments:
        most_characters: of all long strings together; each takes one to four bytes, the most that any of its string takes.
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
    """The text in pieces, each with whether it is one string, quotes included. Raises TooLong."""
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
        text = text[at:]  # a string that goes on in the next piece
    yield text, False  # one without an end, which is no JSON


def _restored(value: Any, kept: dict[str, str]) -> Any:
    """`value` with each long string in its place."""
    if isinstance(value, str):
        return kept.get(value, value)
    if isinstance(value, list):
        return [_restored(part, kept) for part in value]
    if isinstance(value, dict):
        return {kept.get(name, name): _restored(part, kept) for name, part in value.items()}
    return value


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
