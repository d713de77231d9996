"""Reads KML and GPX. What a KML file links to elsewhere is not fetched."""

from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element

from django.utils.translation import gettext as _

from responder.hazards import drafts, xml
from responder.map_layers.features import (
    MOST_FEATURES,
    MOST_VERTICES,
    Feature,
    Reading,
    Unreadable,
    bounded,
    too_many,
    too_many_points,
)

Geometry = dict[str, Any]
MOST_COMMAS = 3 * MOST_VERTICES  # two a point with its height


def read(content: bytes) -> Reading:
    """The features of a KML or GPX file. Raises Unreadable."""
    if content.count(b",") > MOST_COMMAS:
        raise too_many_points()  # before Python's lists of them fill the memory
    try:
        root = xml.parse(content)
    except drafts.Unreadable as error:
        raise Unreadable(_("The file can't be read: %(reason)s.") % {"reason": error}) from error
    if xml.name(root) == "kml":
        return _kml(root)
    if xml.name(root) == "gpx":
        return _gpx(root)
    raise Unreadable(_("This is XML, but neither KML nor GPX."))


def _kml(root: Element) -> Reading:
    found: list[Feature] = []
    notes, linked = list[str](), False
    for element in root.iter():
        kind = xml.name(element)
        if kind == "NetworkLink":
            linked = True
        elif kind == "Placemark":
            if len(found) >= MOST_FEATURES:
                raise too_many(sum(xml.name(one) == "Placemark" for one in root.iter()))
            found.append(Feature(len(found) + 1, _properties(element), _merged(list(_geometries(element)))))
    if linked:
        notes.append(_("The file links to other files, which are not read. Send each of them as a layer of its own."))
    if not found:
        raise Unreadable(_("The file has no placemarks."))
    return Reading("KML", found, notes)


def _properties(placemark: Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if name := xml.text(placemark, "name"):
        found["name"] = name
    for data in placemark.iter():
        kind, key = xml.name(data), data.get("name", "")
        if kind == "Data" and key:
            found.setdefault(key, xml.text(data, "value"))
        elif kind == "SimpleData" and key:
            found.setdefault(key, "".join(data.itertext()).strip())
    return bounded(found)


def _geometries(parent: Element) -> Iterator[Geometry | None]:
    for element in parent:
        kind = xml.name(element)
        if kind == "Point":
            points = _coordinates(element)
            yield {"type": "Point", "coordinates": points[0]} if points else None
        elif kind == "LineString":
            yield {"type": "LineString", "coordinates": _coordinates(element)}
        elif kind == "LinearRing":
            yield {"type": "Polygon", "coordinates": [_coordinates(element)]}
        elif kind == "Polygon":
            rings = [ring for side in ("outerBoundaryIs", "innerBoundaryIs") for ring in _rings(element, side)]
            yield {"type": "Polygon", "coordinates": rings}
        elif kind == "MultiGeometry":
            yield from _geometries(element)
        elif kind == "Track":
            points = [_position(one.text or "", " ") for one in xml.children(element, "coord")]
            yield {"type": "LineString", "coordinates": points}
        elif kind == "MultiTrack":
            yield from _geometries(element)


def _rings(polygon: Element, side: str) -> Iterator[list[list[Any]]]:
    for boundary in xml.children(polygon, side):
        for ring in xml.children(boundary, "LinearRing"):
            yield _coordinates(ring)


def _coordinates(element: Element) -> list[list[Any]]:
    return [_position(one, ",") for one in xml.text(element, "coordinates").split()]


def _position(text: str, separator: str) -> list[Any]:
    """Longitude and latitude; texts where they are no numbers, which the check of shapes refuses by feature."""
    parts = text.split() if separator == " " else text.split(separator)
    return [_number(part) for part in parts[:2]]


def _number(text: str | None) -> Any:
    try:
        return float(text or "")
    except ValueError:
        return text


def _merged(found: list[Geometry | None]) -> Geometry | None:
    shapes = [one for one in found if one]
    if len(shapes) < 2:
        return shapes[0] if shapes else None
    return {"type": "GeometryCollection", "geometries": shapes}


def _gpx(root: Element) -> Reading:
    found: list[Feature] = []
    for element in root:
        kind = xml.name(element)
        if kind not in ("wpt", "rte", "trk"):
            continue
        if len(found) >= MOST_FEATURES:
            raise too_many(sum(xml.name(one) in ("wpt", "rte", "trk") for one in root))
        properties = {key: xml.text(element, key) for key in ("name", "desc", "type") if xml.text(element, key)}
        found.append(Feature(len(found) + 1, bounded(properties), _of_gpx(kind, element)))
    if not found:
        raise Unreadable(_("The file has no waypoints, routes or tracks."))
    return Reading("GPX", found)


def _of_gpx(kind: str, element: Element) -> Geometry:
    if kind == "wpt":
        return {"type": "Point", "coordinates": _at(element)}
    if kind == "rte":
        return {"type": "LineString", "coordinates": [_at(one) for one in xml.children(element, "rtept")]}
    parts = [[_at(one) for one in xml.children(part, "trkpt")] for part in xml.children(element, "trkseg")]
    return {"type": "MultiLineString", "coordinates": [part for part in parts if len(part) > 1]}


def _at(element: Element) -> list[Any]:
    return [_number(element.get("lon")), _number(element.get("lat"))]
