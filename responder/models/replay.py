"""Replays of stored posts as a live feed."""

from django.db import models

from classifier import clock


class Replay(models.Model):
    """The newest replay of an event: the exercise, or a file that `responder replay` plays. Its process renews `seen_at`."""

    event = models.OneToOneField("responder.Event", models.CASCADE, related_name="replay")
    began_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(default=clock.now, help_text="When its process last reported")
    ended_at = models.DateTimeField(null=True, blank=True, help_text="When its last post was sent")

    def __str__(self) -> str:
        return f"replay of {self.event_id}"
