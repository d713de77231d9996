"""Claims of the triage queue."""

from datetime import timedelta

from django.conf import settings
from django.db import models


class Claim(models.Model):
    """A soft claim: someone has the post open. Shown to others until the lease ends; never a lock."""

    LEASE = timedelta(seconds=90)  # the page renews it every 30 seconds (static/js/triage-pane.js)

    post = models.OneToOneField("responder.Post", models.CASCADE, related_name="claim")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="claims")
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"post {self.post_id}: {self.user_id} until {self.until:%H:%M:%S}"
