"""An alert in the Common Alerting Protocol: drafted by one person, published by another, then never changed."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from classifier import clock

# Characters that a person can type.
TEXT_LIMITS = {
    "hazard": 100, "headline": 160, "description": 4_000, "instruction": 4_000, "note": 500, "area": 200,
}  # fmt: skip


def new_identifier() -> str:
    """Unique among all alerts of all senders, without the characters that the protocol forbids."""
    return f"responder-{uuid.uuid4().hex}"


class CapAlert(models.Model):
    """An alert, with the terms of the CAP standard. `document` is the published XML, byte for byte."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        DISCARDED = "discarded", _("Discarded")

    class Message(models.TextChoices):
        ALERT = "Alert", _("Alert")
        UPDATE = "Update", _("Update")
        CANCEL = "Cancel", pgettext_lazy("type of message", "Cancel")

    identifier = models.CharField(max_length=64, unique=True, default=new_identifier, editable=False)
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    message = models.CharField(max_length=6, choices=Message, default=Message.ALERT)
    follows = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="followed_by")
    event = models.ForeignKey("responder.Event", models.PROTECT, null=True, blank=True, related_name="+")
    incident = models.ForeignKey("responder.Incident", models.PROTECT, null=True, blank=True, related_name="alerts")
    posts = models.ManyToManyField(
        "responder.Post", blank=True, related_name="+", help_text="Evidence beside the incident"
    )
    is_exercise = models.BooleanField(default=False, help_text="Fictional: can only be published as Exercise")

    category = models.CharField(max_length=9)
    hazard = models.CharField(max_length=TEXT_LIMITS["hazard"], help_text="The standard's `event`")
    response = models.CharField(max_length=8)
    urgency = models.CharField(max_length=9)
    severity = models.CharField(max_length=8)
    certainty = models.CharField(max_length=8)
    headline = models.CharField(max_length=TEXT_LIMITS["headline"])
    description = models.TextField(blank=True, max_length=TEXT_LIMITS["description"])
    instruction = models.TextField(blank=True, max_length=TEXT_LIMITS["instruction"])
    note = models.CharField(blank=True, max_length=TEXT_LIMITS["note"])
    area = models.CharField(max_length=TEXT_LIMITS["area"])
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    radius_km = models.FloatField(null=True, blank=True)
    expires_at = models.DateTimeField()

    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    writers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="+", help_text="People who edited the draft; none of them can publish it"
    )
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )  # fmt: skip
    sender = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    document = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["follows"], condition=models.Q(state="published"), name="alert_followed_once"
            )
        ]  # fmt: skip
        indexes = [models.Index(fields=["state", "-id"], name="alert_state")]

    def __str__(self) -> str:
        return f"{self.message} {self.identifier} ({self.state})"
