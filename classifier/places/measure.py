"""How often places are put where they are: resolved against mentions whose coordinates people looked up.

Rows are those of IDRISI's location mention disambiguation set: `event`, `text` and `location_mentions` with `start`,
`end`, `text`, `lat`, `lon`. 161 km (100 miles) is the field's measure (Gritta et al., "A Pragmatic Guide to
Geoparsing Evaluation", 2020).
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classifier.places.find import Context, Place, PlaceSpan, distance_km, find_places

NEAR_KM = 161.0
# Where an operator knows the event to be from its name.
COUNTRIES = {
    "california": "US", "canada": "CA", "ecuador": "EC", "harvey": "US", "florence": "US", "irma": "US", "maria": "PR",
    "matthew": "HT", "italy": "IT", "kaikoura": "NZ", "kerala": "IN", "maryland": "US", "mexico": "MX",
    "srilanka": "LK",
}  # fmt: skip
Tagger = Callable[[Sequence[str]], Sequence[Sequence[PlaceSpan]]]


@dataclass(frozen=True, slots=True)
class Given:
    """A span that people marked."""

    start: int
    end: int
    score: float = 1.0


def context_of(event: str) -> Context:
    """The countries that the event's name tells."""
    return Context(tuple(code for word, code in COUNTRIES.items() if word in event))


def measure(
    rows: Iterable[Mapping[str, Any]], *, tagger: Tagger | None = None, with_context: bool = True
) -> dict[str, Any]:
    """Figures over all mentions and for each event.

    Arguments:
        rows: as described above; mentions without coordinates or whose offsets do not match are left out.
        tagger: texts → spans that name places; None takes those that people marked.
        with_context: whether the event's countries are known.

    Returns:
        `n` mentions, `placed` share of them, `near_of_placed` and `near_of_all`: within 161 km; the same `by_event`.
    """
    rows = list(rows)
    found_by_model = tagger([row["text"] for row in rows]) if tagger else None
    counts: dict[str, Counter[str]] = {}
    for i, row in enumerate(rows):
        true = [m for m in row["location_mentions"] if _usable(row["text"], m)]
        spans: Sequence[PlaceSpan] = (
            found_by_model[i] if found_by_model is not None else [Given(m["start"], m["end"]) for m in true]
        )
        context = context_of(row["event"]) if with_context else None
        places = find_places(row["text"], context=context, spans=spans)
        count = counts.setdefault(row["event"], Counter())
        for mention in true:
            count.update(_outcome(mention, places))
    return _figures(sum(counts.values(), Counter())) | {
        "by_event": {event: _figures(count) for event, count in sorted(counts.items())}
    }


def _usable(text: str, mention: Mapping[str, Any]) -> bool:
    return mention.get("lat") is not None and text[mention["start"] : mention["end"]] == mention["text"]


def _outcome(mention: Mapping[str, Any], places: Iterable[Place]) -> list[str]:
    place = next((p for p in places if p.start < mention["end"] and p.end > mention["start"]), None)
    if place is None or place.latitude is None or place.longitude is None:
        return ["n"]
    away = distance_km((place.latitude, place.longitude), (mention["lat"], mention["lon"]))
    return ["n", "placed", "near"] if away <= NEAR_KM else ["n", "placed"]


def _figures(count: Counter[str]) -> dict[str, Any]:
    return {
        "n": count["n"],
        "placed": count["placed"] / max(1, count["n"]),
        "near_of_placed": count["near"] / max(1, count["placed"]),
        "near_of_all": count["near"] / max(1, count["n"]),
    }
