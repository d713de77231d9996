"""Positions in links of map services (Google, Apple, OpenStreetMap, Waze, Bing, Yandex, plus.codes) and in geo: URIs.

A link's pin counts before what its map shows. Short links that must be followed first (maps.app.goo.gl) hold no position.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote, urlsplit

from classifier.places import plus_codes
from classifier.places.degrees import find_dms
from classifier.places.positions import (
    MAP_LINK,
    Position,
    count_decimals,
    normalize,
    parse_number,
    position_at,
    radius_for,
)

LINK = re.compile(
    r"(?:https?://|(?<![\w.@])(?=(?:www\.|maps?\.)[\w.]{3,60}/))[^\s<>\"]{4,2000}|(?<![\w])geo:[^\s<>\"]{3,300}",
    re.IGNORECASE,
)
CLOSING = ".,;:!?…)]}*_'"  # characters after a link that belong to the sentence
VIEW_KM_AT_ZOOM_0 = 40_000.0  # a quarter of what a screen of 1,000 points shows
MAX_ZOOM = 22.0
VIEW_METERS_PER_RADIUS_KM = 4_000  # Google's "@…,1500m" is the height of the view: a quarter of it, in kilometres
_DEGREES = r"(-?\d{1,3}(?:\.\d{1,15})?)"
_PAIR = re.compile(rf"(?:loc:|geo:)?\s*{_DEGREES}\s*,\s*{_DEGREES}(?![\d.A-Za-z])")
_GOOGLE_PIN = re.compile(rf"!3d{_DEGREES}!4d{_DEGREES}")
_GOOGLE_VIEW = re.compile(rf"@{_DEGREES},{_DEGREES}(?:,(\d{{1,8}}(?:\.\d{{1,15}})?)([zm])|(?![\d.]))")
_GOOGLE_PATH = re.compile(r"/(?:place|search|loc(?:ation)?)/+([^/]{1,200})")
_GOOGLE_ROUTE = re.compile(r"/dir/(.{1,1000}?)/*(?:/@.*|/data=.*)?$")
_OSM_VIEW = re.compile(rf"map=(\d{{1,2}})(?:\.\d{{1,2}})?/{_DEGREES}/{_DEGREES}")
_GEO_OTHER_CRS = re.compile(r";crs=(?!wgs84(?:;|$))", re.IGNORECASE)
_GEO_UNCERTAINTY = re.compile(r"(?:^|[;?&])u=(\d{1,7}(?:\.\d{1,3})?)")  # in metres
_GOOGLE_HOST = re.compile(r"(?:^|\.)google\.[a-z]{2,3}(?:\.[a-z]{2})?$")
_HOSTS: Mapping[str, tuple[str, ...]] = {
    "apple": ("maps.apple.com",),
    "osm": ("openstreetmap.org", "osm.org"),
    "waze": ("waze.com",),
    "plus": ("plus.codes",),
    "bing": ("bing.com",),
    "yandex": ("yandex.com", "yandex.ru", "yandex.com.tr"),
}
_PARAMETERS: Mapping[str, tuple[str, ...]] = {  # the pin first, the view last; not "sll", near which somebody searched
    "google": ("q", "query", "destination", "daddr", "ll", "center", "viewpoint"),
    "apple": ("coordinate", "ll", "q", "daddr", "address", "center"),
    "waze": ("ll", "to", "latlng"),
    "osm": ("query",),
    "bing": ("cp",),
    "yandex": ("pt", "ll"),
}


class _Pin(NamedTuple):
    """Where a link leads to; degrees and kilometres."""

    latitude: float
    longitude: float
    radius_km: float


def find_map_links(text: str) -> Iterator[Position]:
    """The positions of the map links in a text, in its order.

    Arguments:
        text: as `positions.normalize` returns it.
    """
    for match in LINK.finditer(text):
        link = match.group().rstrip(CLOSING)
        try:
            pin = _pin_of_geo_uri(link) if link[:4].lower() == "geo:" else _pin_of_link(link)
        except ValueError:  # urlsplit and parse_qsl: not an address after all
            continue
        found = pin and position_at((match.start(), match.start() + len(link)), *pin, MAP_LINK)
        if found:
            yield found


def link_position(link: str) -> Position | None:
    """The position that a link of a map service leads to, if it states one.

    Arguments:
        link: an address; anything else gives None.
    """
    return next(find_map_links(normalize(link)), None)


def _pin_of_geo_uri(link: str) -> _Pin | None:
    """The pin of a geo: URI (RFC 5870) on WGS 84; Android's `q` counts before the head."""
    head, _, query = link[4:].partition("?")
    if _GEO_OTHER_CRS.search(head):
        return None
    pair = _PAIR.match(head)
    pin = _pin_of_parameter(dict(parse_qsl(query)).get("q", ""), "geo")
    if not pin and pair:
        pin = _pin_of_pair(pair[1], pair[2])
    uncertainty = _GEO_UNCERTAINTY.search(head)
    return _at_least(pin, float(uncertainty[1]) / 1000) if pin and uncertainty else pin


