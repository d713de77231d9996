"""An import: an uploaded file of posts, its preview, and what became of its rows."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock
from responder.models.job import NAME_LIMIT
from responder.models.long_job import LongJob

PACKED = (".gz", ".xlsx", ".xls", ".ods")


class ImportState(models.TextChoices):
    """The states of a long job, one before it starts, and one for a job that its owner cancelled."""

    DRAFT = "draft", _("Not started")
    WAITING = "waiting", _("Queued")
    RUNNING = "running", _("Running")
    DONE = "done", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "stopped", _("Cancelled")


class ImportJob(LongJob):
    """An import. The first `rows_read` rows of its file are stored durably, and counted in `report`."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="imports")
    state = models.CharField(max_length=7, choices=ImportState, default=ImportState.DRAFT)
    name = models.CharField(max_length=NAME_LIMIT, help_text="Of the file, in its sender's words")
    size = models.PositiveBigIntegerField(help_text="Bytes")
    lines = models.PositiveBigIntegerField(default=0, help_text="Line breaks; of a spreadsheet they say nothing")
    sha256 = models.CharField(max_length=64)

    source = models.CharField(max_length=64)
    event = models.ForeignKey("responder.Event", models.SET_NULL, null=True, blank=True, related_name="+")
    new_event = models.CharField(max_length=200, blank=True, help_text="Name of the event that starting it creates")
    form = models.CharField(max_length=8, blank=True, help_text="Empty: found out from the file, as the three below")
    encoding = models.CharField(max_length=40, blank=True)
    mapping = models.JSONField(default=dict, blank=True, help_text="Field → column, where a person chose it")
    time_zone = models.CharField(max_length=64, blank=True, help_text="Of times that state none; empty: the event's")
    day_first = models.BooleanField(null=True, help_text="Whether 3/4 is the 3rd of April")

    rows_expected = models.PositiveBigIntegerField(null=True, help_text="As far as the preview could tell")
    rows_read = models.PositiveBigIntegerField(default=0, help_text="Rows of the file")
    line = models.PositiveBigIntegerField(default=0, help_text="Of the last row that was read")
    parts = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=dict, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    started_at = models.DateTimeField(null=True, blank=True)

    class Meta(LongJob.Meta):
        indexes = [models.Index(fields=["state", "lease_until"], name="imports_to_wake")]

    def __str__(self) -> str:
        return f"{self.ref} ({self.state})"

    @property
    def is_draft(self) -> bool:
        return self.state == ImportState.DRAFT

    @property
    def is_over(self) -> bool:
        return self.state in (ImportState.DONE, ImportState.FAILED, ImportState.CANCELLED)

    @property
    def is_spreadsheet(self) -> bool:
        """Whether the file's bytes are packed, so that its line breaks say nothing about its rows."""
        return self.name.lower().endswith(PACKED)

    @property
    def progress(self) -> float:
        """The share that is done, 0 to 1: by lines, or by rows where a file's line breaks say nothing."""
        if self.state == ImportState.DONE:
            return 1.0
        done, all_of_it = (self.rows_read, self.rows_expected) if self.is_spreadsheet else (self.line, self.lines)
        return min(done / all_of_it, 0.99) if all_of_it else 0.0
