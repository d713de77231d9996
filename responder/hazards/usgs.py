"""USGS earthquakes: GeoJSON with a feature per earthquake, changed as more is known about it.

https://earthquake.usgs.gov/earthquakes/feed/v1.0/geojson.php. The preferred identifier may change; `ids` lists all of them.
"""

import json
import math
from datetime import UTC, datetime
from typing import Any

from classifier import bounded_json, time_bounds
from responder.hazards.drafts import Answer, Draft, Level, Unreadable, identifier, one_line, web_address
from responder.hazards.magnitudes import felt_km
from responder.hazards.shapes import Shape
from responder.models.official_alert import AREA_LIMIT, HEADLINE_LIMIT, RAW_LIMIT

MOST_FEATURES, MOST_VALUES, MOST_OTHERS = 2_000, 200_000, 20
# PAGER's colour says how bad the effects are; without it the magnitude does.
COLOURS = {"red": Level.EXTREME, "orange": Level.SEVERE, "yellow": Level.MODERATE, "green": Level.MINOR}
BY_MAGNITUDE = ((7.0, Level.EXTREME), (6.0, Level.SEVERE), (5.0, Level.MODERATE))


def parse(body: bytes) -> Answer:
    """The earthquakes of a list. Raises Unreadable."""
    try:
        found = bounded_json.loads(body, most_values=MOST_VALUES)
    except (ValueError, RecursionError) as error:
        raise Unreadable("it is not JSON, or too large") from error
    features = found.get("features") if isinstance(found, dict) else None
    if not isinstance(features, list):
        raise Unreadable("it is not a GeoJSON list of features")
    answer = Answer()
    for number, feature in enumerate(features[:MOST_FEATURES], 1):
        try:
            answer.drafts.append(_draft(feature))
        except (Unreadable, ValueError, TypeError, AttributeError, KeyError, IndexError, OverflowError) as error:
            why = str(error) if isinstance(error, Unreadable) else "it lacks what every earthquake has"
            answer.problems.append(f"entry {number}: {why}")
    if len(features) > MOST_FEATURES:
        answer.problems.append(f"the list has more than {MOST_FEATURES} entries")
    return answer


def _draft(feature: dict[str, Any]) -> Draft:
    facts, (longitude, latitude, *_depth) = feature["properties"], feature["geometry"]["coordinates"]
    own = identifier(str(feature["id"]))
    magnitude = _number(facts.get("mag"))
    colour = str(facts.get("alert") or "").lower()
    others = str(facts.get("ids") or "")[:1_000].strip(",").split(",")
    shape = Shape.of(circles=[(longitude, latitude, felt_km(magnitude))])
    if not shape:
        raise Unreadable("its position is not on the globe")
    word = f"M {magnitude:.1f}" if magnitude is not None else "magnitude not stated"
    return Draft(
        identifier=own,
        sent=_time(facts.get("updated")) or _time(facts.get("time")) or _no_time(),
        onset=_time(facts.get("time")),
        shape=shape,
        radius_is_assumed=True,
        other_identifiers=tuple(identifier(one) for one in others[:MOST_OTHERS] if one and one != own),
        is_cancelled=facts.get("status") == "deleted",
        hazard="earthquake",
        event_type=one_line(str(facts.get("type") or "earthquake"), 100),
        level=COLOURS.get(colour) or _level(magnitude),
        level_word=f"{word}, PAGER {colour}" if colour in COLOURS else word,
        headline=one_line(str(facts.get("title") or facts.get("place") or word), HEADLINE_LIMIT),
        description="The source reports a possible tsunami." if facts.get("tsunami") == 1 else "",
        sender_name="USGS",
        area_name=one_line(str(facts.get("place") or ""), AREA_LIMIT),
        url=web_address(str(facts.get("url") or "")),
        raw=json.dumps(feature)[:RAW_LIMIT],
    )


def _number(value: Any) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number and -2 <= value <= 11 else None


def _time(value: Any) -> datetime | None:
    """A time in milliseconds since 1970; None if it is not possible."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 1e13:
        return None
    found = datetime.fromtimestamp(value / 1000, UTC)
    return found if time_bounds.is_possible(found) else None


def _no_time() -> datetime:
    raise Unreadable("it does not state when it happened")


def _level(magnitude: float | None) -> int:
    if magnitude is None:
        return Level.UNKNOWN
    return next((level for least, level in BY_MAGNITUDE if magnitude >= least), Level.MINOR)
