"""Fewer points for the map: borders that neighbouring areas share are simplified once, so that no gaps open between them."""

from typing import Any

from responder.map_layers.shapes import Shape

MOST_DRAWN = 30_000  # points of a layer on the map: some 300 kB of GeoJSON, 100 kB as sent
FIRST, GROWTH, TRIES = 1 / 8_000, 1.8, 14  # of the layer's extent; then coarser until few enough points are left
DECIMALS = 5  # of a degree: about a metre


def simplified(shapes: list[Shape]) -> list[Any]:
    """The geometries of `shapes` with at most about MOST_DRAWN points together; each keeps at least its rough form."""
    import shapely

    geometries = [shape.geometry for shape in shapes]
    if shapely.get_num_coordinates(geometries).sum() <= MOST_DRAWN:
        return geometries
    west, south, east, north = shapely.total_bounds(geometries)
    tolerance = max(east - west, north - south) * FIRST
    found = geometries
    for _try in range(TRIES):
        found = _coarser(geometries, tolerance)
        if shapely.get_num_coordinates(found).sum() <= MOST_DRAWN:
            break
        tolerance *= GROWTH
    return found


def _coarser(geometries: list[Any], tolerance: float) -> list[Any]:
    import shapely

    polygonal = all(one.geom_type in ("Polygon", "MultiPolygon") for one in geometries)
    if polygonal:
        try:
            found = list(shapely.coverage_simplify(geometries, tolerance))
        except shapely.errors.GEOSException:  # overlapping areas, such as flood extents of several days
            found = list(shapely.simplify(geometries, tolerance, preserve_topology=True))
    else:
        found = list(shapely.simplify(geometries, tolerance, preserve_topology=True))
    return [new if new is not None and not new.is_empty else old for new, old in zip(found, geometries, strict=True)]


def geojson(geometry: Any) -> dict[str, Any]:
    """A geometry as GeoJSON, rounded."""
    from shapely.geometry import mapping

    given = mapping(geometry)
    return _rounded(given)


def _rounded(given: Any) -> dict[str, Any]:
    if given["type"] == "GeometryCollection":
        return {"type": "GeometryCollection", "geometries": [_rounded(one) for one in given["geometries"]]}
    return {"type": given["type"], "coordinates": _numbers(given["coordinates"])}


def _numbers(given: Any) -> Any:
    if isinstance(given, tuple | list):
        if given and isinstance(given[0], float | int):
            return [round(float(value), DECIMALS) for value in given[:2]]
        return [_numbers(one) for one in given]
    return given
