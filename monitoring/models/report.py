"""Monitoring's reports and alerts. They name model versions without foreign keys: monitoring stands on its own."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DriftReport(models.Model):
    """One comparison of a window of posts with earlier posts."""

    class Verdict(models.TextChoices):
        STEADY = "steady", _("Steady")
        NEW_EVENT = "new event", _("New event")
        DECAY = "decay", _("Decay")
        TOO_FEW = "too few to say", _("Not enough data")

    class Kind(models.TextChoices):
        LIGHT = "light", _("Daily")
        FULL = "full", _("Weekly")

    kind = models.CharField(max_length=5, choices=Kind)
    at = models.DateTimeField()
    window_from = models.DateTimeField()
    window_to = models.DateTimeField()
    reference_from = models.DateTimeField()
    n_window = models.PositiveIntegerField()
    n_reference = models.PositiveIntegerField()
    model = models.CharField(max_length=150, help_text="Name and version")
    model_sha256 = models.CharField(max_length=64, blank=True)
    seed = models.PositiveIntegerField(default=0)
    signals = models.JSONField(default=list, help_text="Each: value, threshold, null's 99th percentile, why suppressed")
    facts = models.JSONField(default=dict)
    verdict = models.CharField(max_length=14, choices=Verdict)
    summary = models.TextField(help_text="For people")
    action = models.CharField(max_length=200, help_text="What was done about it")

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["kind", "window_to"], name="drift_report_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.window_to:%Y-%m-%d}: {self.verdict}"


class AccuracyWindow(models.Model):
    """The model's accuracy in a window, estimated or measured on labels. A point always has an interval."""

    class Kind(models.TextChoices):
        ESTIMATED = "estimated", _("Estimated without labels")
        AUDITED = "audited", _("Audited")
        FEEDBACK = "feedback", _("From triage, not random")

    kind = models.CharField(max_length=9, choices=Kind)
    metric = models.CharField(max_length=40)
    label = models.CharField(max_length=48, blank=True, help_text="The class; empty: all")
    window_from = models.DateTimeField()
    window_to = models.DateTimeField()
    n = models.PositiveIntegerField()
    point = models.FloatField(null=True, blank=True, help_text="Empty if there is not enough data")
    low = models.FloatField(null=True, blank=True)
    high = models.FloatField(null=True, blank=True)
    baseline = models.FloatField(null=True, blank=True)
    method = models.CharField(max_length=200)
    model = models.CharField(max_length=150)
    label_lag_hours = models.FloatField(null=True, blank=True, help_text="Median from post to label")
    alarm = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "metric", "label", "window_to"], name="accuracy_window_once")
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.metric} {self.window_to:%Y-%m-%d}"


class Alert(models.Model):
    """A problem that a person should check. One open row per key: further occurrences are only counted."""

    class Level(models.TextChoices):
        WARNING = "warning", _("Warning")
        CRITICAL = "critical", _("Critical")

    key = models.CharField(max_length=120, help_text="What it is about: the same key is the same alert")
    level = models.CharField(max_length=8, choices=Level)
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    path = models.CharField(max_length=200, blank=True, help_text="Page that shows more")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    times = models.PositiveIntegerField(default=1)
    sent_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True, help_text="Error of the last attempt to send")
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=models.Q(resolved_at=None), name="one_open_alert_per_key")
        ]

    def __str__(self) -> str:
        return f"{self.key} ({self.level})"
