"""Fewer points for the map: borders that neighbouring areas share are simplified once, so that no gaps open between them."""

from typing import Any

from responder.map_layers.shapes import Shape

MOST_DRAWN = 30_000  # points of a layer on the map: some 300 kB of GeoJSON, 100 kB as sent
FIRST, GROWTH, TRIES = 1 / 6_000, 2.5, 6  # of the layer's extent; then coarser until few enough points are left
DECIMALS = 5  # of a degree: about a metre


def simplified(shapes: list[Shape]) -> list[Any]:
    """The geometries of `shapes` with at most about MOST_DRAWN points together; each keeps at least its rough form."""
    import shapely

    found = [shape.geometry for shape in shapes]
    west, south, east, north = shapely.total_bounds(found)
    extent = max(east - west, north - south)
    # Each pass begins with what the one before left, which is soon little.
    for simplify in (_together, _alone):
        tolerance = extent * FIRST
        for _try in range(TRIES):
            if shapely.get_num_coordinates(found).sum() <= MOST_DRAWN:
                return found
            found = [
                new if new is not None and not new.is_empty else old
                for new, old in zip(simplify(found, tolerance), found, strict=True)
            ]
            tolerance *= GROWTH
    return found


def _together(geometries: list[Any], tolerance: float) -> list[Any]:
    """Simplify areas with their shared borders; whatever is no area, and areas that overlap, each alone."""
    import shapely

    if any(one.geom_type not in ("Polygon", "MultiPolygon") for one in geometries):
        return _alone(geometries, tolerance)
    try:
        return list(shapely.coverage_simplify(geometries, tolerance))
    except shapely.errors.GEOSException:  # overlapping areas, such as flood extents of several days
        return _alone(geometries, tolerance)


def _alone(geometries: list[Any], tolerance: float) -> list[Any]:
    import shapely

    return list(shapely.simplify(geometries, tolerance, preserve_topology=True))


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
