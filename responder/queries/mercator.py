"""Web Mercator (EPSG:3857) on an integer grid, so that clusters are a GROUP BY on shifted integers.

The grid has 2^24 cells a side: about 2.4 m at the equator. A screen pixel at zoom z is 2^(16 - z) cells,
because the world is 256 · 2^z pixels wide.
"""

import math

GRID_BITS = 24
GRID = 1 << GRID_BITS
MAX_LATITUDE = 85.05112878
MAX_ZOOM = 18
TILE = 256


def project(latitude: float, longitude: float) -> tuple[int, int]:
    """(x, y) cell of a point in degrees; latitudes beyond the projection's edge are clamped to it."""
    latitude = min(max(latitude, -MAX_LATITUDE), MAX_LATITUDE)
    x = (longitude + 180) / 360
    sine = math.sin(math.radians(latitude))
    y = 0.5 - math.log((1 + sine) / (1 - sine)) / (4 * math.pi)
    return _cell(x), _cell(y)


def unproject(x: float, y: float) -> tuple[float, float]:
    """(latitude, longitude) in degrees of a point of the grid."""
    latitude = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / GRID))))
    return latitude, x / GRID * 360 - 180


def cells_per_pixel(zoom: int) -> float:
    """How many grid cells one screen pixel spans at `zoom`."""
    return GRID / (TILE * 2**zoom)


def _cell(share: float) -> int:
    return min(max(int(share * GRID), 0), GRID - 1)
