"""Recent changes to posts, which live pages follow. Pruned; the audit log is the lasting record."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock


class Change(models.Model):
    class Kind(models.TextChoices):
        NEW = "new", _("New on the map")
        DECIDED = "decided", _("Reviewed by a person")
        EDITED = "edited", _("Edited at its source")

    post = models.ForeignKey("responder.Post", models.CASCADE, related_name="changes")
    kind = models.CharField(max_length=7, choices=Kind)
    at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.pk} {self.kind} post {self.post_id}"
