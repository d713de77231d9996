"""An offer of help that a post makes, and what people did with it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock
from responder.models.bounded import TextsField

SAID_LIMIT = 120


class Offer(models.Model):
    """What a rule read as an offer; where it is, is the post's place. `version` grows with every change by a person."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        USED = "used", _("Used")
        DISMISSED = "dismissed", _("Dismissed")

    post = models.OneToOneField("responder.Post", models.CASCADE, related_name="offer")
    event = models.ForeignKey("responder.Event", models.CASCADE, null=True, blank=True, related_name="offers")
    kinds = TextsField(default=dict, help_text="Kind of help, as needs are called → the word of the post")
    said = models.CharField(max_length=SAID_LIMIT, help_text="The words of the post that offer it")
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    incident = models.ForeignKey(
        "responder.Incident", models.SET_NULL, null=True, blank=True, related_name="offers", help_text="It is used for"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=clock.now, help_text="Of the last change")
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change by a person")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["event", "state", "-id"], name="offers_of_an_event")]

    def __str__(self) -> str:
        return f"offer of post {self.post_id}"
