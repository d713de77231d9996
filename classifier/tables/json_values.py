"""Reads the objects of a multi-line JSON text, in one array or consecutive, in one pass and bounded memory.

ijson, the usual library for this, gives no line numbers, refuses NaN and stops at the first damaged element. Here a damaged
element is a bad row with its line, and the rest of the file is read.
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Protocol

from classifier.tables.limits import PAGE_LIMIT
from classifier.tables.rows import UnusableInput

PIECE = 250_000  # characters that are read at once
PARTS = 10_000
# A complete string, a string that continues in the next piece, a bracket, or a separator.
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"|"|[{}\[\],]|\s+', re.S)
CLOSING = {"{": "}", "[": "]"}


class Endless(UnusableInput):
    """A value is longer than anything that is read."""


class Readable(Protocol):
    """A text stream that is read in pieces."""

    def read(self, size: int, /) -> str: ...


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a text.

    Arguments:
        line: number of its first line, from 1.
        text: its JSON text; None if it is too long.
        closed: whether it is complete; a file may be truncated.
    """

    line: int
    text: str | None
    closed: bool = True


class Values:
    """The values of a text.

    Arguments of the constructor:
        stream: the text.
        start: number of characters to skip; they end in line `line`.
        inside: whether they are elements of an array, which ends with its bracket.
        longest: the maximum number of characters of a value.
    """

    def __init__(self, stream: Readable, *, start: int, inside: bool, longest: int) -> None:
        self._stream, self._inside, self._longest = stream, inside, longest
        self.line, self._rest = 1, ""
        self._passed_over(start)
        self._chunks: list[str] = []
        self._parts: list[str] = []  # since the last chunk: brackets and commas are a part each
        self._size = self._depth = 0
        self._begun = 0  # line
        self.ended = False

    def __iter__(self) -> Iterator[Value]:
        rest = self._rest
        while piece := self._stream.read(max(PIECE, len(rest))):  # what is scanned again is never more than what is new
            text = rest + piece
            at = yield from self._tokens(text, final=False)
            rest = text[at:]
            if self.ended:
                return
            if len(rest) > self._longest + PIECE:
                rest = self._shortened(rest)
        yield from self._tokens(rest, final=True)
        if self._size and not self.ended:
            yield self._value(closed=False)

    def _passed_over(self, count: int) -> None:
        while count > 0 and (piece := self._stream.read(min(count, PIECE))):
            self._rest = piece[count:]
            self.line += piece[:count].count("\n")
            count -= len(piece)

    def _shortened(self, rest: str) -> str:
        """Cut the middle out of an unclosed string. Its value is too long in any case."""
        self._add(rest[1:])
        return '"'

    def _tokens(self, text: str, *, final: bool) -> Generator[Value, None, int]:
        """Yield the values that end in a text. Returns the position of the rest."""
        at = 0
        for match in TOKEN.finditer(text):
            mark, start = match[0], match.start()
            if mark == '"' and not final:
                self._take(text[at:start])
                return start
            self._take(text[at:start])
            at = match.end()
            if mark in "{[":
                self._take(mark)
                self._depth += 1
            elif mark in "}]":
                if self._depth == 0:
                    yield from self._finished()
                    self.ended = self._inside and mark == "]"
                    if self.ended:
                        return at
                    continue
                self._add(mark)
                self._depth -= 1
                if self._depth == 0:
                    yield self._value()
            elif self._depth == 0 and (mark == "," or mark.isspace()):
                yield from self._finished()
                self.line += mark.count("\n")
            else:
                self._take(mark)
        if final:
            self._take(text[at:])
            at = len(text)
        return at if final else self._keep(text, at)

    def _keep(self, text: str, at: int) -> int:
        """Consume the part of an unfinished number or word."""
        self._take(text[at:])
        return len(text)

    def _take(self, part: str) -> None:
        if part:
            if not self._size:
                self._begun = self.line
            self._add(part)

    def _add(self, part: str) -> None:
        self.line += part.count("\n")
        self._size += len(part)
        if self._size <= self._longest:
            self._parts.append(part)
            if len(self._parts) > PARTS:
                self._chunks.append("".join(self._parts))
                self._parts.clear()
        else:
            self._chunks.clear()
            self._parts.clear()
            if self._size > PAGE_LIMIT + self._longest:
                raise Endless(f"The file cannot be read beyond line {self.line:,}: a value is not closed.")

    def _finished(self) -> Iterator[Value]:
        if self._size:
            yield self._value()

    def _value(self, *, closed: bool = True) -> Value:
        text = "".join([*self._chunks, *self._parts]) if self._size <= self._longest else None
        value = Value(self._begun, text, closed)
        self._chunks.clear()
        self._parts.clear()
        self._size = self._depth = 0
        return value
