"""Official alerts of hazards, and the sources that publish them. They are no posts, and are counted nowhere as posts."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock
from responder.models import hazards
from responder.models.bounded import BoundedFloatField
from responder.models.moment import MomentField

NAME_LIMIT, ADDRESS_LIMIT, IDENTIFIER_LIMIT, URL_LIMIT, ERROR_LIMIT = 80, 500, 255, 1_000, 300
HEADLINE_LIMIT, AREA_LIMIT, TEXT_LIMIT, RAW_LIMIT = 300, 500, 4_000, 64_000
WITHOUT_EXPIRY = timedelta(hours=72)  # how long an alert counts whose source states no end


class HazardSource(models.Model):
    """A feed of official alerts. It belongs to no event: what it says concerns every event of its area and time."""

    class Kind(models.TextChoices):
        GDACS = "gdacs", _("GDACS")
        USGS = "usgs", _("USGS earthquakes")
        CAP = "cap", _("CAP 1.2")

    name = models.CharField(max_length=NAME_LIMIT, unique=True)
    kind = models.CharField(max_length=8, choices=Kind)
    address = models.CharField(max_length=ADDRESS_LIMIT)
    is_on = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change by a person")

    # How it is read
    next_at = models.DateTimeField(default=clock.now, help_text="When it is read next")
    lease_until = models.DateTimeField(null=True, blank=True, help_text="Until when a worker reads it")
    etag = models.CharField(max_length=200, blank=True)
    last_modified = models.CharField(max_length=100, blank=True)
    documents: Any = models.JSONField(
        default=dict, blank=True, help_text="Alerts that its list links to: key → failed tries, 0 once read"
    )

    # Status
    checked_at = models.DateTimeField(null=True, blank=True, help_text="When it was last asked")
    answered_at = models.DateTimeField(null=True, blank=True, help_text="Of the newest answer that could be read")
    newest_at = MomentField(null=True, blank=True, help_text="When its newest alert was sent")
    failures = models.PositiveIntegerField(default=0, help_text="Tries that failed since the last answer")
    unreadable = models.PositiveIntegerField(default=0, help_text="Answers that could not be read")
    skipped = models.PositiveIntegerField(default=0, help_text="Alerts within answers that could not be read")
    last_skipped = models.CharField(max_length=ERROR_LIMIT, blank=True, help_text="Why the newest of them")
    last_error = models.CharField(max_length=ERROR_LIMIT, blank=True, help_text="Empty once an answer could be read")
    last_error_at = models.DateTimeField(null=True, blank=True)
    last_unreadable = models.BooleanField(default=False, help_text="Whether it answered, but what could not be read")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class OfficialAlert(models.Model):
    """One alert, once per source and identifier. A later version of it changes the row, or replaces it by another."""

    class State(models.TextChoices):
        CURRENT = "current", _("Current")
        REPLACED = "replaced", _("Replaced by a later alert")
        CANCELLED = "cancelled", _("Cancelled by its sender")

    class Level(models.IntegerChoices):
        EXTREME = 1, _("Extreme")
        SEVERE = 2, _("Severe")
        MODERATE = 3, _("Moderate")
        MINOR = 4, _("Minor")
        UNKNOWN = 5, _("Unknown")

    source = models.ForeignKey(HazardSource, models.CASCADE, related_name="alerts")
    identifier = models.CharField(max_length=IDENTIFIER_LIMIT, help_text="At the source; of CAP with the sender")
    state = models.CharField(max_length=9, choices=State, default=State.CURRENT)
    replaced_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="replaces")
    message_type = models.CharField(max_length=8, blank=True, help_text="Alert, Update or Cancel, as CAP has it")
    is_exercise = models.BooleanField(default=False)

    hazard = models.CharField(max_length=40, blank=True, help_text="A kind of `models.hazards`; empty: not known")
    event_type = models.CharField(max_length=100, blank=True, help_text="In the source's words")
    level = models.PositiveSmallIntegerField(choices=Level, default=Level.UNKNOWN)
    level_word = models.CharField(max_length=60, blank=True, help_text="In the source's words, such as Orange")
    urgency = models.CharField(max_length=20, blank=True)
    certainty = models.CharField(max_length=20, blank=True)
    headline = models.CharField(max_length=HEADLINE_LIMIT, blank=True)
    description = models.TextField(blank=True, max_length=TEXT_LIMIT)
    instruction = models.TextField(blank=True, max_length=TEXT_LIMIT)
    sender_name = models.CharField(max_length=200, blank=True)
    area_name = models.CharField(max_length=AREA_LIMIT, blank=True)
    url = models.CharField(max_length=URL_LIMIT, blank=True)

    sent = MomentField()
    onset = MomentField(null=True, blank=True, help_text="When the hazard begins; empty: when it was sent")
    expires = MomentField(null=True, blank=True, help_text="As the source states it")
    valid_until = MomentField(help_text="When it expires or was ended; without a stated end 72 hours after it was sent")

    shape: Any = models.JSONField(default=dict, blank=True, help_text="As `hazards.shapes` writes it")
    radius_is_assumed = models.BooleanField(default=False, help_text="Whether the source gave a point alone")
    west = BoundedFloatField(least=-180, most=180, null=True, blank=True)
    south = BoundedFloatField(least=-90, most=90, null=True, blank=True)
    east = BoundedFloatField(least=-180, most=180, null=True, blank=True)
    north = BoundedFloatField(least=-90, most=90, null=True, blank=True)

    revision = models.PositiveIntegerField(default=1, help_text="Grows when the source changes it")
    received_at = models.DateTimeField(default=clock.now)
    raw = models.TextField(blank=True, max_length=RAW_LIMIT, help_text="As the source sent it, for 30 days")

    class Meta:
        ordering = ["-sent", "-id"]
        constraints = [models.UniqueConstraint(fields=["source", "identifier"], name="official_alert_once_a_source")]
        indexes = [
            models.Index(fields=["valid_until"], name="official_alert_until"),
            models.Index(fields=["sent"], name="official_alert_sent"),
        ]

    def __str__(self) -> str:
        return f"official alert {self.pk}"  # identifiers may name the person who sent it

    @property
    def begins(self) -> Any:
        """When the hazard begins, or else when the alert was sent."""
        return self.onset or self.sent

    @property
    def hazard_label(self) -> str:
        """The hazard in words; where it is not known, the source's own words."""
        return hazards.label(self.hazard) if self.hazard else self.event_type


class AlertReference(models.Model):
    """An earlier alert that an alert updates or cancels. It may arrive after the one that names it."""

    alert = models.ForeignKey(OfficialAlert, models.CASCADE, related_name="references")
    identifier = models.CharField(max_length=IDENTIFIER_LIMIT)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["alert", "identifier"], name="alert_reference_once")]
        indexes = [models.Index(fields=["identifier"], name="alert_reference_identifier")]

    def __str__(self) -> str:
        return f"{self.alert_id} → {self.identifier[:60]}"
