"""The state of the Azure integration."""

from django.db import models

from classifier import clock


class AzureState(models.Model):
    """One row: the time of the last check, since when Azure is unavailable, and what is waiting for it."""

    checked_at = models.DateTimeField(default=clock.now)
    away_since = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    waiting = models.JSONField(default=list, help_text="Versions that are not in the registry yet")
    colours = models.JSONField(default=list, help_text="Deployments of the endpoint, with version and traffic")

    def __str__(self) -> str:
        return f"away since {self.away_since:%Y-%m-%d %H:%M}" if self.away_since else "reachable"
