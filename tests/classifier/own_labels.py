"""A made-up table of labels: three classes with unusual names, sentences from word banks of our own."""

import csv
import random
from pathlib import Path
from typing import Any

PLACES = (
    "Avelar Brindle Carrow Dunmere Eastby Farholt Gannet Hollow Isley Jorvik Kesh Lorne Mirren Nessa Orvale".split()
)
DAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
STARTS = ["", "really ", "honestly ", "update: ", "my aunt writes: ", "second time: ", "again: "]
WATER, CATTLE, SIGNAL = "Wasser fehlt!", "🐄 livestock & fodder", "tower-down/no signal"
CLASSES = {
    WATER: [
        "no drinking water in {p} since {d}, {n} households wait",
        "the tap in {p} gives nothing, we queue {n} hours",
    ],
    CATTLE: ["{n} goats dead near {p}, no fodder left", "our cows in {p} starve, we need hay before {d}, herd of {n}"],
    SIGNAL: ["no phone signal in {p} since {d}, mast {n}", "the mast at {p} fell, {n} people cannot call"],
}
EVENTS = ("drought north", "storm coast", "quake hills", "fire belt", "flood delta")


def rows(count: int, *, seed: int = 5, wrong: float = 0.0) -> list[dict[str, Any]]:
    """So many rows with text, label, event and language; a share has a label drawn at random."""
    rng, found, seen = random.Random(seed), [], set[str]()
    while len(found) < count:
        label = rng.choice(list(CLASSES))
        text = rng.choice(STARTS) + rng.choice(CLASSES[label]).format(
            p=rng.choice(PLACES), d=rng.choice(DAYS), n=rng.randint(2, 9_999)
        )
        if text not in seen:
            seen.add(text)
            label = rng.choice(list(CLASSES)) if rng.random() < wrong else label
            found.append({"text": text, "label": label, "event": rng.choice(EVENTS), "lang": "en"})
    return found


def write(path: Path, table: list[dict[str, Any]]) -> Path:
    """Write the rows as CSV."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    return path
