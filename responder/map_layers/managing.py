"""Adding, changing and deleting layers of the map. What is drawn never changes: another file is another layer."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import PurePosixPath
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from classifier import clock, locks
from monitoring import audit
from responder import roles
from responder.errors import Conflict, FieldChecks, Invalid, Missing, NotPermitted
from responder.events.managing import permitted as permitted_in_event
from responder.map_layers import columns, reading, shapes, simplifying
from responder.map_layers.features import MOST_COLUMNS, Reading
from responder.map_layers.reading import WrongPart
from responder.map_layers.shapes import Shape
from responder.models import Event, MapArea, MapLayer, User
from responder.models.map_layer import FILE_NAME_LIMIT, LAYER_NAME_LIMIT, LAYER_SOURCE_LIMIT
from responder.privacy.masking import mask

MOST_AREA_LAYERS, MOST_SHAPE_LAYERS = 20, 40  # of the organisation, of an event
MOST_NOTES, NOTE_LIMIT = 10, 500
AT_ONCE = 500  # rows of areas
COLUMN_FIELDS = ("name_column", "code_column", "people_column")


def add_areas(*, by: User, name: str, pieces: Iterable[bytes], fields: Mapping[str, Any]) -> MapLayer:
    """Add administrative areas, in which posts of all events are counted.

    Arguments:
        name: of the file.
        pieces: its bytes.
        fields: title, source, as_of (a date as text) and part (the file to read in an archive that holds several).

    Raises Invalid, InvalidFields, NotPermitted, TooLarge.
    """
    permitted(by, None)
    layer = MapLayer(purpose=MapLayer.Purpose.AREAS, added_by=by)
    found = _read(layer, name, pieces, fields)
    rows = _areas(layer, found)
    with audit.atomic():
        _require_room(MapLayer.objects.filter(event=None), MOST_AREA_LAYERS, 0)
        layer.save()
        for row in rows:
            row.layer = layer
        MapArea.objects.bulk_create(rows, batch_size=AT_ONCE)
        _record("map_layer.added", layer, by)
    return layer


def add_shapes(*, event: Event, by: User, name: str, pieces: Iterable[bytes], fields: Mapping[str, Any]) -> MapLayer:
    """Add shapes to an event: how far the water reaches, shelters, closed roads.

    Arguments:
        fields: as for `add_areas`, with kind and colour.

    Raises Invalid, InvalidFields, Missing, NotPermitted, TooLarge.
    """
    permitted(by, event)
    layer = MapLayer(event=event, purpose=MapLayer.Purpose.SHAPES, added_by=by)
    found = _read(layer, name, pieces, fields)
    for feature, one in zip(layer.drawn["features"], found, strict=True):
        feature["properties"] = {"name": mask(one.feature.label)}
    with audit.atomic():
        _require_room(event.map_layers.all(), MOST_SHAPE_LAYERS, event.pk)
        layer.save()
        _record("map_layer.added", layer, by)
    return layer


@audit.atomic()
def change(*, layer_id: int, version: int, by: User, fields: Mapping[str, Any]) -> MapLayer:
    """Change what people say of a layer: its name, source and date, the colour of shapes, the columns of areas.

    Raises Conflict, InvalidFields, Missing, NotPermitted.
    """
    layer, checks = _locked(layer_id, version, by, no_key=True), FieldChecks()
    _describe(layer, fields, checks)
    if layer.is_areas:
        for column in COLUMN_FIELDS:
            setattr(layer, column, checks.read(column, _column, layer, str(fields.get(column) or "")) or "")
    checks.require_valid()
    if layer.is_areas:
        _name_areas(layer)
    layer.version += 1
    layer.save()
    _record("map_layer.changed", layer, by)
    return layer


@audit.atomic()
def delete(*, layer_id: int, version: int, by: User) -> MapLayer:
    """Delete a layer. Raises Conflict, Missing, NotPermitted."""
    layer = _locked(layer_id, version, by, no_key=False)
    _record("map_layer.deleted", layer, by)
    pk = layer.pk
    layer.delete()
    layer.pk = pk
    return layer


def find(layer_id: int, reader: roles.Person) -> MapLayer:
    """Return a layer that this person may see. Raises Missing."""
    layer = MapLayer.objects.select_related("event", "added_by").filter(pk=layer_id).first()
    if layer is None or (layer.event_id and not roles.allows_in(reader, roles.VIEW, layer.event_id)):
        raise Missing(_no_layer())
    return layer


def may_change(person: roles.Person, layer: MapLayer) -> bool:
    """Whether this person may change and delete the layer."""
    return roles.allows_in(person, roles.MANAGE_EVENTS, layer.event_id)


def permitted(by: User, event: Event | None) -> None:
    """Raise NotPermitted unless this person may add layers to the event, or areas if it is None; Missing where they don't see it."""
    if event is not None:
        permitted_in_event(by, event.pk)
    elif not roles.allows_in(by, roles.MANAGE_EVENTS, None):
        raise NotPermitted(_("Only leads and administrators of all events can add and change administrative areas."))


