"""Puts features of plain OpenStreetMap data into the layers that the map draws, those of Protomaps's basemap schema.

https://docs.protomaps.com/basemaps/layers. Features that have such a layer and a `kind` stay as they are.
"""

from collections.abc import Mapping
from typing import Any

LAYERS = ("earth", "water", "landuse", "roads", "buildings", "boundaries", "places", "pois", "transit")
ROADS = {
    "highway": {"motorway", "motorway_link", "trunk", "trunk_link"},
    "major_road": {"primary", "primary_link", "secondary", "secondary_link", "tertiary", "tertiary_link"},
    "minor_road": {"residential", "unclassified", "service", "living_street", "road"},
    "path": {"path", "footway", "track", "pedestrian", "cycleway", "steps", "bridleway"},
}
ROAD_KINDS = {value: kind for kind, values in ROADS.items() for value in values}
POIS = {
    "hospital", "clinic", "doctors", "pharmacy", "school", "university", "college", "shelter", "social_facility", "community_centre",
    "fire_station", "police", "townhall", "place_of_worship", "bus_station", "ferry_terminal", "drinking_water", "water_point",
    "fuel", "marketplace", "kindergarten",
}  # fmt: skip
RAILWAYS = {"rail", "light_rail", "narrow_gauge"}
WATERS = {"water": "lake", "bay": "bay", "strait": "strait"}
PLACES = {"city", "town", "village", "hamlet", "suburb", "neighbourhood", "quarter", "locality"}
LOWEST_ZOOM = {
    "buildings": 13,
    "pois": 12,
    "roads": 8,
}  # below it, a layer would fill its tiles with what nobody can see
KIND_ZOOM = {"minor_road": 12, "path": 13, "highway": 6, "major_road": 8, "city": 5, "town": 8, "hospital": 10}


def place(properties: Mapping[str, Any], layer: str) -> tuple[str, dict[str, Any]]:
    """The (layer, properties) that the map draws a feature with.

    Arguments:
        layer: where the file has it, such as the name of a table; it stays if nothing else is known.
    """
    kept = {name: value for name, value in properties.items() if isinstance(value, str | int | float | bool)}
    if layer in LAYERS and "kind" in kept:
        return layer, kept
    found = _from_tags(kept)
    if found is None:
        return layer, kept
    return found[0], {"kind": found[1], **kept}


def lowest_zoom(layer: str, properties: Mapping[str, Any]) -> int:
    """The lowest zoom at which a feature is worth its bytes."""
    return KIND_ZOOM.get(str(properties.get("kind", "")), LOWEST_ZOOM.get(layer, 0))


def _from_tags(tags: Mapping[str, Any]) -> tuple[str, str] | None:
    """The (layer, kind) of a feature by its OpenStreetMap tags; None where they say nothing that the map draws."""
    text = {name: str(value) for name, value in tags.items()}
    amenity, natural = text.get("amenity", ""), text.get("natural", "")
    choices = (
        ("roads", ROAD_KINDS.get(text.get("highway", ""))),
        ("roads", "rail" if text.get("railway") in RAILWAYS else None),
        ("buildings", "building" if text.get("building", "no") != "no" else None),
        ("water", text.get("waterway")),
        ("water", WATERS.get(natural)),
        ("pois", amenity if amenity in POIS else None),
        ("pois", "assembly_point" if text.get("emergency") == "assembly_point" else None),
        ("places", text["place"] if text.get("place") in PLACES else None),
        ("landuse", text.get("landuse") or text.get("leisure") or natural or None),
    )
    return next(((layer, kind) for layer, kind in choices if kind), None)
