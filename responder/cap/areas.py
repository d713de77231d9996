"""The area of an alert based on several posts: a circle around their places, and the places' names."""

import itertools
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from classifier.places.find import distance_km
from responder.models import Post
from responder.privacy import masking

WIDEST_KM = 500.0  # a wider circle is too vague for a warning, so only names are given
NAMED = 5
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Area:
    """Names (empty if no post has a place), and the centre and radius of the circle (None if there is none to suggest)."""

    name: str
    latitude: float | None = None
    longitude: float | None = None
    radius_km: float | None = None


def around(posts: Sequence[Post]) -> Area:
    """Return the area of `posts`: the place itself if there is one, or a circle around several."""
    located = [post for post in posts if post.located]
    name = _names(located)
    if not located:
        return Area(name)
    # Exact points are rounded first, so that a circle's centre doesn't reveal somebody's home.
    places = {
        (*masking.point(post.latitude, post.longitude, post.radius_km), post.radius_km or 0.0) for post in located
    }
    points = [(float(latitude or 0), float(longitude or 0), radius) for latitude, longitude, radius in places]
    if len(points) == 1:
        return Area(name, points[0][0], points[0][1], located[0].radius_km)
    latitude, longitude = _middle(points)
    radius = max(distance_km((latitude, longitude), point[:2]) + point[2] for point in points)
    return Area(name, latitude, longitude, math.ceil(radius * 10) / 10) if radius <= WIDEST_KM else Area(name)


def _middle(points: Sequence[tuple[float, float, float]]) -> tuple[float, float]:
    """(latitude, longitude) of the centre of the bounding box, also across the date line."""
    west, span = _widest_arc([longitude for _latitude, longitude, _radius in points])
    latitudes = [latitude for latitude, _longitude, _radius in points]
    longitude = (west + span / 2 + 180) % 360 - 180
    return round((min(latitudes) + max(latitudes)) / 2, 2), round(longitude, 2)


def _widest_arc(longitudes: Sequence[float]) -> tuple[float, float]:
    """The western end and the width, in degrees, of the shortest arc that holds all longitudes."""
    ordered = sorted({longitude % 360 for longitude in longitudes})
    gaps = [(after - before, after) for before, after in itertools.pairwise(ordered)]
    gap, west = max([*gaps, (ordered[0] + 360 - ordered[-1], ordered[0])])
    return west, 360 - gap


def _names(located: Sequence[Post]) -> str:
    """The names of the places, the most frequent first."""
    names = [name for name, _count in Counter(post.place_name for post in located if post.place_name).most_common()]
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED])[: LONGEST - len(more)] + more
