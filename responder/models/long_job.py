"""The base of long-running jobs: their progress, and the process that holds their lease."""

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock


class LongJob(models.Model):
    """A job done in parts; `responder.queueing.long_jobs` claims, renews and wakes it."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Queued")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    OPEN = (State.WAITING, State.RUNNING)

    ref = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    error = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Since the last part was stored")
    lease_owner = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    woken_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        abstract = True
        ordering = ["-id"]

    @property
    def is_done(self) -> bool:
        return self.state == self.State.DONE

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED)
