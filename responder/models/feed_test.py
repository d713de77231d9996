"""Tests of feeds."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock


class FeedTest(models.Model):
    """The last test of a feed. The posts that it read are in no table: their masked sample is in the cache for some minutes."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting for a worker")
        RUNNING = "running", _("Connecting")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    class Basis(models.TextChoices):
        NONE = "", _("Unknown")
        SOURCE = "source", _("Counted by the source over the last 7 days")
        RECENT = "recent", _("From the times of the newest posts")
        LISTENING = "listening", _("From the posts of a few seconds")

    OPEN = (State.WAITING, State.RUNNING)

    ref = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    feed = models.OneToOneField("responder.Feed", models.CASCADE, related_name="test")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    asked_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error = models.CharField(max_length=300, blank=True)
    connected = models.BooleanField(default=False)
    messages = models.PositiveIntegerField(default=0, help_text="Messages that the source sent, also those left out")
    posts = models.PositiveIntegerField(default=0, help_text="Posts that would have been stored")
    unreadable = models.PositiveIntegerField(default=0)
    billed = models.PositiveIntegerField(default=0, help_text="Posts that the source bills")
    posts_a_day = models.FloatField(null=True, blank=True, help_text="Estimated; empty: unknown")
    basis = models.CharField(max_length=9, choices=Basis, blank=True, default=Basis.NONE)

    def __str__(self) -> str:
        return f"test of {self.feed_id}"

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED)
