"""A disaster, or an exercise, that posts belong to, and the areas of its teams."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classifier import clock
from responder.errors import Closed
from responder.models import hazards, polygons
from responder.models.bounded import BoundedFloatField, TextListField
from responder.models.moment import MomentField
from responder.models.polygons import CORNERS, PolygonField
from responder.models.time_zones import known_time_zone

MOST_COUNTRIES, MOST_LANGUAGES, MOST_KEYWORDS = 50, 50, 50
NAME_LIMIT, KEYWORD_LIMIT, TEAM_NAME_LIMIT = 200, 64, 80


def known_countries(codes: Any) -> None:
    """Raise ValidationError unless these are ISO 3166-1 alpha-2 codes of countries."""
    from django_countries import countries

    _check_list(codes, MOST_COUNTRIES, _("Choose at most %(most)d countries."))
    known = {code for code, _name in countries}
    if unknown := next((code for code in codes if code not in known), None):
        raise ValidationError(_("“%(code)s” is not a country. Use codes such as MZ.") % {"code": unknown[:20]})


def known_languages(codes: Any) -> None:
    """Raise ValidationError unless these are codes of languages that Unicode's list (CLDR) has a name for."""
    from babel import Locale

    _check_list(codes, MOST_LANGUAGES, _("Choose at most %(most)d languages."))
    names = Locale("en").languages
    if unknown := next((code for code in codes if code not in names), None):
        raise ValidationError(_("“%(code)s” is not a language. Use codes such as pt.") % {"code": unknown[:20]})


def short_keywords(words: Any) -> None:
    """Raise ValidationError for too many keywords, or one that is empty or too long."""
    _check_list(words, MOST_KEYWORDS, _("Enter at most %(most)d keywords."))
    if any(not 0 < len(word) <= KEYWORD_LIMIT or not word.isprintable() for word in words):
        raise ValidationError(_("A keyword can have 1 to %(most)d characters.") % {"most": KEYWORD_LIMIT})


def _check_list(values: Any, most: int, message: str) -> None:
    if not isinstance(values, list) or any(not isinstance(value, str) for value in values):
        raise ValidationError(_("Enter a list of texts."))
    if len(values) > most:
        raise ValidationError(message % {"most": most})


class Event(models.Model):
    """An emergency and its rough location. Its countries and area help to resolve ambiguous place names.

    West, south, east and north are the bounds of `area`; events that commands create may have them alone.
    """

    class State(models.TextChoices):
        OPEN = "open", gettext_lazy("Open")
        CLOSED = "closed", gettext_lazy("Closed")
        ARCHIVED = "archived", gettext_lazy("Archived")

    ref = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=NAME_LIMIT, validators=[ProhibitNullCharactersValidator()])
    hazard = models.CharField(max_length=40, blank=True)
    country_codes = TextListField(
        default=list, blank=True, help_text="ISO 3166-1 alpha-2 codes", validators=[known_countries]
    )
    area = PolygonField(
        null=True, blank=True, help_text="GeoJSON polygon. Its bounds are written to west, south, east and north"
    )
    west = BoundedFloatField(least=-180, most=180, null=True, blank=True)
    south = BoundedFloatField(least=-90, most=90, null=True, blank=True)
    east = BoundedFloatField(least=-180, most=180, null=True, blank=True)
    north = BoundedFloatField(least=-90, most=90, null=True, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC", validators=[known_time_zone])
    started_at = MomentField(default=clock.now)
    languages = TextListField(
        default=list, blank=True, help_text="Codes of the languages that posts are expected in",
        validators=[known_languages],
    )  # fmt: skip
    keywords = TextListField(default=list, blank=True, validators=[short_keywords])
    is_exercise = models.BooleanField(default=False)
    # Closed: no posts are accepted. Archived: closed, and not in the event switcher.
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    state_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change by a person")

    class Meta:
        ordering = ["-started_at", "-id"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Check the corners, and keep them and the area in step. Raises ValidationError."""
        if self.area:
            if polygons.is_sound(self.area):  # otherwise the field has refused it
                self.west, self.south, self.east, self.north = polygons.bounds(self.area)
            return
        corners = [getattr(self, name) for name in CORNERS]
        if errors := polygons.corner_errors(corners):
            raise ValidationError(errors)
        if None not in corners:
            self.area = polygons.rectangle(*corners)

    @property
    def bbox(self) -> tuple[float, float, float, float] | None:
        """(west, south, east, north) in degrees, or None where the area is not known."""
        if None in (self.west, self.south, self.east, self.north):
            return None
        return (self.west, self.south, self.east, self.north)  # type: ignore[return-value]

    @property
    def day(self) -> int:
        """Day of the event, counted from 1."""
        return max(1, (clock.now() - self.started_at).days + 1)

    @property
    def hazard_label(self) -> str:
        """The hazard in words."""
        return hazards.label(self.hazard)

    @property
    def is_open(self) -> bool:
        """Whether posts are accepted."""
        return self.state == self.State.OPEN

    def require_open(self) -> None:
        """Raise Closed unless posts are accepted. Judges this object; the row may be newer."""
        if not self.is_open:
            raise Closed(self.name)

    @property
    def outline(self) -> polygons.Polygon | None:
        """The area as a polygon: as it was drawn, or the rectangle of the corners; None where it is not known."""
        if self.area or self.bbox is None:
            return self.area
        return polygons.rectangle(*self.bbox)


class TeamArea(models.Model):
    """A named part of an event's area that a team covers. Areas of teams may overlap."""

    event = models.ForeignKey(Event, models.CASCADE, related_name="team_areas")
    name = models.CharField(max_length=TEAM_NAME_LIMIT, validators=[ProhibitNullCharactersValidator()])
    area = PolygonField()
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change by a person")

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["event", "name"], name="team_area_names_once_an_event")]

    def __str__(self) -> str:
        return self.name
