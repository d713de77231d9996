"""Parts of a base map file, as HTTP's Range asks for them: one range at a time, of a bounded length."""

import re
from dataclasses import dataclass

MOST_RANGE = 4 << 20  # bytes; of a longer range the first part is sent, as RFC 9110 (14.2) allows
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)


@dataclass(frozen=True, slots=True)
class ByteRange:
    """The bytes from `first` to `last`, both included, of a file of `size` bytes."""

    first: int
    last: int
    size: int

    @property
    def length(self) -> int:
        return self.last - self.first + 1

    @property
    def content_range(self) -> str:
        """The value of the Content-Range header."""
        return f"bytes {self.first}-{self.last}/{self.size}"


def parse(text: str, size: int) -> ByteRange | None:
    """The range that a Range header asks for; None if it is not one range that lies in the file.

    Arguments:
        text: such as `bytes=0-511`, `bytes=512-` or `bytes=-100` (the last 100).
        size: bytes of the file.
    """
    found = RANGE.fullmatch(text.strip())
    if found is None or found[1] == found[2] == "":
        return None
    if not found[1]:
        first, last = max(0, size - int(found[2])), size - 1
    else:
        first, last = int(found[1]), min(int(found[2] or size - 1), size - 1)
    if not 0 <= first <= last:
        return None
    return ByteRange(first, min(last, first + MOST_RANGE - 1), size)
