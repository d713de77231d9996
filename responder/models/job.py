"""A prediction job: an uploaded file of texts, and its progress."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _

from classifier import clock
from responder.models.long_job import LongJob

NAME_LIMIT, COLUMN_LIMIT = 100, 100  # characters


class PredictionJob(LongJob):
    """A prediction job. `rows_read` rows are stored durably, in one file for each chunk."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="prediction_jobs")
    token = models.ForeignKey("responder.ApiToken", models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=NAME_LIMIT, help_text="Of the file, in its sender's words")
    form = models.CharField(max_length=6)
    text_column = models.CharField(max_length=COLUMN_LIMIT)
    id_column = models.CharField(max_length=COLUMN_LIMIT)
    size = models.PositiveBigIntegerField(help_text="Bytes")
    lines = models.PositiveIntegerField(help_text="About as many as it has rows")
    sha256 = models.CharField(max_length=64)

    rows_read = models.PositiveIntegerField(default=0)
    rows_bad = models.PositiveIntegerField(default=0)
    bad = models.JSONField(default=list, help_text="Line and reason of the first rows that could not be read")
    rows_repaired = models.PositiveIntegerField(default=0)
    repaired = models.JSONField(default=list, help_text="Line and sentence of the first rows that were repaired")
    chunks = models.PositiveIntegerField(default=0)
    model = models.CharField(max_length=120, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Since the last chunk was stored")
    created_at = models.DateTimeField(default=clock.now)

    class Meta(LongJob.Meta):
        indexes = [models.Index(fields=["state", "lease_until"], name="jobs_to_wake")]

    def __str__(self) -> str:
        return f"{self.ref} ({self.state})"

    @property
    def rows_done(self) -> int:
        return self.rows_read - self.rows_bad

    @property
    def progress(self) -> float:
        """The share that is done, 0 to 1, by lines; cells with line breaks may make it jump at the end."""
        return 1.0 if self.is_done else min(self.rows_read / max(self.lines, 1), 0.99)

    @property
    def outcome(self) -> str:
        """Return the display name of the state; for a finished job, whether it had problems."""
        if self.is_done and self.rows_bad:
            return _("Done with problems")
        return self.get_state_display()

    @property
    def repaired_rows(self) -> list[dict[str, Any]]:
        return [{"line": line, "reason": reason} for line, reason in self.repaired]

    @property
    def bad_rows(self) -> list[dict[str, Any]]:
        return [{"line": line, "reason": reason} for line, reason in self.bad]