def _pin_of_link(link: str) -> _Pin | None:
    """The pin of a map service's link, else the middle of what it shows."""
    parts = urlsplit(link if "://" in link else f"https://{link}")
    path = unquote(parts.path)
    service = _service((parts.hostname or "").lower(), path)
    if not service:
        return None
    values = {name.lower(): value for name, value in parse_qsl(parts.query, max_num_fields=100)}
    if service == "plus":
        return _pin_of_position(plus_codes.position_of(path.strip("/").upper()))
    if service == "osm":
        return _pin_of_osm(values, parts.fragment)
    if service == "google":
        return _pin_of_google(unquote(link), path, values)
    return _pin_of_parameters(values, service)


def _service(host: str, path: str) -> str:
    """Which map service a link belongs to; empty for any other page."""
    if _GOOGLE_HOST.search(host) and (host.startswith("maps.") or path.startswith("/maps")):
        return "google"
    for name, hosts in _HOSTS.items():
        if any(host == one or host.endswith(f".{one}") for one in hosts):
            return name
    return ""


def _pin_of_google(link: str, path: str, values: Mapping[str, str]) -> _Pin | None:
    """The pin in the link's data or path, else in its parameters, else the middle of its view."""
    pins = _GOOGLE_PIN.findall(link)
    if pins:
        return _pin_of_pair(*pins[-1])
    if route := _GOOGLE_ROUTE.search(path):
        return _pin_of_parameter(route[1].rpartition("/")[2].replace("+", " "), "google")
    in_path = _GOOGLE_PATH.search(path)
    pin = _pin_of_parameter(in_path[1].replace("+", " "), "google") if in_path else None
    view = _GOOGLE_VIEW.search(link)
    return pin or _pin_of_parameters(values, "google") or (_pin_of_google_view(view) if view else None)


def _pin_of_google_view(view: re.Match[str]) -> _Pin:
    pin, size = _pin_of_pair(view[1], view[2]), view[3]
    if not size:
        return pin
    return _at_least(pin, _view_km(float(size)) if view[4] == "z" else float(size) / VIEW_METERS_PER_RADIUS_KM)


def _pin_of_osm(values: Mapping[str, str], fragment: str) -> _Pin | None:
    pair = _PAIR.match(f"{values.get('mlat', '')},{values.get('mlon', '')}") or _PAIR.match(values.get("query", ""))
    if pair:
        return _pin_of_pair(pair[1], pair[2])
    view = _OSM_VIEW.search(fragment)
    return _at_least(_pin_of_pair(view[2], view[3]), _view_km(float(view[1]))) if view else None


def _pin_of_parameters(values: Mapping[str, str], service: str) -> _Pin | None:
    """The pin of the first parameter that holds one, in the service's own order."""
    pins = (_pin_of_parameter(values[name], service) for name in _PARAMETERS[service] if name in values)
    return next(filter(None, pins), None)


def _pin_of_parameter(value: str, service: str) -> _Pin | None:
    pair = _PAIR.match(value.replace("~", ",") if service in ("bing", "yandex") else value)
    if service == "yandex":  # longitude first
        return _pin_of_pair(pair[2], pair[1]) if pair else None
    if pair:
        has_decimals = "." in pair[1] or "." in pair[2]  # "12,14 Rue Hugo" is an address
        return _pin_of_pair(pair[1], pair[2]) if has_decimals else None
    value = normalize(value)
    return _pin_of_position(next(find_dms(value), None) or next(plus_codes.find_plus_codes(value), None))


def _pin_of_pair(latitude: str, longitude: str) -> _Pin:
    decimals = max(count_decimals(latitude), count_decimals(longitude))
    return _Pin(parse_number(latitude), parse_number(longitude), radius_for(decimals))


def _pin_of_position(found: Position | None) -> _Pin | None:
    return _Pin(found.latitude, found.longitude, found.radius_km) if found else None


def _at_least(pin: _Pin, radius_km: float) -> _Pin:
    return pin._replace(radius_km=max(pin.radius_km, radius_km))


def _view_km(zoom: float) -> float:
    return round(VIEW_KM_AT_ZOOM_0 / 2.0 ** min(zoom, MAX_ZOOM), 3)
