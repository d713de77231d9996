"""Label maps: which category each label of a file means. A JSON object, or a table with two columns."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path

from classifier import bounded_json
from classifier.label_files.rows import LABEL_LIMIT
from classifier.tables import BadRow, UnusableInput, column_named, open_table

MOST_LABELS = 1_000
LONGEST = 1_000_000  # bytes of a map
SKIP = ""  # a label that means no category: its rows are left out


def read(path: str) -> dict[str, str]:
    """Label of a file → key or name of a category; empty where its rows are to be left out. Raises UnusableInput.

    A JSON object holds `"label": "category"` pairs; a table has the columns `label` and `category`.
    """
    file = Path(path)
    if not file.is_file():
        raise UnusableInput(f"There is no file {path}.")
    if file.stat().st_size > LONGEST:
        raise UnusableInput(f"A label map can have at most {LONGEST:,} bytes.")
    return _of_json(file.read_bytes(), file.name) if file.suffix.lower() == ".json" else _of_table(path)


def parse(text: str) -> dict[str, str]:
    """The map that somebody typed: a line `label = category` for each label. Raises UnusableInput."""
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines()[: MOST_LABELS + 1], start=1):
        if not line.strip():
            continue
        label, separator, category = line.rpartition("=")
        if not separator or not label.strip():
            raise UnusableInput(f"Line {number} of the label map must be written as: label = category.")
        found[label.strip()] = category.strip()
    return _bounded(found)


def resolver(labels: Mapping[str, str], known: Mapping[str, str]) -> "Resolver":
    """What gives the key of the category that a label means.

    Arguments:
        labels: a label map. known: key of a category → its name.
    """
    return Resolver(labels, known)


class Resolver:
    """Finds the category that a label means: by the map, else by its key or name, whatever the case."""

    def __init__(self, labels: Mapping[str, str], known: Mapping[str, str]) -> None:
        self._known = set(known)
        self._by_word = {_word(name): key for key, name in known.items()} | {_word(key): key for key in known}
        self._labels = {_word(label): category for label, category in labels.items()}

    def __call__(self, label: str) -> str | None:
        """The key of the category; empty where the map leaves the label out; None if it is unknown."""
        word = _word(label)
        category = self._labels.get(word)
        if category == SKIP:
            return SKIP
        return self._by_word.get(_word(category) if category is not None else word)


def unknown(labels: Mapping[str, str], known: Collection[str]) -> list[str]:
    """The categories that a map names and that don't exist."""
    words = {_word(one) for one in known}
    return [category for category in dict.fromkeys(labels.values()) if category and _word(category) not in words]


def _of_json(content: bytes, name: str) -> dict[str, str]:
    try:
        found = bounded_json.loads(content, most_values=4 * MOST_LABELS)
    except (ValueError, RecursionError) as error:
        raise UnusableInput(f"{name} is not valid JSON: {str(error)[:100]}") from error
    if not isinstance(found, dict) or not all(value is None or isinstance(value, str) for value in found.values()):
        raise UnusableInput(f'{name} must be a JSON object of "label": "category" pairs.')
    return _bounded({label: value or SKIP for label, value in found.items()})


def _of_table(path: str) -> dict[str, str]:
    found: dict[str, str] = {}
    with open_table(path) as table:
        for line, row in table.rows():
            if isinstance(row, BadRow):
                raise UnusableInput(f"The label map can't be read: {row}.")
            label, category = column_named(row, "label"), column_named(row, "category")
            if label is None or category is None:
                raise UnusableInput(f"Line {line} of the label map has no columns label and category.")
            found[str(row[label] or "").strip()] = str(row[category] or "").strip()
            if len(found) > MOST_LABELS:
                break
    found.pop("", None)
    return _bounded(found)


def _bounded(found: dict[str, str]) -> dict[str, str]:
    if len(found) > MOST_LABELS:
        raise UnusableInput(f"A label map can have at most {MOST_LABELS:,} labels.")
    if any(len(one) > LABEL_LIMIT or "\0" in one for pair in found.items() for one in pair):
        raise UnusableInput(f"A label map's labels and categories can have at most {LABEL_LIMIT} characters.")
    json.dumps(found)
    return found


def _word(text: str) -> str:
    return " ".join(text.replace("_", " ").replace("-", " ").split()).casefold()
