"""Stored predictions."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock
from classifier.models.version import ModelVersion


class Prediction(models.Model):
    """One version's prediction for one subject. The text is stored only once, in the post."""

    class Role(models.TextChoices):
        PRODUCTION = "production", _("Production")
        CANARY = "canary", _("Canary")
        SHADOW = "shadow", _("Shadow: never shown")

    subject = models.CharField(max_length=120, help_text="Opaque reference: post:17, or api:request/position")
    model_version = models.ForeignKey(ModelVersion, models.PROTECT)
    role = models.CharField(max_length=10, choices=Role, default=Role.PRODUCTION)
    created_at = models.DateTimeField(default=clock.now)
    category = models.CharField(max_length=48)
    probability = models.FloatField()
    abstained = models.BooleanField(default=False)
    probabilities = models.JSONField(default=dict)
    emergency_probability = models.FloatField()
    priority = models.CharField(max_length=8)
    priority_score = models.FloatField()
    needs = models.JSONField(default=list)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["subject"], name="prediction_subject"),
            models.Index(fields=["created_at"], name="prediction_time"),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.category}"
