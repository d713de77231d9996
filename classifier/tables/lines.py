"""Reads the numbered lines of a text. A reader that has read too far can push lines back."""

from collections import deque
from collections.abc import Iterable
from typing import IO

from classifier.tables.encodings import MARK
from classifier.tables.limits import LINE_LIMIT, SAMPLE_CHARACTERS, SAMPLE_LINES, SKIP_LIMIT
from classifier.tables.rows import Repair, UnusableInput, invalid_bytes

ENDS = ("\n", "\r")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class Lines:
    """The lines of a text, with their line breaks. A line that is too long is cut to LINE_LIMIT + 1 characters.

    Attributes:
        number: number of the last line returned, from 1.
        repairs: repairs of the lines read since `take_repairs`.
    """

    def __init__(self, stream: IO[str], encoding: str = "utf-8", *, limit: int = LINE_LIMIT) -> None:
        self._readline, self._encoding, self._limit = stream.readline, encoding, limit
        self._pending: deque[str] = deque()
        self._wrapped = False
        self._unfinished = 0  # characters of the last line, whose rest is to be skipped
        self.number = 0
        self.repairs: list[Repair] = []

    def next(self) -> str:
        """Return the next line, or an empty text at the end."""
        if self._pending:
            self.number += 1
            return self._pending.popleft()
        if self._unfinished:
            self._skip_rest()
        line = self._readline(self._limit + 1)
        if not line:
            return ""
        self.number += 1
        if len(line) > self._limit and not line.endswith(ENDS):
            self._unfinished = len(line)
        if MARK in line or "\0" in line:
            line = self._mend(line)
        return _unwrapped(line) if self._wrapped else line

    def push_back(self, lines: Iterable[str]) -> None:
        """Push back the last lines that were returned, in order."""
        for line in reversed(list(lines)):
            self._pending.appendleft(line)
            self.number -= 1

    def take_repairs(self) -> tuple[Repair, ...]:
        """Return and clear the repairs up to the last line returned."""
        due = tuple(repair for repair in self.repairs if repair.line <= self.number)
        self.repairs = [repair for repair in self.repairs if repair.line > self.number]
        return due

    def unwrap(self) -> None:
        """From now on, return lines without the quotation marks around them."""
        self._wrapped = True
        self._pending = deque(map(_unwrapped, self._pending))

    def peek(self) -> list[str]:
        """Return the next lines that are needed to detect the structure of the file, without consuming them."""
        found: list[str] = []
        size = 0
        while len(found) < 2 or (len(found) < SAMPLE_LINES and size < SAMPLE_CHARACTERS):
            if self._unfinished or not (line := self.next()):
                break
            found.append(line)
            size += len(line)
        self.push_back(found)
        return found

    def read(self, _size: int) -> str:
        """Return the next line, of any length, as a text stream."""
        return self.next()

    def _skip_rest(self) -> None:
        line, skipped, self._unfinished = " ", self._unfinished, 0
        while line and not line.endswith(ENDS):
            line = self._readline(self._limit)
            skipped += len(line)
            if skipped > SKIP_LIMIT:
                raise UnusableInput(f"The file cannot be read beyond line {self.number}: the line is too long.")

    def _mend(self, line: str) -> str:
        if MARK in line:
            detail = invalid_bytes(line.count(MARK), self._encoding, REPLACEMENT)
            self.repairs.append(Repair(self.number, "bytes", detail, lossy=True))
            line = line.replace(MARK, REPLACEMENT)
        if "\0" in line:
            self.repairs.append(Repair(self.number, "nul", "NUL characters were removed."))
            line = line.replace("\0", "")
        return line or "\n"


def _unwrapped(line: str) -> str:
    text = line.rstrip("\r\n")
    if len(text) < 2 or text[0] != '"' or text[-1] != '"':
        return line
    return text[1:-1].replace('""', '"') + "\n"
