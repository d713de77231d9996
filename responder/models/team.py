"""A team of an event that can be sent somewhere."""

from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from responder.models.bounded import BoundedFloatField, TextListField

TEAM_NAME_LIMIT, CONTACT_LIMIT, TEAM_NOTE_LIMIT = 80, 120, 500


class Team(models.Model):
    """A team. People say whether it is free; assigning an incident does not change that by itself.

    `version` grows with every change by a person.
    """

    class Availability(models.TextChoices):
        FREE = "free", _("Free")
        BUSY = "busy", _("Busy")
        OFF_DUTY = "off_duty", _("Off duty")

    event = models.ForeignKey("responder.Event", models.CASCADE, related_name="teams")
    name = models.CharField(max_length=TEAM_NAME_LIMIT, validators=[ProhibitNullCharactersValidator()])
    skills = TextListField(default=list, blank=True, help_text="Kinds of need that it can meet")
    area = models.ForeignKey(
        "responder.TeamArea", models.SET_NULL, null=True, blank=True, related_name="teams", help_text="That it covers"
    )
    availability = models.CharField(max_length=8, choices=Availability, default=Availability.FREE)
    contact = models.CharField(max_length=CONTACT_LIMIT, blank=True, help_text="Masked for who may not see it")
    latitude = BoundedFloatField(least=-90, most=90, null=True, blank=True, help_text="Where it was last")
    longitude = BoundedFloatField(least=-180, most=180, null=True, blank=True)
    located_at = models.DateTimeField(null=True, blank=True, help_text="When it was there")
    note = models.CharField(max_length=TEAM_NOTE_LIMIT, blank=True)
    is_active = models.BooleanField(default=True, help_text="Whether it can be assigned; a team is never deleted")
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change by a person")

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["event", "name"], name="team_names_once_an_event")]

    def __str__(self) -> str:
        return self.name
