"""Positions that a text states itself: coordinates, map links and plus codes.

How they are found:
1. Links of map services and geo: URIs (`map_links`). All links are then blanked, so that no other number in one counts.
2. Plus codes (`plus_codes`): full ones always, short ones ("PR6C+2V Beira") only beside a place that the text or the
   event gives.
3. Degrees with minutes and seconds, then decimal degrees (`degrees`).

Positions out of range are left out, and so is 0, 0, which devices without a fix send. A text has at most 20 positions.
"""

from collections.abc import Callable, Sequence

from classifier.places.degrees import find_decimals, find_dms
from classifier.places.find import Context, Place, PlaceSpan, distance_km, find_places
from classifier.places.map_links import LINK, find_map_links
from classifier.places.plus_codes import find_plus_codes
from classifier.places.positions import TYPE, Position, blank, normalize

MAX_POSITIONS = 20
MAX_CHARACTERS = 10_000
# A short plus code is unique within half a degree, so its place must be known better than that.
SHORT_CODE_KM, SHORT_CODE_DEGREES = 40.0, 1.0
NAMED_KM = 5.0  # a position this close to a named place always gets its name


def find_coordinates(
    text: str, *, near: Callable[[int], tuple[float, float] | None] | None = None, lang: str | None = None
) -> list[Position]:
    """The positions that `text` states, in order; never more than 20.

    Arguments:
        text: any string; 10,000 characters are read.
        near: returns a point (latitude, longitude) near the short plus code that ends at this offset, if one is known.
        lang: the language of the text like `de`; a letter O for east or west is only read where it is known.
    """
    text = text[:MAX_CHARACTERS]
    if not any(map(str.isdigit, text)):
        return []
    text = normalize(text)
    found = list(find_map_links(text))
    text = blank(text, [match.span() for match in LINK.finditer(text)])
    found += find_plus_codes(text, near)
    for finder in (find_dms, find_decimals):
        new = list(finder(text, lang))
        found += new
        text = blank(text, [(one.start, one.end) for one in new])
    return sorted(found, key=lambda one: one.start)[:MAX_POSITIONS]


def all_places(
    text: str,
    *,
    context: Context | None = None,
    spans: Sequence[PlaceSpan] | None = None,
    lang: str | None = None,
    trusted: bool = True,
) -> list[Place]:
    """The places of a text in order: those that it names, and those that it states as coordinates.

    Arguments:
        text, context, spans, lang, trusted: as for `find_places`.
    """
    named = find_places(text, context=context, spans=spans, lang=lang, trusted=trusted)
    exact = [place for place in named if place.latitude is not None and (place.radius_km or 0) <= SHORT_CODE_KM]
    centre = _small_centre(context)

    def near(offset: int) -> tuple[float, float] | None:
        closest = min(exact, key=lambda place: (place.start < offset, abs(place.start - offset)), default=None)
        return _point(closest) if closest else centre

    stated = [_place(text, position, exact) for position in find_coordinates(text, near=near, lang=lang)]
    apart = [place for place in named if not any(place.start < one.end and one.start < place.end for one in stated)]
    return sorted([*apart, *stated], key=lambda place: place.start)


def _small_centre(context: Context | None) -> tuple[float, float] | None:
    """The middle of the event's area, if the area is small enough to complete a short plus code."""
    if context is None or context.bbox is None:
        return None
    west, south, east, north = context.bbox
    small = 0 <= east - west <= SHORT_CODE_DEGREES and 0 <= north - south <= SHORT_CODE_DEGREES
    return ((south + north) / 2, (west + east) / 2) if small else None


def _place(text: str, position: Position, named: Sequence[Place]) -> Place:
    """A position as a place, with the name and country of the nearest place that the text names around it."""
    place = _nearest(position, named)
    return Place(
        text=text[position.start : position.end], start=position.start, end=position.end,
        name=place.name if place else None, type=TYPE, country_code=place.country_code if place else None,
        latitude=position.latitude, longitude=position.longitude, radius_km=position.radius_km,
        score=position.score, reason=position.reason,
    )  # fmt: skip


def _nearest(position: Position, named: Sequence[Place]) -> Place | None:
    """Return the nearest named place whose surroundings contain the position."""
    here = (position.latitude, position.longitude)
    around = [(distance_km(here, _point(place)), place) for place in named]
    within = [pair for pair in around if pair[0] <= max(2 * (pair[1].radius_km or 0), position.radius_km, NAMED_KM)]
    return min(within, key=lambda pair: pair[0])[1] if within else None


def _point(place: Place) -> tuple[float, float]:
    assert place.latitude is not None and place.longitude is not None
    return place.latitude, place.longitude