def _no_layer() -> str:
    return _("This layer does not exist. It may have been deleted.")


def _locked(layer_id: int, version: int, by: User, *, no_key: bool) -> MapLayer:
    rows = MapLayer.objects.select_for_update(of=("self",), no_key=no_key).select_related("event")
    layer = rows.filter(pk=layer_id).first()
    if layer is None:
        raise Missing(_no_layer())
    permitted(by, layer.event)
    if layer.version != version:
        raise Conflict(by=_("Someone"), what=_("changed this layer"), at=None, version=layer.version)
    return layer


def _require_room(rows: Any, most: int, event_id: int) -> None:
    """Raise Invalid where there are too many layers. `event_id`: 0 for areas, which belong to no event."""
    locks.one_at_a_time("map layers", event_id)
    if rows.count() >= most:
        raise Invalid(_("There are %(most)d layers already. Delete one first.") % {"most": most})


def _read(layer: MapLayer, name: str, pieces: Iterable[bytes], fields: Mapping[str, Any]) -> list[Shape]:
    """Fill in a new layer from its file and from what a person said of it. Returns its shapes."""
    checks = FieldChecks()
    _describe(layer, fields, checks)
    content = reading.whole(pieces)  # a file that is too large is refused by itself
    found = checks.read("file", _features, content, str(fields.get("part") or "")[:200], checks)
    got = checks.read("file", shapes.checked, found.features, areas=layer.is_areas) if found else None
    checks.require_valid()
    assert found and got  # else a check was refused
    kept, notes = got
    layer.notes = [note[:NOTE_LIMIT] for note in [*found.notes, *notes, *_elsewhere(layer.event, kept)]][:MOST_NOTES]
    layer.file_name = (
        "".join(c for c in PurePosixPath(name.replace("\\", "/")).name if c.isprintable())[-FILE_NAME_LIMIT:] or "file"
    )
    layer.file_size, layer.sha256 = len(content), hashlib.sha256(content).hexdigest()
    layer.features = len(kept)
    layer.west, layer.south, layer.east, layer.north = _bounds(kept)
    layer.drawn = {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "id": one.feature.number, "geometry": simplifying.geojson(simple)}
            for one, simple in zip(kept, simplifying.simplified(kept), strict=True)
        ],
    }
    return kept


def _features(content: bytes, part: str, checks: FieldChecks) -> Reading | None:
    try:
        return reading.read(content, part=part)
    except WrongPart as error:
        checks.refuse("part", str(error))
        return None


def _bounds(kept: list[Shape]) -> tuple[float, float, float, float]:
    boxes = [one.geometry.bounds for one in kept]
    return (
        min(box[0] for box in boxes), min(box[1] for box in boxes),
        max(box[2] for box in boxes), max(box[3] for box in boxes),
    )  # fmt: skip


