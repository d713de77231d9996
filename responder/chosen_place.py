"""A place that a person chose by hand: its fields on a form, and the one check of them, for pages and API alike."""

import math
import unicodedata
from dataclasses import asdict, dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classifier.places import positions, search
from responder.errors import FieldChecks, Invalid
from responder.forms import CheckedField, ProductForm, is_number

NAME_LIMIT = 200
TYPED_LIMIT = 30  # characters of a number
LATITUDE, LONGITUDE = 90.0, 180.0
LEAST_KM, MOST_KM = 0.1, 500.0
NEAR_ENOUGH = 0.01  # degrees between a pin and the place of the gazetteer that it still stands for
DECIMALS = 5  # about a metre
# A person says how exact the place is, because a pin alone looks exact to the metre.
RADII: tuple[tuple[float, Any], ...] = (
    (0.5, gettext_lazy("about 500 m: a street or building")),
    (2.0, gettext_lazy("about 2 km: a village or part of a town")),
    (10.0, gettext_lazy("about 10 km: a town with its surroundings")),
    (40.0, gettext_lazy("about 40 km: a district")),
)
DEFAULT_RADIUS = "2"
FIELDS = ("place_name", "latitude", "longitude", "radius_km", "gazetteer_id")


@dataclass(frozen=True, slots=True)
class ChosenPlace:
    """A place that a person chose; degrees and kilometres.

    Arguments:
        name: without control characters; empty where only a pin was dropped.
        type: of the gazetteer, such as `town`; `coordinates` for a pin.
        country_code: empty where it is unknown.
        gazetteer_id: of the bundled gazetteer, if the place is one of it.
    """

    name: str
    latitude: float
    longitude: float
    radius_km: float
    type: str = positions.TYPE
    country_code: str = ""
    gazetteer_id: int | None = None

    @classmethod
    def parse(
        cls, *, place_name: Any = "", latitude: Any = "", longitude: Any = "", radius_km: Any = "",
        gazetteer_id: Any = "",
    ) -> "ChosenPlace":  # fmt: skip
        """The place of the values as typed or sent; a name alone is none, since nobody could find it on the map.

        Raises InvalidFields, with a message for each wrong field.
        """
        checks = FieldChecks()
        name = checks.read("place_name", parse_name, place_name)
        north = checks.read("latitude", parse_latitude, latitude)
        east = checks.read("longitude", parse_longitude, longitude)
        radius = checks.read("radius_km", parse_radius, radius_km)
        if north is not None and east is not None and not positions.is_possible(north, east):
            checks.refuse(
                "latitude", _("Devices that don't know their position send 0, 0. Enter the coordinates of the place.")
            )
        checks.require_valid()
        entry = _entry(gazetteer_id, north, east)
        if entry is None:
            return cls(name, north, east, radius)
        return cls(name or entry.name, north, east, radius, entry.type, entry.country_code, entry.id)

    @property
    def columns(self) -> dict[str, Any]:
        """The place as plain values, for JSON."""
        return asdict(self)


def parse_name(value: Any) -> str:
    """The name on one line, without control characters and marks of direction. Raises Invalid where it is too long."""
    text = "" if value is None else str(value)
    if len(text) > 4 * NAME_LIMIT:
        raise Invalid(_too_long())
    # A space, so that words stay apart; formats (Cf) would reorder the page's own words or be invisible.
    plain = "".join(" " if unicodedata.category(one)[0] == "C" and one not in "\u200c\u200d" else one for one in text)
    name = unicodedata.normalize("NFC", " ".join(plain.split()))
    if len(name) > NAME_LIMIT:
        raise Invalid(_too_long())
    return name


def parse_latitude(value: Any) -> float:
    """Degrees north. Raises Invalid."""
    degrees = _number(value)
    if not -LATITUDE <= degrees <= LATITUDE:
        raise Invalid(_("Enter a latitude from -90 to 90, such as -19.84."))
    return round(degrees, DECIMALS)


def parse_longitude(value: Any) -> float:
    """Degrees east. Raises Invalid."""
    degrees = _number(value)
    if not -LONGITUDE <= degrees <= LONGITUDE:
        raise Invalid(_("Enter a longitude from -180 to 180, such as 34.84."))
    return round(degrees, DECIMALS)


def parse_radius(value: Any) -> float:
    """How far from the point the place may be, in kilometres. Raises Invalid."""
    radius = _number(value)
    if not LEAST_KM <= radius <= MOST_KM:
        raise Invalid(_("Enter a radius from 0.1 to 500 km."))
    return round(radius, 3)


def _number(value: Any) -> float:
    """The number as typed, with a point or a comma; NaN for anything else."""
    text = "" if value is None or isinstance(value, bool) else str(value).strip().replace(",", ".")
    try:
        return float(text) if len(text) <= TYPED_LIMIT and text.isascii() and "_" not in text else math.nan
    except ValueError:
        return math.nan


def _entry(number: Any, latitude: float, longitude: float) -> search.Found | None:
    """The place of the gazetteer with this id, unless the pin was moved away from it."""
    found = search.find(int(number)) if is_number(number) else None
    if found is None:
        return None
    near = max(abs(found.latitude - latitude), abs(found.longitude - longitude)) <= NEAR_ENOUGH
    return found if near else None


def _too_long() -> str:
    return _("A place can have at most %(most)d characters.") % {"most": NAME_LIMIT}


class PlaceForm(ProductForm):
    """A form with a place; `templates/places/_picker.html` shows its fields with a search and a map.

    Its values are those of `ChosenPlace.parse`.
    """

    place_name = CheckedField(label=gettext_lazy("Name of the place"), max_length=NAME_LIMIT)
    latitude = CheckedField(label=gettext_lazy("Latitude"), widget=forms.TextInput({"inputmode": "decimal"}))
    longitude = CheckedField(label=gettext_lazy("Longitude"), widget=forms.TextInput({"inputmode": "decimal"}))
    radius_km = CheckedField(label=gettext_lazy("How exact"), widget=forms.Select, initial=DEFAULT_RADIUS)
    gazetteer_id = CheckedField(widget=forms.HiddenInput)

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        field: Any = self.fields["radius_km"].widget
        field.choices = radius_choices(self["radius_km"].value())


def radius_choices(current: Any = "") -> list[tuple[str, Any]]:
    """The choices of a radius; the current one is among them, whatever it is."""
    choices: list[tuple[str, Any]] = [
        ("", gettext_lazy("Choose how exact it is")),
        *((f"{km:g}", label) for km, label in RADII),
    ]
    radius = _number(current)
    if LEAST_KM <= radius <= MOST_KM and f"{radius:g}" not in dict(choices):
        choices.append((f"{radius:g}", _("about %(km)s km") % {"km": f"{radius:g}"}))
    return choices


def initial(place: Any) -> dict[str, Any]:
    """The values of the form for a row with a place, such as a post or an incident."""
    if place.latitude is None or place.longitude is None:
        return {"place_name": place.place_name, "radius_km": DEFAULT_RADIUS}
    return {
        "place_name": place.place_name, "latitude": f"{place.latitude:.5f}", "longitude": f"{place.longitude:.5f}",
        "radius_km": f"{place.radius_km or float(DEFAULT_RADIUS):g}",
    }  # fmt: skip


def bbox_text(event: Any) -> str:
    """The event's area as the picker's map reads it: west, south, east, north in degrees; empty where it is unknown."""
    return ",".join(f"{edge:.4f}" for edge in event.bbox) if event is not None and event.bbox else ""
