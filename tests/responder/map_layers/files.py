"""Files of layers that tests upload."""

import json
from typing import Any


def square(west: float, south: float, size: float = 1.0) -> list[list[float]]:
    return [[west, south], [west + size, south], [west + size, south + size], [west, south + size], [west, south]]


def file_of(*rows: tuple[Any, dict[str, Any]]) -> bytes:
    found = [{"type": "Feature", "properties": properties, "geometry": geometry} for geometry, properties in rows]
    return json.dumps({"type": "FeatureCollection", "features": found}).encode()


def area(
    west: float, south: float, name: str, people: int | None = None, size: float = 1.0
) -> tuple[Any, dict[str, Any]]:
    properties = {"ADM2_EN": name, "ADM2_PCODE": f"MZ{name}", "T_TL": people, "other": name.lower()}
    return {"type": "Polygon", "coordinates": [square(west, south, size)]}, properties
