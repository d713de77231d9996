"""Layers of the map that people bring as files: areas in which posts are counted, and shapes of one event."""

from django.conf import settings
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock
from responder.models.bounded import MOST_KM, BoundedFloatField, TextListField

LAYER_NAME_LIMIT, LAYER_SOURCE_LIMIT, COLUMN_LIMIT, AREA_NAME_LIMIT, AREA_CODE_LIMIT = 80, 200, 80, 120, 40
FILE_NAME_LIMIT = 160


class MapLayer(models.Model):
    """A layer that was read from a file. `version` grows with every change by a person.

    Areas belong to the organisation and are offered in every event whose area they touch. Shapes belong to one event.
    """

    class Purpose(models.TextChoices):
        AREAS = "areas", _("Administrative areas")
        SHAPES = "shapes", _("Shapes of an event")

    class Kind(models.TextChoices):
        FLOOD = "flood", _("Flood extent")
        DAMAGE = "damage", _("Damaged area")
        DANGER = "danger", _("Dangerous area")
        SHELTER = "shelter", _("Shelter")
        HOSPITAL = "hospital", _("Hospital or clinic")
        WATER = "water", _("Water point")
        DISTRIBUTION = "distribution", _("Distribution point")
        ROAD_CLOSED = "road-closed", _("Closed road")
        ROUTE = "route", _("Route or track")
        OTHER = "other", _("Other")

    class Colour(models.TextChoices):
        """The colours of `tokens.css` that no category of the shipped schema has."""

        TEAL = "teal", _("Teal")
        PLUM = "plum", _("Plum")
        BRICK = "brick", _("Brick")
        SLATE = "slate", _("Slate")
        OLIVE = "olive", _("Olive")
        ROYAL = "royal", _("Dark blue")

    event = models.ForeignKey("responder.Event", models.CASCADE, null=True, blank=True, related_name="map_layers")
    purpose = models.CharField(max_length=6, choices=Purpose)
    name = models.CharField(max_length=LAYER_NAME_LIMIT, validators=[ProhibitNullCharactersValidator()])
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.OTHER)
    colour = models.CharField(max_length=5, choices=Colour, default=Colour.TEAL)
    as_of = models.DateField(null=True, blank=True, help_text="The date of the data, as the person stated it")
    source = models.CharField(max_length=LAYER_SOURCE_LIMIT, blank=True, help_text="Who made it, and its licence")

    file_name = models.CharField(max_length=FILE_NAME_LIMIT)
    file_size = models.PositiveBigIntegerField(help_text="Bytes")
    sha256 = models.CharField(max_length=64)
    columns = TextListField(default=list, blank=True, help_text="Of the areas' properties")
    name_column = models.CharField(max_length=COLUMN_LIMIT, blank=True)
    code_column = models.CharField(max_length=COLUMN_LIMIT, blank=True)
    people_column = models.CharField(
        max_length=COLUMN_LIMIT, blank=True, help_text="Empty: how many live there is not known"
    )
    notes = TextListField(default=list, blank=True, help_text="What was repaired or left out when the file was read")
    features = models.PositiveIntegerField(default=0)
    drawn = models.JSONField(default=dict, help_text="The simplified shapes as GeoJSON, as the map draws them")
    west = BoundedFloatField(least=-180, most=180)
    south = BoundedFloatField(least=-90, most=90)
    east = BoundedFloatField(least=-180, most=180)
    north = BoundedFloatField(least=-90, most=90)

    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    added_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change by a person")

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(purpose="areas", event=None) | models.Q(purpose="shapes", event__isnull=False),
                name="map_layer_areas_of_no_event",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_areas(self) -> bool:
        return self.purpose == self.Purpose.AREAS


class MapArea(models.Model):
    """One area of a layer, with the outline in which posts are counted."""

    layer = models.ForeignKey(MapLayer, models.CASCADE, related_name="areas")
    number = models.PositiveIntegerField(help_text="Its place in the file, from 1")
    name = models.CharField(max_length=AREA_NAME_LIMIT, blank=True)
    code = models.CharField(max_length=AREA_CODE_LIMIT, blank=True, help_text="Such as a P-code")
    people = models.PositiveBigIntegerField(null=True, blank=True, help_text="Who live there; empty where not known")
    properties = models.JSONField(default=dict, blank=True)
    shape = models.BinaryField(help_text="WKB, longitude and latitude in degrees")
    km = BoundedFloatField(least=0, most=MOST_KM, default=0, help_text="Half of its largest extent")

    class Meta:
        ordering = ["layer", "number"]
        constraints = [models.UniqueConstraint(fields=["layer", "number"], name="map_area_once")]

    def __str__(self) -> str:
        return self.name or f"area {self.number} of layer {self.layer_id}"
