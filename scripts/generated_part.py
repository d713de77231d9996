"""The part of a page between two marks, which a script writes."""

import sys
from pathlib import Path


def rewrite(page: Path, start: str, end: str, content: str) -> int:
    """Write the part between the marks; with `--check` on the command line only compare. Returns the exit code."""
    text = page.read_text()
    before, rest = text.split(start)
    _, after = rest.split(end)
    updated = before + start + content + end + after
    if "--check" in sys.argv:
        return int(updated != text)
    page.write_text(updated)
    return 0
