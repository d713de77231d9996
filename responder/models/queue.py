"""What the triage queue remembers besides decisions: who has a post open, and what was put off."""

from datetime import timedelta

from django.conf import settings
from django.db import models

from classifier import clock


class Claim(models.Model):
    """Somebody has the post open: told to others until the lease ends, never a lock."""

    LEASE = timedelta(seconds=90)

    post = models.OneToOneField("responder.Post", models.CASCADE, related_name="claim")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="claims")
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"post {self.post_id}: {self.user_id} until {self.until:%H:%M:%S}"


class Snooze(models.Model):
    """A text put off, with all its copies: until a moment, or until it has so many copies. It ends by itself."""

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
