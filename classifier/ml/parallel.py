"""The same situations in twenty languages, to see in which of them a model can be believed.

`parallel.jsonl` holds posts of our own that no model is trained on: 40 situations, each in every language, with `scenario`,
`lang`, `text`, `category`, `emergency`, `urgent` (somebody must act at once) and `place` (`lat`, `lon`) or null. Whoever
judges a language by them should know that one author wrote them, and that no native speaker has reviewed them.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from classifier.places.find import distance_km

FILE = Path(__file__).with_name("parallel.jsonl")
ENGLISH = "en"
URGENT = ("Critical", "High")
CALM = "not_humanitarian"
NEAR_KM = 100.0
# A language counts as measured where the category is right at least so often, beside English, and where so many of the
# urgent posts are told from the others.
LEAST_RATIO, LEAST_URGENT = 0.75, 0.55
Row = dict[str, Any]


def read(path: Path = FILE) -> list[Row]:
    """The posts, in the order of the file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def measure(rows: Sequence[Row], predictions: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Language → figures, each a share of the posts that it can be said of.

    Arguments:
        rows: posts as `read` gives them.
        predictions: what the product answered about each, shaped as the contract's "One prediction"; `places` may be
            missing.

    Returns:
        `n`; `category` and `emergency` that are right; `urgent_kept`: urgent posts at High or Critical;
        `urgent_falsely`: other posts there; `placed`: within 100 km; `real_as_calm`: real emergencies that are shown as
        not humanitarian without a doubt.
    """
    pairs: dict[str, list[tuple[Row, Row]]] = defaultdict(list)
    for row, prediction in zip(rows, predictions, strict=True):
        pairs[row["lang"]].append((row, prediction))
    return {language: _figures(some) for language, some in pairs.items()}


def believed(figures: dict[str, dict[str, float]]) -> list[str]:
    """The languages that count as measured, in their order; English is what the others are compared with."""
    english = figures[ENGLISH]["category"]
    return [
        language
        for language, row in figures.items()
        if language == ENGLISH or (row["category"] >= LEAST_RATIO * english and row["urgent_kept"] >= LEAST_URGENT)
    ]


def _figures(pairs: Sequence[tuple[Row, Row]]) -> dict[str, float]:
    urgent = [answer for row, answer in pairs if row["urgent"]]
    others = [answer for row, answer in pairs if not row["urgent"]]
    named = [(row["place"], answer["places"]) for row, answer in pairs if row["place"] and "places" in answer]
    real = [answer for row, answer in pairs if row["emergency"]]
    placed = {"placed": _share(any(_near(place, found) for found in places) for place, places in named)}
    return (placed if named else {}) | {
        "n": len(pairs),
        "category": _share(answer["category"]["label"] == row["category"] for row, answer in pairs),
        "emergency": _share(answer["emergency"]["label"] == row["emergency"] for row, answer in pairs),
        "urgent_kept": _share(answer["priority"]["label"] in URGENT for answer in urgent),
        "urgent_falsely": _share(answer["priority"]["label"] in URGENT for answer in others),
        "real_as_calm": _share(
            answer["category"]["label"] == CALM and not answer["category"]["abstained"] for answer in real
        ),
    }


def _share(hits: Any) -> float:
    values = list(hits)
    return round(mean(values), 4) if values else 0.0


def _near(place: Row, found: Row) -> bool:
    if found["latitude"] is None:
        return False
    return distance_km((place["lat"], place["lon"]), (found["latitude"], found["longitude"])) <= NEAR_KM
