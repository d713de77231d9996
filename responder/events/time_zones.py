"""Time zones that fit an event, by its countries and its area.

The table is `zone.tab` of the IANA time zone database, as the package tzdata holds it: for each zone its country, and the
position of its main town. Within a country, its lines begin with the zones where most people live.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from importlib import resources

from classifier.places.find import distance_km
from responder.models import polygons
from responder.models.time_zones import names

SUGGESTED = 3


@dataclass(frozen=True, slots=True)
class Zone:
    """A time zone, the code of its country, and the position of its main town in degrees."""

    name: str
    country: str
    latitude: float
    longitude: float


def suggest(countries: Collection[str], area: polygons.Polygon | None) -> list[str]:
    """Return up to SUGGESTED names of time zones, the best first; none without countries and an area.

    Arguments:
        countries: ISO 3166-1 alpha-2 codes. Their zones come in the table's order, or the nearest to the area first.
        area: without countries, the nearest zones of the world are suggested.
    """
    found = [zone for zone in table() if zone.country in countries]
    if area:
        middle = _middle(area)
        found = sorted(found or table(), key=lambda zone: distance_km(middle, (zone.latitude, zone.longitude)))
    return [zone.name for zone in found[:SUGGESTED]]


@cache
def table() -> tuple[Zone, ...]:
    """All zones of the table that this Python knows."""
    lines = resources.files("tzdata.zoneinfo").joinpath("zone.tab").read_text("utf-8").splitlines()
    known = frozenset(names())
    rows = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return tuple(Zone(row[2], row[0], *_position(row[1])) for row in rows if row[2] in known)


def _position(text: str) -> tuple[float, float]:
    """(latitude, longitude) of a position such as -2558+03235, or with seconds +404251-0740023."""
    split = max(text.rfind("+"), text.rfind("-"))
    return _degrees(text[:split], 2), _degrees(text[split:], 3)


def _degrees(text: str, digits: int) -> float:
    sign, whole, rest = text[0], text[1 : 1 + digits], text[1 + digits :]
    value = int(whole) + int(rest[:2]) / 60 + int(rest[2:] or 0) / 3600
    return -value if sign == "-" else value


def _middle(area: polygons.Polygon) -> tuple[float, float]:
    west, south, east, north = polygons.bounds(area)
    return (south + north) / 2, (west + east) / 2
