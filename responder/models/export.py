"""A queued export."""

from django.conf import settings
from django.db import models

from classifier import clock
from responder.models.long_job import LongJob


class ExportJob(LongJob):
    """The posts that pass the filter at `asked_at`, written in parts by id; `last_id` is the last one written."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="exports")
    through_api = models.BooleanField(help_text="Asked by a token: its terms are those of the API")
    kind = models.CharField(max_length=8)
    query = models.CharField(max_length=1500, blank=True, help_text="The filter as a query string")
    event = models.ForeignKey("responder.Event", models.CASCADE, null=True, blank=True, related_name="+")
    rows = models.PositiveIntegerField(help_text="Posts that matched the filter when it was requested")

    rows_done = models.PositiveIntegerField(default=0)
    parts = models.PositiveIntegerField(default=0)
    last_id = models.BigIntegerField(default=0, help_text="Of the last post that is written")
    newest_id = models.BigIntegerField(default=0, help_text="Of the newest post when it was asked for")
    asked_at = models.DateTimeField(default=clock.now)

    class Meta(LongJob.Meta):
        indexes = [models.Index(fields=["state", "lease_until"], name="exports_to_wake")]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref} ({self.state})"

    @property
    def progress(self) -> float:
        """The share that is done, 0 to 1."""
        return 1.0 if self.is_done else min(self.rows_done / max(self.rows, 1), 0.99)
