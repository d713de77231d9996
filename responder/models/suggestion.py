"""Small clusters of posts without a place, which people may open as incidents."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock


class IncidentSuggestion(models.Model):
    """Posts alike, by fewer than three authors, none critical and none with a place: a rule proposes them to people.

    It is no incident: nothing counts it, and it has no number. A post belongs to one suggestion at most, and leaves it when
    it joins an incident.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Suggested")
        OPENED = "opened", _("Opened")
        DISMISSED = "dismissed", _("Not an incident")

    event = models.ForeignKey("responder.Event", models.PROTECT, null=True, blank=True, related_name="suggestions")
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    incident = models.ForeignKey(
        "responder.Incident", models.SET_NULL, null=True, blank=True, related_name="+",
        help_text="That was opened with its posts",
    )  # fmt: skip
    created_at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        help_text="Who opened or dismissed it; empty where a rule opened it",
    )  # fmt: skip
    at = models.DateTimeField(null=True, blank=True, help_text="When it was opened or dismissed")
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change by a person")

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["event", "-id"], condition=models.Q(state="waiting"), name="suggestion_waiting")
        ]

    def __str__(self) -> str:
        return f"suggestion {self.pk} {self.state}"


class SuggestedPost(models.Model):
    """A post of a suggestion."""

    suggestion = models.ForeignKey(IncidentSuggestion, models.CASCADE, related_name="members")
    post = models.OneToOneField("responder.Post", models.CASCADE, related_name="suggested_in")
    likeness = models.FloatField(null=True, blank=True, help_text="0 to 1, of the rule that found it")

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"post {self.post_id} in suggestion {self.suggestion_id}"
