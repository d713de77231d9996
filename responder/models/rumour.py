"""A rumour: a claim that goes round, the posts for and against it, and what a named person found."""

from django.conf import settings
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock

PREFIX = "RUM-"
CLAIM_LIMIT, ANSWER_LIMIT, BASIS_LIMIT = 300, 1_000, 1_000


class Rumour(models.Model):
    """A claim and its verdict. `version` grows with every change by a person."""

    class Verdict(models.TextChoices):
        OPEN = "open", _("Not checked")
        VERIFIED = "verified", _("Verified")
        FALSE = "false", _("False")
        UNVERIFIABLE = "unverifiable", _("Unverifiable")

    event = models.ForeignKey("responder.Event", models.PROTECT, related_name="rumours")
    claim = models.CharField(max_length=CLAIM_LIMIT, validators=[ProhibitNullCharactersValidator()])
    verdict = models.CharField(max_length=12, choices=Verdict, default=Verdict.OPEN)
    verdict_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="rumour_verdicts"
    )
    verdict_at = models.DateTimeField(null=True, blank=True)
    basis = models.CharField(max_length=BASIS_LIMIT, blank=True, help_text="What the verdict rests on")
    answer = models.CharField(max_length=ANSWER_LIMIT, blank=True, help_text="What is sent to people who ask")
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="opened_rumours")
    opened_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change by a person")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["event", "verdict", "-id"], name="rumour_by_verdict")]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        return f"{PREFIX}{self.pk:04d}"


class RumourPost(models.Model):
    """A post for or against a claim, as a person judged it."""

    class Side(models.TextChoices):
        FOR = "for", _("For")
        AGAINST = "against", _("Against")

    rumour = models.ForeignKey(Rumour, models.CASCADE, related_name="evidence")
    post = models.ForeignKey("responder.Post", models.CASCADE, related_name="rumours")
    side = models.CharField(max_length=7, choices=Side)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["rumour", "post"], name="rumour_post_once")]

    def __str__(self) -> str:
        return f"{self.get_side_display()}: post {self.post_id}"
