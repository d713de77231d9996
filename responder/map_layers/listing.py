"""The layers that a person sees of an event, for the map and for their page."""

from typing import Any

from django.urls import reverse
from django.utils.formats import date_format

from responder.map_layers import managing
from responder.models import Event, MapLayer

SHOWN = 60


def offered_layers(event: Event | None) -> list[MapLayer]:
    """The layers offered in an event that the reader may see, without what they draw; areas first. One query."""
    rows = MapLayer.objects.filter(managing.visible(event)).defer("drawn").select_related("event")
    return list(rows.order_by("purpose", "name", "id")[:SHOWN])


def present(layer: MapLayer) -> dict[str, Any]:
    """A layer as the map's panel names it."""
    return {
        "key": f"{layer.purpose}-{layer.pk}",
        "purpose": layer.purpose,
        "name": layer.name,
        "kind": layer.kind,
        "kind_word": "" if layer.is_areas else layer.get_kind_display(),
        "colour": layer.colour,
        "as_of": date_format(layer.as_of, "j M Y") if layer.as_of else "",
        "source": layer.source,
        "features": layer.features,
        "has_people": bool(layer.people_column),
        "bbox": [layer.west, layer.south, layer.east, layer.north],
        "shapes_url": f"{reverse('map-layer-shapes', args=[layer.pk])}?v={layer.version}",
        "counts_url": reverse("map-layer-counts", args=[layer.pk]) if layer.is_areas else "",
        "url": reverse("map-layer", args=[layer.pk]),
    }


def drawn(layer: MapLayer) -> dict[str, Any]:
    """The GeoJSON of a layer. Areas carry their name, code and people."""
    found = layer.drawn if isinstance(layer.drawn, dict) else {}
    features = [one for one in found.get("features", ()) if isinstance(one, dict)]
    if layer.is_areas:
        rows = layer.areas.values_list("number", "name", "code", "people")
        named = {number: {"name": name, "code": code, "people": people} for number, name, code, people in rows}
        features = [one | {"properties": named.get(one.get("id", 0), {})} for one in features]
    return {"type": "FeatureCollection", "features": features}
