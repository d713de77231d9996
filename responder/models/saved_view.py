"""A saved view: a named filter, personal or for the team."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock


class SavedView(models.Model):
    class Scope(models.TextChoices):
        ME = "me", _("Only me")
        TEAM = "team", _("The team")

    name = models.CharField(max_length=80)
    page = models.CharField(max_length=20, help_text="Page that the view opens")
    query = models.CharField(max_length=1500, help_text="The filter as a query string")
    scope = models.CharField(max_length=4, choices=Scope, default=Scope.ME)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="saved_views")
    updated_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change")

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="view_name_once_per_owner")]
        indexes = [models.Index(fields=["scope", "name"], name="view_scope_name")]

    def __str__(self) -> str:
        return self.name


class DefaultView(models.Model):
    """A person's default view of a page."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="default_view")
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="default_of")

    def __str__(self) -> str:
        return f"{self.person_id} opens {self.view_id}"
