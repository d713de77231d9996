"""The base maps that a page's map may draw, and where their tiles are."""

import hashlib
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from responder import demo
from responder.basemaps import addresses, files
from responder.basemaps.archive import Archive, BrokenArchive, stamp
from responder.models import BaseMap, BaseMapKind, Event

TOWN_FILE = Path(demo.__file__).with_name("town.pmtiles")
TOWN = "exercise-"  # begins the reference of the exercise's town, which is no row
PLACES = "/{z}/{x}/{y}.mvt"


@dataclass(frozen=True, slots=True)
class TileSource:
    """A base map as scripts read it. `bounds` are west, south, east and north, in degrees."""

    key: str
    name: str
    kind: str
    url: str
    attribution: str
    min_zoom: int
    max_zoom: int
    bounds: tuple[float, float, float, float]


def shown(event: Event | None) -> list[dict[str, Any]]:
    """The base maps for an event's map, the first on top; empty if there are none.

    The invented town of the exercise is shown in exercises alone, and only where no real file covers it: nobody may take
    its streets for real ones.
    """
    rows = [row for row in BaseMap.objects.all() if not row.is_file or files.state(row) == "ready"]
    found = [_source(row) for row in rows]
    town = _town() if event is not None and event.is_exercise else None
    if town and not any(_covers(source, town) for source in found if source.kind == "file"):
        found.append(town)
    return [asdict(source) for source in found]


def files_for(event: Event | None) -> list[dict[str, Any]]:
    """The base maps of `shown` that this installation serves itself, for pages whose policy names no other server."""
    return [source for source in shown(event) if source["kind"] == BaseMapKind.FILE]


def picture_origins(sources: list[dict[str, Any]]) -> list[str]:
    """The servers of other people's pictures among these base maps, for the page's CSP."""
    return sorted({addresses.origin(source["url"]) for source in sources if source["kind"] == "address"})


def archive_of(ref: str) -> Archive | None:
    """The opened file behind a reference, or None. Raises BrokenArchive, OSError."""
    if ref == town_ref():
        return files.open_archive(TOWN_FILE, stamp(TOWN_FILE.stat()))
    try:
        row = BaseMap.objects.filter(ref=UUID(ref)).exclude(file="").first()
    except ValueError:
        return None
    return files.open_archive(files.path_of(row), row.stamp) if row else None


@cache
def town_ref() -> str:
    """The reference of the exercise's town, another one with each content; empty if it is not there."""
    return TOWN + hashlib.sha256(TOWN_FILE.read_bytes()).hexdigest()[:12] if TOWN_FILE.exists() else ""


def _source(row: BaseMap) -> TileSource:
    url = _url(str(row.ref)) if row.is_file else row.address
    bounds = (row.west, row.south, row.east, row.north)
    return TileSource(
        str(row.ref), row.name, row.kind, url, row.attribution, row.min_zoom, row.max_zoom, bounds
    )  # fmt: skip


def _town() -> TileSource | None:
    try:
        archive = archive_of(town_ref()) if town_ref() else None
    except (BrokenArchive, OSError):
        archive = None
    if archive is None:
        return None
    header = archive.header
    return TileSource(
        town_ref(), _("Exercise: invented streets"), "file", _url(town_ref()), _("EXERCISE – invented streets"),
        header.min_zoom, header.max_zoom, (header.west, header.south, header.east, header.north),
    )  # fmt: skip


def _url(ref: str) -> str:
    return reverse("basemap-file", args=[ref]).removesuffix(".pmtiles") + PLACES


def _covers(source: TileSource, town: TileSource) -> bool:
    west, south, east, north = town.bounds
    longitude, latitude = (west + east) / 2, (south + north) / 2
    return source.bounds[0] < longitude < source.bounds[2] and source.bounds[1] < latitude < source.bounds[3]
