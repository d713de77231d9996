"""The forms of events and of team areas. The verbs judge what they send."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django import forms
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from responder.events import reading
from responder.events.references import REF_LIMIT
from responder.forms import Checkboxes, CheckedField, ProductForm, VersionField
from responder.models import Event, TeamArea, polygons
from responder.models.event import NAME_LIMIT, TEAM_NAME_LIMIT
from responder.models.hazards import HAZARDS, label
from responder.models.polygons import CORNERS
from responder.models.time_zones import names

MOST_CODES, CODE_LIMIT = 700, 12  # of what one field may send
CODE_LETTERS = 3  # longer codes of CLDR name a country or a script, too
NO_LANGUAGES = {"mis", "mul", "root", "und", "zxx"}


class CodesField(forms.MultipleChoiceField):
    """Codes that are chosen from a long list; the verb judges them. Chosen ones stand first."""

    widget = Checkboxes

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, **more)

    def clean(self, value: Any) -> list[str]:
        """The codes that were sent, each cut to CODE_LIMIT characters."""
        return [str(code)[:CODE_LIMIT] for code in list(value or [])[:MOST_CODES]]


class AreaForm(ProductForm):
    """An area: drawn on the map, or as four numbers, or as GeoJSON."""

    west = CheckedField(label=gettext_lazy("West"))
    south = CheckedField(label=gettext_lazy("South"))
    east = CheckedField(label=gettext_lazy("East"))
    north = CheckedField(label=gettext_lazy("North"))
    area = CheckedField(
        label=gettext_lazy("GeoJSON polygon"), widget=forms.Textarea({"rows": 4, "spellcheck": "false"}),
        help_text=gettext_lazy("Drawing on the map fills this in. You can also paste an outline from another program."),
    )  # fmt: skip

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        for name in CORNERS:
            self.fields[name].widget.attrs |= {"inputmode": "text", "autocomplete": "off", "size": "10"}

    @property
    def corner_fields(self) -> list[Any]:
        """West, south, east and north."""
        return [self[name] for name in CORNERS]


class EventForm(AreaForm):
    """What people say about an event. A new one also has a reference, a stored one a version.

    Arguments:
        event: which is changed; None for a new one.
    """

    version = VersionField()
    name = CheckedField(
        label=gettext_lazy("Name"), required=True, min_length=reading.NAME_MINIMUM, max_length=NAME_LIMIT
    )
    ref = CheckedField(
        label=gettext_lazy("Reference"), max_length=REF_LIMIT,
        help_text=gettext_lazy("It appears in links and file names, such as cyclone-idai. It can't be changed later. Leave it empty to make it from the name."),
    )  # fmt: skip
    hazard = CheckedField(label=gettext_lazy("Hazard"), widget=forms.Select)
    countries = CodesField(label=gettext_lazy("Countries"))
    time_zone = CheckedField(label=gettext_lazy("Time zone"), widget=forms.Select)
    started_at = CheckedField(
        label=gettext_lazy("Start"), widget=forms.DateTimeInput({"type": "datetime-local"}),
        help_text=gettext_lazy("In the event's time zone. If you leave it empty, the event starts now."),
    )  # fmt: skip
    languages = CodesField(label=gettext_lazy("Languages expected"))
    keywords = CheckedField(
        label=gettext_lazy("Keywords"), widget=forms.Textarea({"rows": 4}),
        help_text=gettext_lazy("One per line, such as names of places or hashtags that people use."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, event: Event | None = None, **more: Any) -> None:
        super().__init__(data, initial=initial(event) if event else {}, **more)
        del self.fields["ref" if event else "version"]
        hazards: Any = self.fields["hazard"].widget
        hazards.choices = [("", _("not stated")), *HAZARDS.items(), *_former(event)]
        zones: Any = self.fields["time_zone"].widget
        zones.choices = [("", _("Suggest it from the countries and the area")), *((one, one) for one in names())]
        for name, options in (("countries", country_names()), ("languages", language_names())):
            field: Any = self.fields[name]
            field.choices = _chosen_first(options, self[name].value() or [])


class TeamAreaForm(AreaForm):
    """The name and the area of a team.

    Arguments:
        team_area: which is changed; None for a new one.
    """

    version = VersionField()
    name = CheckedField(label=gettext_lazy("Name"), required=True, max_length=TEAM_NAME_LIMIT)

    def __init__(self, data: Any = None, *, team_area: TeamArea | None = None, **more: Any) -> None:
        shown = {"name": team_area.name, "version": str(team_area.version)} | _area(team_area.area) if team_area else {}
        super().__init__(data, initial=shown, **more)
        if team_area is None:
            del self.fields["version"]


class StateForm(ProductForm):
    """The version of the event that is closed, archived or reopened."""

    version = VersionField()


def initial(event: Event) -> dict[str, Any]:
    """An event as its form shows it."""
    return {
        "version": str(event.version), "name": event.name, "hazard": event.hazard, "countries": event.country_codes,
        "time_zone": event.time_zone, "started_at": reading.local_text(event.started_at, event.time_zone),
        "languages": event.languages, "keywords": "\n".join(event.keywords), **_area(event.outline),
    }  # fmt: skip


def country_names() -> tuple[tuple[str, str], ...]:
    """(code, name) of every country, by name in the reader's language."""
    return _countries_in(get_language() or "en")


@cache
def _countries_in(language: str) -> tuple[tuple[str, str], ...]:
    from babel import Locale
    from django_countries import countries

    if language == "en":
        return tuple((str(code), str(name)) for code, name in countries)
    territories = Locale.parse(language, sep="-").territories
    names = [(str(code), str(territories.get(code, name))) for code, name in countries]
    return tuple(sorted(names, key=lambda pair: pair[1].casefold()))


def language_names() -> tuple[tuple[str, str], ...]:
    """(code, name) of every language, by name in the reader's language."""
    return _languages_in(get_language() or "en")


@cache
def _languages_in(language: str) -> tuple[tuple[str, str], ...]:
    from babel import Locale

    found = Locale.parse(language, sep="-").languages.items()
    chosen = ((code, name) for code, name in found if len(code) <= CODE_LETTERS and code not in NO_LANGUAGES)
    return tuple(sorted(chosen, key=lambda one: one[1]))


def _area(area: polygons.Polygon | None) -> dict[str, str]:
    if area is None:
        return {}
    corners = zip(CORNERS, polygons.bounds(area), strict=True)
    return {name: polygons.number(value) for name, value in corners} | {"area": polygons.text(area)}


def _former(event: Event | None) -> list[tuple[str, str]]:
    """The hazard of an event of an earlier version, which is not on the list."""
    return [(event.hazard, label(event.hazard))] if event and event.hazard and event.hazard not in HAZARDS else []


def _chosen_first(options: Iterable[tuple[str, str]], chosen: Iterable[str]) -> list[tuple[str, str]]:
    chosen = set(chosen)
    return sorted(options, key=lambda option: option[0] not in chosen)
