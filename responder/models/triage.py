"""A decision of a person on a post: append-only; an undo is another row."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from classifier import clock


class TriageAction(models.Model):
    class Verb(models.TextChoices):
        CONFIRM = "confirm", _("Confirmed")
        CORRECT = "correct", _("Changed the category")
        DISMISS = "dismiss", _("Marked not relevant")
        SEVERITY = "severity", _("Changed the severity")
        PLACE = "place", pgettext_lazy("what was done", "Set the place")
        UNDO = "undo", _("Undone")

    post = models.ForeignKey("responder.Post", models.CASCADE, related_name="actions")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="triage_actions")
    verb = models.CharField(max_length=8, choices=Verb)
    at = models.DateTimeField(default=clock.now)
    before = models.JSONField(help_text="What the decision changed, before")
    after = models.JSONField(help_text="What the decision changed, after")
    version = models.PositiveIntegerField(help_text="The post's version that this decision made")
    batch = models.UUIDField(
        null=True, blank=True, db_index=True, help_text="Shared by what one decision covered; a repeat is known by it"
    )
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["actor", "at"], name="triage_actor_time")]
        constraints = [models.UniqueConstraint(fields=["post", "version"], name="one_decision_per_version")]

    def __str__(self) -> str:
        return f"{self.get_verb_display()} post {self.post_id}"
