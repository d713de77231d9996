"""Training runs, their data and their logs."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock
from classifier.models.version import ModelVersion


class Snapshot(models.Model):
    """Frozen training data: hashes of files, ids of labels. Texts are not copied, so that erasure reaches them."""

    hash = models.CharField(max_length=64, unique=True, help_text="SHA-256 over files, label ids and the split rule")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    created_at = models.DateTimeField(default=clock.now)
    label_cutoff = models.DateTimeField(help_text="Labels after this moment belong to the next snapshot")
    files = models.JSONField(default=dict, help_text="Imported file → SHA-256 and bytes")
    labels = models.JSONField(default=list, help_text="Ids of the site's labels")
    places = models.JSONField(default=list, help_text="Ids of the site's labels of places")
    counts = models.JSONField(default=dict, help_text="Texts by task, class, event, source and terms")
    gates = models.JSONField(default=list, help_text="Data gates: value, threshold, passed")
    datasheet = models.TextField(blank=True, help_text="Markdown")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"Snapshot {self.hash[:12]}"


class TrainingRun(models.Model):
    """One training run, from the label freeze to the approval request. Its key is unique: no week is trained twice."""

    class Trigger(models.TextChoices):
        WEEKLY = "weekly", _("Weekly")
        MANUAL = "manual", _("Manual")
        EARLY = "early", _("Early")

    class Place(models.TextChoices):
        LOCAL = "local", _("This machine")
        AZURE = "azure", _("Azure ML")

    class State(models.TextChoices):
        FROZEN = "frozen", _("Labels frozen")
        READY = "ready", _("Snapshot taken")
        TRAINING = "training", _("Training")
        EVALUATING = "evaluating", _("Evaluating")
        REQUESTED = "requested", _("Approval requested")
        REFUSED = "refused", _("Rejected by a gate")
        FAILED = "failed", _("Failed")
        STOPPED = "stopped", _("Stopped manually")

    run_key = models.CharField(max_length=120, unique=True)
    trigger = models.CharField(max_length=6, choices=Trigger)
    reason = models.CharField(max_length=500, blank=True)
    initiator = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="runs")
    state = models.CharField(max_length=10, choices=State, default=State.FROZEN)
    created_at = models.DateTimeField(default=clock.now)
    label_cutoff = models.DateTimeField()
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, null=True, blank=True, related_name="runs")
    config = models.JSONField(default=dict, help_text="Training arguments")
    provenance = models.JSONField(default=dict, help_text="Commit, and hashes of config, lock file and base model")
    lease_owner = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    progress = models.FloatField(default=0.0, help_text="0 to 1")
    doing = models.CharField(max_length=200, blank=True)
    cost = models.JSONField(default=dict, help_text="Minutes, wall and processor; peak memory in MB")
    candidate = models.ForeignKey(ModelVersion, models.PROTECT, null=True, blank=True, related_name="runs")
    artefact_sha256 = models.CharField(max_length=64, blank=True)
    place = models.CharField(max_length=5, choices=Place, default=Place.LOCAL, help_text="Where it trains")
    remote = models.JSONField(default=dict, help_text="Of a run that trains elsewhere: job, its address, its state")
    resume_at = models.DateTimeField(null=True, blank=True, help_text="Nothing is to be done before this moment")
    stop_wanted = models.BooleanField(default=False)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.run_key

    @property
    def is_over(self) -> bool:
        """Whether the run has ended."""
        return self.state in OVER


OVER = (
    TrainingRun.State.REQUESTED, TrainingRun.State.REFUSED, TrainingRun.State.FAILED, TrainingRun.State.STOPPED,
)  # fmt: skip


class RunLine(models.Model):
    """One line of a run's log."""

    run = models.ForeignKey(TrainingRun, models.CASCADE, related_name="lines")
    at = models.DateTimeField(default=clock.now)
    text = models.CharField(max_length=1000)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"line {self.pk} of run {self.run_id}"
