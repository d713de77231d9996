"""Web Mercator on an integer grid, so that SQL can cluster by shifting bits.

The world is a square of 2^24 units a side, x from west to east and y from north to south (EPSG:3857, as
map tiles cut it: https://wiki.openstreetmap.org/wiki/Slippy_map_tilenames). A unit is 2.4 m at the equator.
"""

import math

BITS = 24
SIZE = 1 << BITS
MAX_LATITUDE = 85.0511287798066  # where the square ends
TILE_BITS = 8  # a tile has 2^8 pixels a side
MAX_ZOOM = 18


def project(latitude: float, longitude: float) -> tuple[int, int]:
    """Degrees → (x, y) on the grid, both in 0 … 2^24 − 1; what lies beyond the poles' edge is put on it."""
    x, y = project_exactly(latitude, longitude)
    return _inside(x), _inside(y)


def project_exactly(latitude: float, longitude: float) -> tuple[float, float]:
    """Degrees → (x, y) in grid units, not rounded; longitudes beyond ±180 continue outside the square."""
    sine = math.sin(math.radians(max(-MAX_LATITUDE, min(MAX_LATITUDE, latitude))))
    x = (longitude / 360 + 0.5) * SIZE
    y = (0.5 - math.atanh(sine) / (2 * math.pi)) * SIZE
    return x, y


def unproject(x: float, y: float) -> tuple[float, float]:
    """Grid units → (latitude, longitude) in degrees."""
    latitude = math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * y / SIZE))))
    return latitude, (x / SIZE - 0.5) * 360


def units_per_pixel(zoom: int) -> float:
    """Return the number of grid units per map pixel at `zoom`."""
    return 2.0 ** (BITS - TILE_BITS - zoom)


def _inside(value: float) -> int:
    return max(0, min(SIZE - 1, math.floor(value)))
