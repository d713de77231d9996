"""An organisation's label schemas: how it names, colours and divides the categories, version by version."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models

from classifier import clock

NAME_LIMIT = 80


class LabelSchema(models.Model):
    """A label schema. At most one is active; without any, the shipped categories are shown."""

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=NAME_LIMIT, unique=True)
    categories: Any = models.JSONField(default=list, help_text="As in its file: key, name, maps_to and so on")
    is_active = models.BooleanField(default=False, help_text="Whether pages, files and the API show it")
    created_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: the system"
    )
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change")

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_active"], condition=models.Q(is_active=True), name="label_schema_one_active"
            )
        ]

    def __str__(self) -> str:
        return self.name


class LabelSchemaVersion(models.Model):
    """What a schema was at one time. Append-only: undo stores an earlier state as a new version."""

    schema = models.ForeignKey(LabelSchema, models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=NAME_LIMIT)
    categories: Any = models.JSONField(default=list)
    what = models.CharField(max_length=200, help_text="What was changed, in a few words")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-version"]
        constraints = [models.UniqueConstraint(fields=["schema", "version"], name="label_schema_version_once")]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"
