"""Base maps: files of vector tiles that this installation serves, and addresses of pictures that others serve."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock

NAME_LIMIT = 80
FILE_LIMIT = 200
ATTRIBUTION_LIMIT = 300
ADDRESS_LIMIT = 500


class BaseMapKind(models.TextChoices):
    """Where the tiles of a base map come from."""

    FILE = "file", _("File")
    ADDRESS = "address", _("Address")


class BaseMap(models.Model):
    """A base map. Files are drawn together, the first one on top; of addresses, people choose one."""

    ref = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False, help_text="In addresses of tiles; new with each content"
    )
    kind = models.CharField(max_length=7, choices=BaseMapKind)
    name = models.CharField(max_length=NAME_LIMIT)
    attribution = models.CharField(max_length=ATTRIBUTION_LIMIT, blank=True)
    position = models.PositiveIntegerField(default=0, help_text="Lower ones come first")
    min_zoom = models.PositiveSmallIntegerField(default=0)
    max_zoom = models.PositiveSmallIntegerField(default=18)

    file = models.CharField(max_length=FILE_LIMIT, blank=True, help_text="Its name in the folder of base maps")
    stamp = models.CharField(max_length=64, blank=True, help_text="Size and time of change of the file that was read")
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes")
    west = models.FloatField(default=-180)
    south = models.FloatField(default=-90)
    east = models.FloatField(default=180)
    north = models.FloatField(default=90)

    address = models.CharField(max_length=ADDRESS_LIMIT, blank=True, help_text="With {z}, {x} and {y}")

    version = models.PositiveIntegerField(default=1)
    added_at = models.DateTimeField(default=clock.now)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["file"], condition=~models.Q(file=""), name="base_map_file_once"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_file(self) -> bool:
        return self.kind == BaseMapKind.FILE
