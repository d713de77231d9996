"""Disaster situations, each written in 20 languages by us, which extend English labels to other languages.

A block of a file in `situations/` says what is so in all languages, then the post in each, places in double brackets:

    ## b01 | requests_or_urgent_needs | 1 | Critical | request, search_and_rescue
    en: Water is at the roof in [[Canoas]], send a boat
    es: …
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from classifier.errors import TrainingError

FOLDER = Path(__file__).with_name("situations")
SUFFIX = ".txt"
PLACE = re.compile(r"\[\[(.+?)\]\]")


def read() -> Iterator[dict[str, Any]]:
    """A row for each post: id, lang, text, category, emergency, priority, needs, location_mentions.

    Raises:
        TrainingError: names the file and line that cannot be read.
    """
    for path in sorted(FOLDER.glob(f"*{SUFFIX}")):
        yield from _read(path)


def _read(path: Path) -> Iterator[dict[str, Any]]:
    said: dict[str, Any] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            if line.startswith("## "):
                said = _head(line)
            elif line.strip():
                lang, marked = line.split(": ", 1)
                yield said | {"lang": lang} | _post(marked.strip())
        except (ValueError, KeyError) as error:
            raise TrainingError(f"{path.name}, line {number}: {error}") from error


def _head(line: str) -> dict[str, Any]:
    name, category, emergency, priority, needs = (part.strip() for part in line[3:].split("|"))
    return {
        "id": name,
        "category": category,
        "emergency": emergency,
        "priority": priority,
        "needs": [need.strip() for need in needs.split(",") if need.strip() != "none"],
    }


def _post(marked: str) -> dict[str, Any]:
    """Return the text without its marks, and the spans of its places in code points."""
    mentions, text, last = [], "", 0
    for match in PLACE.finditer(marked):
        text += marked[last : match.start()]
        mentions.append({"start": len(text), "end": len(text) + len(match[1]), "text": match[1]})
        text += match[1]
        last = match.end()
    return {"text": text + marked[last:], "location_mentions": mentions}
