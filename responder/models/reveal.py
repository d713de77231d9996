"""A reveal of a masked post: who, why, until when. Never deleted before its post."""

from django.conf import settings
from django.db import models

from classifier import clock


class Reveal(models.Model):
    post = models.ForeignKey("responder.Post", models.CASCADE, related_name="reveals")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reveals")
    reason = models.CharField(max_length=300)
    at = models.DateTimeField(default=clock.now)
    until = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["by", "at"], name="reveal_by_time")]

    def __str__(self) -> str:
        return f"{self.by_id} saw post {self.post_id}"
