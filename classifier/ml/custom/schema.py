"""Classes that an organisation chose itself: their names, and which of the product's categories they stand for."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from classifier.categories import CATEGORY_IDS
from classifier.errors import TrainingError
from classifier.label_files import label_map
from classifier.tables import UnusableInput

MOST_CLASSES, LONGEST_NAME, LONGEST_FILE = 100, 100, 1 << 20  # classes, characters, bytes
CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\ud800-\udfff]")
COLOR = re.compile(r"#[0-9a-fA-F]{6}|[a-z][a-z0-9_-]{0,29}")


@dataclass(frozen=True, slots=True)
class CustomClass:
    """One class.

    Arguments:
        key: what label files call it.
        name: what people see.
        maps_to: the product's category that a post of this class belongs to; empty if there is none.
        color: name of one of the product's colours or `#rrggbb`, or empty.
    """

    key: str
    name: str
    maps_to: str = ""
    color: str = ""

    def to_json(self) -> dict[str, str]:
        return asdict(self)


def from_json(values: Iterable[Mapping[str, Any]]) -> list[CustomClass]:
    """The classes of a model's config.json or of a schema file. Raises TrainingError for one that can't be used."""
    classes = [_class(value) for value in values]
    _check(classes)
    return classes


def from_labels(labels: Iterable[str], *, fewest: int = 2) -> list[CustomClass]:
    """The classes of a file without a schema: its labels as they are, in alphabetical order."""
    classes = [
        CustomClass(label, label, maps_to=label if label in CATEGORY_IDS else "") for label in sorted(set(labels))
    ]
    _check(classes, fewest)
    return classes


def read_schema(path: Path) -> tuple[list[CustomClass], dict[str, str]]:
    """The classes of a schema file, and key → key of those that were merged into another.

    A schema is `{"name": …, "categories": [{"key": …, "name": …, "maps_to": …}]}`, as the product writes it.
    """
    content = _json(path)
    if not isinstance(content, dict) or not isinstance(content.get("categories"), list):
        raise TrainingError(f'{path.name}: a label schema is an object with a list "categories"')
    entries = content["categories"]
    try:
        merged = {
            one["key"]: str(one["merged_into"])
            for one in entries
            if isinstance(one, Mapping) and one.get("merged_into") and isinstance(one.get("key"), str)
        }
        classes = from_json(one for one in entries if not (isinstance(one, Mapping) and one.get("merged_into")))
    except TrainingError as error:
        raise TrainingError(f"{path.name}: {error}") from error
    lost = sorted(set(merged.values()) - {one.key for one in classes})
    if lost:
        raise TrainingError(f"{path.name}: something is merged into {lost[0]!r}, which the schema doesn't have")
    return classes, merged


def read_label_map(path: Path) -> dict[str, str]:
    """Label of the file → the class that it becomes, empty where its rows are left out. Raises TrainingError."""
    try:
        return label_map.read(str(path))
    except UnusableInput as error:
        raise TrainingError(f"{path.name}: {error}") from error


def checked_name(text: str) -> str:
    """Return a class name without the spaces around it. Raises TrainingError if it is empty, too long or unprintable."""
    name = text.strip()
    if not name or len(name) > LONGEST_NAME or CONTROL.search(name):
        raise TrainingError(
            f"{name[:60]!r} can't be a class: use 1 to {LONGEST_NAME} characters, without line breaks or control characters"
        )
    return name


def indices(classes: Sequence[CustomClass]) -> dict[str, int]:
    """Key → position."""
    return {one.key: position for position, one in enumerate(classes)}


def keys_by_label(keys: Sequence[str], names: Sequence[str]) -> dict[str, str]:
    """What a file may call each class → its key: the key itself, or the name that people see, in any letter case."""
    found: dict[str, str] = {}
    for key, name in zip(keys, names, strict=True):
        found.setdefault(name.casefold(), key)
        found.setdefault(name, key)
    return found | {key: key for key in keys}


def _class(value: Mapping[str, Any]) -> CustomClass:
    if not isinstance(value, Mapping) or not isinstance(value.get("key"), str):
        raise TrainingError('every class needs a "key"')
    key = checked_name(value["key"])
    maps_to, color = value.get("maps_to") or "", value.get("color") or ""
    if maps_to and maps_to not in CATEGORY_IDS:
        raise TrainingError(f"{key!r} maps to {str(maps_to)[:60]!r}; the categories are {', '.join(CATEGORY_IDS)}")
    if color and not (isinstance(color, str) and COLOR.fullmatch(color)):
        raise TrainingError(f"{key!r} has the color {str(color)[:30]!r}; use a colour's name or #rrggbb")
    return CustomClass(key, checked_name(str(value.get("name") or key)), maps_to, color)


def _check(classes: Sequence[CustomClass], fewest: int = 2) -> None:
    for one in classes:
        checked_name(one.key)
    if len({one.key for one in classes}) < len(classes):
        raise TrainingError("two classes have the same key")
    if not fewest <= len(classes) <= MOST_CLASSES:
        raise TrainingError(f"training needs 2 to {MOST_CLASSES} classes, and there {_are(len(classes))}")


def _are(count: int) -> str:
    return f"is {count}" if count == 1 else f"are {count}"


def _json(path: Path) -> Any:
    try:
        if path.stat().st_size > LONGEST_FILE:
            raise TrainingError(f"{path.name} is longer than {LONGEST_FILE:,} bytes")
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise TrainingError(f"{path.name} can't be read: {error}") from error
