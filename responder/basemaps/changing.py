"""Changes of base maps: addresses, names, order, removal. Each is audited."""

from django.db import transaction
from django.utils.translation import gettext as _

from classifier import clock, locks
from monitoring import audit
from responder.basemaps import addresses, files
from responder.basemaps.adding import LOCK, next_position, record, require_room
from responder.errors import Conflict, FieldChecks, Invalid, Missing
from responder.models import BaseMap, BaseMapKind, User
from responder.models.base_map import ATTRIBUTION_LIMIT, NAME_LIMIT

LEAST_ZOOM, MOST_ZOOM = 1, 22


@audit.atomic()
def add_address(*, name: str, address: str, attribution: str, max_zoom: int, by: User) -> BaseMap:
    """Add the address of pictures that another server serves. Raises InvalidFields, TooMany."""
    checks = FieldChecks()
    values = {
        "name": checks.read("name", _name, name),
        "address": checks.read("address", addresses.checked, address),
        "attribution": checks.read("attribution", _attribution, attribution, required=True),
        "max_zoom": checks.read("max_zoom", _zoom, max_zoom),
    }
    checks.require_valid()
    require_room()
    base_map = BaseMap.objects.create(kind=BaseMapKind.ADDRESS, position=next_position(), changed_by=by, **values)
    record("base_map.address_added", base_map, by)
    return base_map


@audit.atomic()
def rename(*, map_id: int, version: int, name: str, attribution: str, by: User) -> BaseMap:
    """Change the name and the attribution of a base map. Raises Conflict, InvalidFields, Missing."""
    base_map = _opened(map_id, version)
    checks = FieldChecks()
    given_name = checks.read("name", _name, name)
    given_attribution = checks.read("attribution", _attribution, attribution, required=not base_map.is_file)
    checks.require_valid()
    base_map.name, base_map.attribution = given_name, given_attribution
    _save(base_map, by)
    record("base_map.renamed", base_map, by)
    return base_map


@audit.atomic()
def move(*, map_id: int, version: int, by: User, steps: int) -> None:
    """Move a base map up (-1) or down (1) among all. Raises Conflict, Missing."""
    locks.one_at_a_time(LOCK)
    base_map = _opened(map_id, version)
    rows = list(BaseMap.objects.all())
    at = rows.index(base_map)
    to = max(0, min(len(rows) - 1, at + steps))
    rows.insert(to, rows.pop(at))
    for position, row in enumerate(rows):
        if row.position != position:
            BaseMap.objects.filter(pk=row.pk).update(position=position)
    if to != at:
        base_map.position = to
        _save(base_map, by)
        record("base_map.moved", base_map, by)


@audit.atomic()
def remove(*, map_id: int, version: int, by: User) -> str:
    """Remove a base map with its file, and return its name. Raises Conflict, Missing."""
    base_map = _opened(map_id, version)
    record("base_map.removed", base_map, by)
    base_map.delete()
    if base_map.is_file:
        path = files.path_of(base_map)
        transaction.on_commit(lambda: path.unlink(missing_ok=True))
    return base_map.name


def find(map_id: int) -> BaseMap:
    """A base map by its id. Raises Missing."""
    found = BaseMap.objects.filter(pk=map_id).first()
    if found is None:
        raise Missing(_("This base map does not exist. It may have been removed."))
    return found


def _opened(map_id: int, version: int) -> BaseMap:
    """Lock and return a base map for a change."""
    base_map = BaseMap.objects.select_for_update(no_key=True).filter(pk=map_id).first()
    if base_map is None:
        raise Missing(_("This base map does not exist. It may have been removed."))
    if base_map.version != version:
        raise Conflict(by=_("Someone"), what=_("changed this base map"), at=None, version=base_map.version)
    return base_map


def _save(base_map: BaseMap, by: User) -> None:
    base_map.version += 1
    base_map.changed_by, base_map.changed_at = by, clock.now()
    base_map.save()


def _name(text: str) -> str:
    name = " ".join(text.replace("\x00", "").split())
    if not 0 < len(name) <= NAME_LIMIT or not name.isprintable():
        raise Invalid(_("Give the base map a name of 1 to %(most)d characters.") % {"most": NAME_LIMIT})
    return name


def _attribution(text: str, *, required: bool) -> str:
    attribution = " ".join(text.replace("\x00", "").split())
    if len(attribution) > ATTRIBUTION_LIMIT or not attribution.isprintable():
        raise Invalid(_("Enter at most %(most)d characters.") % {"most": ATTRIBUTION_LIMIT})
    if required and not attribution:
        raise Invalid(_("Say whose map this is, as its licence asks. The map shows it."))
    return attribution


def _zoom(zoom: int) -> int:
    if not LEAST_ZOOM <= zoom <= MOST_ZOOM:
        raise Invalid(_("Enter a zoom from %(least)d to %(most)d.") % {"least": LEAST_ZOOM, "most": MOST_ZOOM})
    return zoom
