"""Folders as HumAID publishes them: a folder for each event, in it TSV files for train, dev and test.

`EVENT/EVENT_train.tsv`, `EVENT_dev.tsv` and `EVENT_test.tsv` with the columns tweet_id, tweet_text and class_label.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from classifier.label_files import tabular
from classifier.label_files.rows import EVENT_LIMIT, SPLITS, Item, LabelledText
from classifier.tables import BadRow, UnusableInput, open_table

SUFFIXES = (".tsv", ".csv")
MOST_FILES = 500
PART = re.compile(r"^(?P<event>.*?)[_.-]?(?P<split>train|dev|val|validation|test)$", re.IGNORECASE)


def items(path: Path) -> Iterator[Item]:
    """Yield what each row of a folder's files, or of one file, says. Raises UnusableInput."""
    for file in _files(path):
        yield from _of_file(file, file.parent.name if path.is_dir() and file.parent != path else "")


def _files(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    if not path.is_dir():
        raise UnusableInput(f"{path} is neither a file nor a folder.")
    found = sorted(one for one in path.rglob("*") if one.is_file() and one.suffix.lower() in SUFFIXES)
    if not found:
        raise UnusableInput(f"{path} holds no TSV or CSV file.")
    if len(found) > MOST_FILES:
        raise UnusableInput(f"{path} holds more than {MOST_FILES} files.")
    return found


def _of_file(file: Path, folder: str) -> Iterator[Item]:
    part = PART.match(file.stem)
    event = (folder or (part["event"] if part else file.stem))[:EVENT_LIMIT]
    split = SPLITS[part["split"].lower()] if part else ""
    with open_table(str(file)) as table:
        columns: dict[str, str] | None = None
        for line, row in table.rows():
            if isinstance(row, BadRow):
                yield BadRow(line, f"{file.name}: {row.reason}")
                continue
            columns = columns or tabular.find_columns(list(row), {})
            for item in tabular.items(line, row, columns):
                if isinstance(item, LabelledText):
                    yield replace(item, event=item.event or event, split=item.split or split)
                elif isinstance(item, BadRow):
                    yield BadRow(line, f"{file.name}: {item.reason}")
                else:
                    yield item
