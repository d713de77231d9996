"""Which texts a model has seen, as short hashes, so that no later measurement counts them.

A hash of 48 bits says whether a text that one has was used; no text can be read from it.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from classifier.ml.custom.label_tables import TrainingText
from classifier.ml.datasets import copy_keys

FILE = "learnt.json"
DIGITS = 12
Row = TypeVar("Row", bound=TrainingText)


def write(folder: Path, rows: Iterable[TrainingText]) -> None:
    """Write the hashes of texts that were learnt from or calibrated on."""
    keys = sorted({key for row in rows for key in _keys(row.text)})
    (folder / FILE).write_text(json.dumps({"texts": keys}) + "\n", encoding="utf-8")


def unlearnt(rows: Sequence[Row], *folders: Path) -> list[Row]:
    """The rows of which no folder's model has seen a copy; models that were not trained here on a table have no record."""
    known: set[str] = set()
    for folder in folders:
        try:
            known.update(json.loads((folder / FILE).read_text(encoding="utf-8"))["texts"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return [row for row in rows if not known.intersection(_keys(row.text))]


def _keys(text: str) -> list[str]:
    return [hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:DIGITS] for key in copy_keys(text)]
