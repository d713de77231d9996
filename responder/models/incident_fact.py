"""What posts state about an incident: how many people, and whether a road is open."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock
from responder.models.incident import Incident

MOST_PEOPLE = 1_000_000


class IncidentFact(models.Model):
    """One statement of one post. Statements are never summed: two posts may count the same people.

    A rule writes it as stated; a person confirms it or withdraws it. Where the post is erased at its source, what a person
    confirmed stays without it, and the rest goes.
    """

    class Kind(models.TextChoices):
        PEOPLE = "people", _("People")
        ACCESS = "access", _("Access")

    class Value(models.TextChoices):
        PEOPLE = "people", _("People")
        FAMILIES = "families", _("Families")
        INJURED = "injured", _("Injured")
        MISSING = "missing", _("Missing")
        DEAD = "dead", _("Dead")
        SAFE = "safe", _("Safe or rescued")
        OPEN = "open", _("Road open")
        CLOSED = "closed", _("Road closed")

    class State(models.TextChoices):
        STATED = "stated", _("Stated")
        CONFIRMED = "confirmed", _("Confirmed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="facts")
    kind = models.CharField(max_length=8, choices=Kind)
    value = models.CharField(max_length=10, choices=Value)
    number = models.PositiveIntegerField(default=0, help_text="How many, as stated; 0 where it is no number")
    post = models.ForeignKey(
        "responder.Post", models.SET_NULL, null=True, blank=True, related_name="facts", help_text="That states it"
    )
    state = models.CharField(max_length=9, choices=State, default=State.STATED)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        help_text="Who confirmed or withdrew it",
    )  # fmt: skip
    at = models.DateTimeField(default=clock.now, help_text="When it was noted, confirmed or withdrawn")

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["post", "kind", "value", "number"], name="fact_once_a_post")]
        indexes = [models.Index(fields=["incident", "kind"], name="incident_facts")]

    def __str__(self) -> str:
        return f"{self.value} {self.number} in {self.incident_id}"
