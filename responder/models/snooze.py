"""Snoozes of the triage queue."""

from django.conf import settings
from django.db import models

from classifier import clock


class Snooze(models.Model):
    """A snoozed text with its copies: until a time, or until it has that many copies."""

    event = models.ForeignKey("responder.Event", models.CASCADE, related_name="snoozes")
    text_key = models.CharField(max_length=32)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="snoozes")
    at = models.DateTimeField(default=clock.now)
    until = models.DateTimeField(db_index=True, help_text="It returns then at the latest")
    wake_at_size = models.PositiveIntegerField(null=True, blank=True, help_text="Copies at which it returns earlier")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "text_key"], name="snooze_once_per_text")]

    def __str__(self) -> str:
        return f"{self.text_key} until {self.until:%H:%M}"
