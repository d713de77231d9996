"""Versions of the model."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock


class ModelVersion(models.Model):
    """An immutable version of the model: a folder whose manifest has this SHA-256."""

    class State(models.TextChoices):
        REGISTERED = "registered", _("Registered")
        EVALUATED = "evaluated", _("Evaluated")
        AUTO_REJECTED = "auto_rejected", _("Rejected by a gate")
        SHADOW = "shadow", _("In shadow")
        PENDING_APPROVAL = "pending_approval", _("Waiting for approval")
        REJECTED = "rejected", _("Rejected")
        EXPIRED = "expired", _("Approval expired")
        APPROVED = "approved", _("Approved")
        CANARY = "canary", _("Canary")
        PRODUCTION = "production", _("In production")
        SUPERSEDED = "superseded", _("Superseded")
        ROLLED_BACK = "rolled_back", _("Rolled back")
        RETIRED = "retired", _("Retired")
        QUARANTINED = "quarantined", _("Quarantined")

    name = models.CharField(max_length=100)
    version = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64, help_text="Of the manifest, which holds that of every file")
    folder = models.CharField(max_length=500, help_text="Relative to the shipped models or the data directory")
    origin = models.CharField(max_length=100, help_text="Where it came from: shipped, trained here, a registry")
    state = models.CharField(max_length=16, choices=State, default=State.REGISTERED)
    metrics = models.JSONField(default=dict, blank=True)
    card = models.TextField(blank=True, help_text="The model card, Markdown")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="model_version_once"),
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(state="production"), name="one_production_version"
            ),
            models.UniqueConstraint(fields=["name"], condition=models.Q(state="canary"), name="one_canary_version"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


class VersionCounter(models.Model):
    """The last number given to a version of a model, for registries that can't serve concurrent callers."""

    name = models.CharField(max_length=100, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.last}"
