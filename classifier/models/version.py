"""Versions of the model."""

from django.db import models

from classifier import clock


class ModelVersion(models.Model):
    """An immutable version of the model: a folder whose manifest has this SHA-256."""

    class State(models.TextChoices):
        REGISTERED = "registered", "Registered"
        EVALUATED = "evaluated", "Evaluated"
        AUTO_REJECTED = "auto_rejected", "Rejected by a gate"
        SHADOW = "shadow", "In shadow"
        PENDING_APPROVAL = "pending_approval", "Waiting for approval"
        REJECTED = "rejected", "Rejected"
        EXPIRED = "expired", "Approval expired"
        APPROVED = "approved", "Approved"
        CANARY = "canary", "Canary"
        PRODUCTION = "production", "In production"
        SUPERSEDED = "superseded", "Superseded"
        ROLLED_BACK = "rolled_back", "Rolled back"
        RETIRED = "retired", "Retired"
        QUARANTINED = "quarantined", "Quarantined"

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
