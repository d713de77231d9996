"""A role that a person holds in one event."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock


class EventRole(models.Model):
    """A role in one event; a Django group of the role's name means all events. See `responder.roles`."""

    class Role(models.TextChoices):
        VIEWER = "viewer", _("Viewer")
        REVIEWER = "reviewer", _("Reviewer")
        LEAD = "lead", _("Lead")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="event_roles")
    event = models.ForeignKey("responder.Event", models.CASCADE, related_name="roles")
    role = models.CharField(max_length=8, choices=Role)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["person", "event", "role"], name="event_role_once")]

    def __str__(self) -> str:
        return f"{self.person_id}: {self.role} in {self.event_id}"
