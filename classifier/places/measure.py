"""Measures how often places are located correctly, on mentions whose coordinates people looked up.

Rows are those of IDRISI's location mention disambiguation set: `event`, `text` and `location_mentions` with `start`,
`end`, `text`, `lat`, `lon`, and where known `type`, `country_code` and `display_name`. 161 km (100 miles) is the field's
measure (Gritta et al., "A Pragmatic Guide to Geoparsing Evaluation", 2020). A country or a state is no point: it is
right where the true point lies in it, or where it is the same country or state.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from classifier.places import gazetteer
from classifier.places.distance import distance_km
from classifier.places.find import Context, Place, PlaceSpan, find_places
from classifier.places.fold import fold

NEAR_KM = 161.0
# Where an operator knows the event to be from its name.
COUNTRIES = {
    "california": "US", "canada": "CA", "ecuador": "EC", "harvey": "US", "florence": "US", "irma": "US", "maria": "PR",
    "matthew": "HT", "italy": "IT", "kaikoura": "NZ", "kerala": "IN", "maryland": "US", "mexico": "MX",
    "srilanka": "LK",
}  # fmt: skip
Tagger = Callable[[Sequence[str]], Sequence[Sequence[PlaceSpan]]]
Finder = Callable[[Mapping[str, Any], Context | None], Sequence[Place]]


@dataclass(frozen=True, slots=True)
class Given:
    """A span that people marked."""

    start: int
    end: int
    score: float = 1.0


def context_of(event: str) -> Context:
    """Return the countries in the event's name."""
    return Context(tuple(code for word, code in COUNTRIES.items() if word in event))


def measure(
    rows: Iterable[Mapping[str, Any]],
    *,
    tagger: Tagger | None = None,
    finder: Finder | None = None,
    with_context: bool = True,
    near_km: float = NEAR_KM,
) -> dict[str, Any]:
    """Figures over all mentions and for each event.

    Arguments:
        rows: as described above; mentions without coordinates or whose offsets do not match are left out.
        tagger: texts → spans that name places; None takes those that people marked.
        finder: a row and its context → places, instead of a tagger and the resolution.
        with_context: whether the event's countries are known.
        near_km: how far a point may be from the true one.

    Returns:
        `n` mentions, `placed` share of them, `near_of_placed` and `near_of_all`: within `near_km`; `right_of_placed` and
        `right_of_all`: near, or the right area; `wrong_continent`: share of all; the same `by_event`.
    """
    rows = list(rows)
    found_by_model = tagger([row["text"] for row in rows]) if tagger else None
    counts: dict[str, Counter[str]] = {}
    for i, row in enumerate(rows):
        true = [m for m in row["location_mentions"] if _usable(row["text"], m)]
        context = context_of(row["event"]) if with_context else None
        if finder is not None:
            places = finder(row, context)
        else:
            spans: Sequence[PlaceSpan] = (
                found_by_model[i] if found_by_model is not None else [Given(m["start"], m["end"]) for m in true]
            )
            places = find_places(row["text"], context=context, spans=spans, lang=row.get("lang"))
        count = counts.setdefault(row["event"], Counter())
        for mention in true:
            count.update(_outcome(mention, places, near_km))
    return _figures(sum(counts.values(), Counter())) | {
        "by_event": {event: _figures(count) for event, count in sorted(counts.items())}
    }


def by_rules(row: Mapping[str, Any], context: Context | None) -> list[Place]:
    """What the gazetteer finds by itself in the text of a row, without a model."""
    return find_places(row["text"], context=context, lang=row.get("lang"))


def from_parallel(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the parallel texts (`lang`, `text`, `place`) in the shape that `measure` reads, its language as event."""
    place = row["place"]
    start = row["text"].find(place["mention"])
    mention = {
        "start": start, "end": start + len(place["mention"]), "text": place["mention"], "lat": place["lat"],
        "lon": place["lon"], "country_code": place["country"].lower(),
    }  # fmt: skip
    return {"event": row["lang"], "lang": row["lang"], "text": row["text"], "location_mentions": [mention]}


def _usable(text: str, mention: Mapping[str, Any]) -> bool:
    return mention.get("lat") is not None and text[mention["start"] : mention["end"]] == mention["text"]


def _outcome(mention: Mapping[str, Any], places: Iterable[Place], near_km: float) -> list[str]:
    overlapping = [p for p in places if p.start < mention["end"] and p.end > mention["start"]]
    place = next((p for p in overlapping if p.latitude is not None), None)
    if place is None or place.latitude is None or place.longitude is None:
        return ["n"]
    away = distance_km((place.latitude, place.longitude), (mention["lat"], mention["lon"]))
    outcome = ["n", "placed"]
    if away <= near_km:
        return [*outcome, "near", "right"]
    if _is_right_area(mention, place, away):
        return [*outcome, "right"]
    true_continent = gazetteer.continent(str(mention.get("country_code", "")).upper())
    wrong = true_continent and gazetteer.continent(place.country_code or "") != true_continent
    return [*outcome, "wrong_continent"] if wrong else outcome


def _is_right_area(mention: Mapping[str, Any], place: Place, away: float) -> bool:
    """Whether a country or state is the true one: the point lies in it, or its name is that of the true area."""
    same_country = str(mention.get("country_code", "")).upper() == place.country_code
    if place.type == "country":
        return same_country or away <= (place.radius_km or 0.0)
    if place.type in ("state", "county"):
        areas = {fold(part) for part in re.split(r"[,/]", str(mention.get("display_name", "")))}
        return away <= (place.radius_km or 0.0) or (same_country and fold(place.name or "") in areas)
    return False


def _figures(count: Counter[str]) -> dict[str, Any]:
    n, placed = max(1, count["n"]), max(1, count["placed"])
    return {
        "n": count["n"],
        "placed": count["placed"] / n,
        "near_of_placed": count["near"] / placed,
        "near_of_all": count["near"] / n,
        "right_of_placed": count["right"] / placed,
        "right_of_all": count["right"] / n,
        "wrong_continent": count["wrong_continent"] / n,
    }
