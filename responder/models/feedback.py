"""Partners' feedback on posts: a suggestion that reviewers accept or refuse."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock


class PartnerFeedback(models.Model):
    """A partner's feedback. Its texts are masked before they are stored; it is deleted with its post."""

    class State(models.TextChoices):
        OPEN = "open", _("Waiting for review")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Rejected")

    post = models.ForeignKey("responder.Post", models.CASCADE, related_name="partner_feedback")
    token = models.ForeignKey("responder.ApiToken", models.PROTECT, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    organisation = models.CharField(max_length=200, help_text="As the token said then")
    wrong = models.JSONField(default=list, help_text="Any of category, priority, place")
    category = models.CharField(max_length=48, blank=True)
    severity = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 Critical to 4 Low")
    place = models.CharField(max_length=200, blank=True)
    position: Any = models.JSONField(
        null=True, blank=True, help_text="Of the place: latitude, longitude, radius_km, gazetteer_id; empty for none"
    )
    note = models.CharField(max_length=1_000, blank=True)
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    reason = models.CharField(max_length=500, blank=True, help_text="Reason shown to the partner")
    created_at = models.DateTimeField(default=clock.now)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )  # fmt: skip

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state="open"), name="feedback_open"),
            models.Index(fields=["owner", "-id"], name="feedback_owner"),
        ]

    def __str__(self) -> str:
        return f"feedback {self.pk} on post {self.post_id} ({self.state})"
