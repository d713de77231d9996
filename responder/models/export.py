"""A file of posts that somebody asked for and that is too long to wait for."""

import uuid

from django.conf import settings
from django.db import models

from classifier import clock


class ExportJob(models.Model):
    """What passes the filter at `asked_at`, in the order of ids, by the part; `last_id` says up to where."""

    class State(models.TextChoices):
        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    ref = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="exports")
    through_api = models.BooleanField(help_text="Asked by a token: its terms are those of the API")
    kind = models.CharField(max_length=8)
    query = models.CharField(max_length=1500, blank=True, help_text="The filter, as the address writes it")
    event = models.ForeignKey("responder.Event", models.CASCADE, null=True, blank=True, related_name="+")
    rows = models.PositiveIntegerField(help_text="Posts that passed when it was asked for")

    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    rows_done = models.PositiveIntegerField(default=0)
    parts = models.PositiveIntegerField(default=0)
    last_id = models.BigIntegerField(default=0, help_text="Of the last post that is written")
    newest_id = models.BigIntegerField(default=0, help_text="Of the newest post when it was asked for")
    error = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Since the last part was stored")
    lease_owner = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    woken_at = models.DateTimeField(default=clock.now)
    asked_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "lease_until"], name="exports_to_wake")]

    def __str__(self) -> str:
        return f"{self.kind} {self.query} ({self.state})"

    @property
    def is_done(self) -> bool:
        return self.state == self.State.DONE

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.DONE, self.State.FAILED)

    @property
    def progress(self) -> float:
        """0 to 1."""
        return 1.0 if self.is_done else min(self.rows_done / max(self.rows, 1), 0.99)
