"""A disaster, or an exercise, that posts belong to."""

from django.db import models

from classifier import clock
from responder.models.bounded import BoundedFloatField, TextListField
from responder.models.moment import MomentField


class Event(models.Model):
    """An emergency and its rough location. Its countries and area help to resolve ambiguous place names."""

    ref = models.SlugField(max_length=64, unique=True)
    name = models.CharField(max_length=200)
    hazard = models.CharField(max_length=40, blank=True)
    country_codes = TextListField(default=list, blank=True, help_text="ISO 3166-1 alpha-2 codes")
    west = BoundedFloatField(least=-180, most=180, null=True, blank=True)
    south = BoundedFloatField(least=-90, most=90, null=True, blank=True)
    east = BoundedFloatField(least=-180, most=180, null=True, blank=True)
    north = BoundedFloatField(least=-90, most=90, null=True, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC")
    started_at = MomentField(default=clock.now)
    is_exercise = models.BooleanField(default=False)

    class Meta:
        ordering = ["-started_at", "-id"]

    def __str__(self) -> str:
        return self.name

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