def _elsewhere(event: Event | None, kept: list[Shape]) -> list[str]:
    """A note where no shape is near the event: often latitude and longitude were exchanged."""
    if event is None or event.bbox is None:
        return []
    west, south, east, north = _bounds(kept)
    left, bottom, right, top = event.bbox
    if west <= right and left <= east and south <= top and bottom <= north:
        return []
    return [_("All shapes lie outside the event's area. Check whether the file exchanges latitude and longitude.")]


def _areas(layer: MapLayer, kept: list[Shape]) -> list[MapArea]:
    from shapely import to_wkb

    layer.columns = columns.all_of((one.feature.properties for one in kept), MOST_COLUMNS)
    guessed = columns.guess(layer.columns)
    for column, value in guessed.items():
        setattr(layer, column, value)
    return [
        MapArea(
            number=one.feature.number, properties=one.feature.properties, shape=to_wkb(one.geometry),
            km=shapes.half_extent_km(one.geometry), **columns.values(one.feature.properties, guessed),
        )
        for one in kept
    ]  # fmt: skip


def _name_areas(layer: MapLayer) -> None:
    chosen = {column: getattr(layer, column) for column in COLUMN_FIELDS}
    rows = list(layer.areas.defer("shape"))
    for row in rows:
        for name, value in columns.values(row.properties, chosen).items():
            setattr(row, name, value)
    MapArea.objects.bulk_update(rows, ["name", "code", "people"], batch_size=AT_ONCE)


def _describe(layer: MapLayer, fields: Mapping[str, Any], checks: FieldChecks) -> None:
    layer.name = checks.read("title", _title, str(fields.get("title") or "")) or layer.name
    layer.source = checks.read("source", _text, str(fields.get("source") or ""), LAYER_SOURCE_LIMIT) or ""
    layer.as_of = checks.read("as_of", _date, str(fields.get("as_of") or ""))
    if not layer.is_areas:
        layer.kind = checks.read("kind", _choice, str(fields.get("kind") or ""), MapLayer.Kind.values) or layer.kind
        layer.colour = (
            checks.read("colour", _choice, str(fields.get("colour") or ""), MapLayer.Colour.values) or layer.colour
        )


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not 0 < len(title) <= LAYER_NAME_LIMIT or not title.isprintable():
        raise Invalid(_("Give the layer a name of 1 to %(most)d characters.") % {"most": LAYER_NAME_LIMIT})
    return title


def _text(text: str, limit: int) -> str:
    text = " ".join(text.split())
    if len(text) > limit or not text.isprintable():
        raise Invalid(_("Enter at most %(most)d characters.") % {"most": limit})
    return text


def _date(text: str) -> date | None:
    text = text.strip()
    if not text:
        return None
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        day = None
    if day is None or not date(1900, 1, 1) <= day:
        raise Invalid(_("Enter a date such as 2026-03-02."))
    if (day - clock.now().date()).days > 1:
        raise Invalid(_("The date of the data can't be in the future."))
    return day


def _choice(text: str, known: list[str]) -> str:
    if text not in known:
        raise Invalid(_("Choose one of the options."))
    return text


def _column(layer: MapLayer, text: str) -> str:
    if text and text not in layer.columns:
        raise Invalid(_("Choose one of the file's columns."))
    return text


def _record(action: str, layer: MapLayer, by: User) -> None:
    audit.record(
        actor=f"user:{by.username}", action=action, object_type="map_layer", object_id=str(layer.pk),
        detail={
            "event": layer.event.ref if layer.event else "", "purpose": layer.purpose, "name": layer.name, "source": layer.source,
            "file": layer.file_name, "sha256": layer.sha256, "features": layer.features, "version": layer.version,
            "columns": {column: getattr(layer, column) for column in COLUMN_FIELDS},
        },
    )  # fmt: skip


def visible(event: Event | None) -> Q:
    """The condition on layers to be offered in an event that the reader may see: its own, and areas that touch it."""
    if event is None:
        return Q(event=None)
    condition = Q(event=None)
    if event.bbox is not None:
        west, south, east, north = event.bbox
        condition &= Q(west__lte=east, east__gte=west, south__lte=north, north__gte=south)
    return condition | Q(event=event)
