"""Webhooks: partners' endpoints, events, deliveries and attempts."""

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock

URL_LIMIT = 500


class WebhookEndpoint(models.Model):
    """A partner's endpoint. Its secret is derived when needed and never stored."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        GONE = "gone", _("Disabled: the URL answered 410")

    ref = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="webhooks")
    url = models.CharField(max_length=URL_LIMIT)
    kinds = models.JSONField(default=list, help_text="Event types that are sent")
    state = models.CharField(max_length=6, choices=State, default=State.ACTIVE)
    generation = models.PositiveIntegerField(
        default=1, help_text="Version of the secret; the previous one stays valid for 24 hours"
    )
    overlap_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.ref} ({self.state})"


class WebhookEvent(models.Model):
    """An event, stored in the transaction of what happened. Holds ids and labels, never texts."""

    ref = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)
    data = models.JSONField()
    at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.ref}"

    @property
    def message_id(self) -> str:
        """The `webhook-id`, the same for every attempt, so that receivers can detect repetitions."""
        return f"msg_{self.ref.hex}"


class WebhookDelivery(models.Model):
    """One event for one endpoint."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Queued")
        DONE = "done", _("Delivered")
        DEAD = "dead", _("Failed")

    event = models.ForeignKey(WebhookEvent, models.CASCADE, related_name="deliveries")
    endpoint = models.ForeignKey(WebhookEndpoint, models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0, help_text="Since it was first sent, or last asked for again")
    next_at = models.DateTimeField(default=clock.now)
    lease_owner = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["event", "endpoint"], name="one_delivery_per_endpoint")]
        indexes = [
            models.Index(fields=["next_at"], name="deliveries_due", condition=models.Q(state="waiting")),
            models.Index(fields=["endpoint", "state", "id"], name="deliveries_of_endpoint"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} to {self.endpoint_id} ({self.state})"


class WebhookAttempt(models.Model):
    """One attempt at a delivery, with its outcome."""

    delivery = models.ForeignKey(WebhookDelivery, models.CASCADE, related_name="attempts")
    at = models.DateTimeField(default=clock.now)
    status = models.PositiveSmallIntegerField(null=True, help_text="Empty where no answer came")
    problem = models.CharField(max_length=200, blank=True)
    milliseconds = models.PositiveIntegerField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.delivery_id}: {self.status or 'no answer'}"
