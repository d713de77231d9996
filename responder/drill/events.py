"""The numbered events of a drill: posts, edits, deletions and invalid data, some repeated or out of order. Deterministic."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

POISON = "poisonberry"  # the drill's workers fail on this word
TWICE, SWAPPED, EDITED, DELETED, POISONED = 0.05, 0.05, 0.02, 0.02, 0.005
START = datetime(2026, 1, 1, tzinfo=UTC)
Row = dict[str, Any]


def write(path: Path, posts: int, *, texts: list[str], seed: int) -> int:
    """Write the events of `posts` posts. Returns the number of events.

    Arguments:
        texts: to choose from; each post's gets a number of its own.
    """
    chance = random.Random(seed)  # noqa: S311  the same events each time
    rows = _shuffled(_story(posts, texts, chance), chance)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return len(rows)


def _story(posts: int, texts: list[str], chance: random.Random) -> list[Row]:
    later: dict[int, list[Row]] = {}
    rows: list[Row] = []
    for number in range(posts):
        poison = f" {POISON}" if chance.random() < POISONED else ""
        text = f"{chance.choice(texts)} – report {number}{poison}"
        rows.append(_post(number, text, ""))
        due = number + chance.randrange(1, 60)
        if chance.random() < EDITED:
            later.setdefault(due, []).append(_post(number, f"{text}, corrected", "1"))
        if chance.random() < DELETED:
            later.setdefault(due + 1, []).append({"delete": str(number)})
        rows += later.pop(number, [])
    return rows + [row for number in sorted(later) for row in later[number]]


def _post(number: int, text: str, revision: str) -> Row:
    at = START + timedelta(seconds=number)
    return {"id": str(number), "text": text, "created_at": at.isoformat(), "lang": "en", "author": f"a{number % 997}",
            "revision": revision}  # fmt: skip


def _shuffled(rows: list[Row], chance: random.Random) -> list[Row]:
    """The rows with some out of order and some repeated."""
    for place in range(0, len(rows) - 30, 2):
        if chance.random() < SWAPPED:
            other = place + chance.randrange(1, 30)
            rows[place], rows[other] = rows[other], rows[place]
    return [row for row in rows for _ in range(2 if chance.random() < TWICE else 1)]


def texts_of(exercise: Path, most: int = 400) -> list[str]:
    """Texts of the bundled exercise."""
    with exercise.open(encoding="utf-8") as file:
        return list(_texts(file, most))


def _texts(lines: Any, most: int) -> Iterator[str]:
    for line in lines:
        if most and (row := json.loads(line))["lang"] == "en":
            most -= 1
            yield row["text"]
