"""Detects the encoding of a text: by its BOM, as valid UTF-8, or else guessed from samples of the whole file."""

import codecs
import re
from dataclasses import dataclass
from typing import IO

from classifier.tables import legacy_encodings
from classifier.tables.rows import UnusableInput
from classifier.tables.sources import Source

MARK = "\udcff"  # stands in a decoded text for bytes that are invalid in its encoding. No decoder yields it otherwise.
BLOCK = 1_000_000
BOMS = (
    (codecs.BOM_UTF8, "utf-8", "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32", "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "utf-16"),
)
# Valid characters of several bytes for each invalid byte: a text with more of them is UTF-8 with damage. Texts in old
# encodings have 0 to 0.44 by chance, the most in Thai and Japanese; a few words may have more.
VALID_PER_INVALID, VALID_PER_INVALID_OF_FEW, FEW = 1, 3, 12
ENOUGH_INVALID = 5_000
UNSAFE = re.compile(r"utf.?7|escape|idna|punycode|undefined|mbcs|oem", re.I)


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding: its display name, the name of Python's codec, and how it was detected."""

    name: str
    codec: str
    source: str

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences about what is uncertain, for display."""
        if self.source == "guessed":
            return (f"The encoding {self.name} was guessed. Check that the text is readable.",)
        if self.source == "mostly valid UTF-8":
            return ("Some bytes are not valid UTF-8. The rows that contain them are listed.",)
        return ()


def mark(error: UnicodeError) -> tuple[str, int]:
    """Decode invalid bytes as MARK, as an error handler of codecs."""
    if isinstance(error, UnicodeDecodeError):
        return MARK, error.end
    raise error


codecs.register_error("classifier.tables.mark", mark)
ERRORS = "classifier.tables.mark"


def find(source: Source, stated: str | None) -> Encoding:
    """Return the encoding of a text. Reads the whole file if that can be read twice. Raises UnusableInput."""
    start = source.start()
    if stated:
        return _stated(stated, start)
    if found := _by_start(start):
        return found
    return _by_content(source) if source.repeatable else _by_sample(start)


def _by_start(start: bytes) -> Encoding | None:
    for bom, name, codec in BOMS:
        if start.startswith(bom) and not (codec == "utf-32" and len(start) % 4):
            return Encoding(name, codec, "BOM")
    name = _wide_without_bom(start)
    return Encoding(name, name, "guessed") if name else None


def _by_content(source: Source) -> Encoding:
    with source.open() as stream:
        if _is_utf8(stream):
            return Encoding("utf-8", "utf-8", "valid UTF-8")
    with source.open() as stream:
        mostly, sample = _damage(stream)
    if mostly:
        return Encoding("utf-8", "utf-8", "mostly valid UTF-8")
    return _guessed(sample)


def _stated(name: str, start: bytes) -> Encoding:
    try:
        codec = codecs.lookup(name).name
        "".encode(codec)  # refuses codecs that are not of text
    except (LookupError, ValueError, UnicodeError):
        codec = ""
    if not codec or UNSAFE.search(codec):
        raise UnusableInput(f"The encoding {name[:40]!r} is unknown. Use a name such as utf-8 or windows-1256.")
    if codec == "utf-8" and start.startswith(codecs.BOM_UTF8):
        codec = "utf-8-sig"
    return Encoding(name, codec, "stated")


def _wide_without_bom(start: bytes) -> str:
    """Return UTF-16 if NUL bytes are only at even or only at odd positions."""
    even, odd = start[::2].count(0), start[1::2].count(0)
    if even + odd < 3 or (even + odd) * 50 < len(start) or min(even, odd) * 4 > max(even, odd):
        return ""
    codec = "utf-16-le" if odd > even else "utf-16-be"
    text = start[: len(start) // 2 * 2].decode(codec, "replace")
    plausible = ("\n" in text or "\r" in text or text[:1] in "{[") and text.count("\ufffd") * 100 <= len(text)
    return codec if plausible else ""


def _by_sample(start: bytes) -> Encoding:
    """Return the encoding of standard input, which can be read only once."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(start)  # the last character may continue
        return Encoding("utf-8", "utf-8", "valid UTF-8")
    except UnicodeDecodeError:
        text = start.decode("utf-8", ERRORS)
    valid, invalid = _count(text)
    if _is_damaged_utf8(valid, invalid, _has_intact_line(text)):
        return Encoding("utf-8", "utf-8", "mostly valid UTF-8")
    return _guessed(b"\n".join(_lines_to_guess_from(start)))


def _guessed(sample: bytes) -> Encoding:
    name, codec = legacy_encodings.guess(sample)
    return Encoding(name, codec, "guessed")


def _is_utf8(stream: IO[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while block := stream.read(BLOCK):
            if not block.isascii() or decoder.getstate()[0]:
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _damage(stream: IO[bytes]) -> tuple[bool, bytes]:
    """Return whether the text is UTF-8 with a few invalid bytes, and lines from the whole file for guessing another encoding."""
    decoder = codecs.getincrementaldecoder("utf-8")(ERRORS)
    valid = invalid = 0
    intact = False
    sample = Sample()
    while block := stream.read(BLOCK):
        text = decoder.decode(block)
        more, intact = _count(text), intact or _has_intact_line(text)
        valid, invalid = valid + more[0], invalid + more[1]
        sample.add(block)
        if invalid > ENOUGH_INVALID and invalid > valid:
            sample.add_rest(stream)
            return False, sample.bytes
    more = _count(decoder.decode(b"", final=True))
    valid, invalid = valid + more[0], invalid + more[1]
    return _is_damaged_utf8(valid, invalid, intact), sample.bytes


def _is_damaged_utf8(valid: int, invalid: int, intact: bool) -> bool:
    """Arguments:
    intact: whether a line has several characters beyond ASCII, all of them valid.
    """
    is_clear = intact or valid + invalid >= FEW
    return valid >= invalid * (VALID_PER_INVALID if is_clear else VALID_PER_INVALID_OF_FEW)


def _has_intact_line(text: str) -> bool:
    lines = (line for line in text[:BLOCK].splitlines() if MARK not in line and not line.isascii())
    return any(sum(map(len, BEYOND_ASCII.findall(line))) > 1 for line in lines)


def _count(text: str) -> tuple[int, int]:
    """Count the non-ASCII characters and the marks."""
    invalid = text.count(MARK)
    return (0 if text.isascii() else sum(map(len, BEYOND_ASCII.findall(text)))), invalid


BEYOND_ASCII = re.compile("[\x80-\ud7ff\ue000-\U0010ffff]+")


class Sample:
    """Collects lines with non-ASCII bytes from all parts of a stream, up to a fixed number of bytes."""

    PARTS, PART = 16, 4_000

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._step = self._seen = 0

    def add(self, block: bytes) -> None:
        """Collect some lines of the next block."""
        self._seen += 1
        if block.isascii() or self._seen % (1 << self._step):
            return
        self._parts.append(b"\n".join(_lines_to_guess_from(block, self.PART)))
        if len(self._parts) > self.PARTS:
            self._parts = self._parts[::2]
            self._step += 1

    def add_rest(self, stream: IO[bytes], most: int = 50) -> None:
        """Collect lines of the following blocks."""
        for _ in range(most):
            if not (block := stream.read(BLOCK)):
                return
            self.add(block)

    @property
    def bytes(self) -> bytes:
        """The lines."""
        return b"\n".join(self._parts)


def _lines_to_guess_from(block: bytes, most: int = 32_000) -> list[bytes]:
    found, size = [], 0
    for line in re.split(rb"[\r\n]+", block):
        if not line.isascii():
            found.append(line[:most])
            if (size := size + len(line)) > most:
                break
    return found
