"""The organisation that runs this installation, and the one-time links to its first run."""

from django.conf import settings
from django.db import models

from classifier import clock

NAME_LIMIT = 120


class Installation(models.Model):
    """The settings of the organisation that runs this installation; one row.

    It differs from `Organisation`, which is a partner that holds API tokens.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField("name of the organisation", max_length=NAME_LIMIT, blank=True, default="")
    language = models.CharField(
        max_length=12, blank=True, default="", help_text="Language of the pages; empty: English"
    )
    time_zone = models.CharField(max_length=64, default="UTC", help_text="Proposed for new events and new people")
    finished_at = models.DateTimeField(null=True, blank=True, help_text="When an administrator finished the first run")
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change by a person")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_installation")]

    def __str__(self) -> str:
        return self.name or "unnamed organisation"


class FirstRunLink(models.Model):
    """A link that lets whoever started the product create its first administrator. Only a hash of it is stored."""

    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    used_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"first-run link of {self.created_at:%Y-%m-%d %H:%M}"
