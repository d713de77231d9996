"""A partner's API token, stored as a hash, and stored answers to idempotent requests."""

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models

from classifier import clock
from responder.models.organisation import Organisation, is_rate

NAME_LIMIT = 100


class ApiToken(models.Model):
    # Empty where a server of the version before issued it while this one was rolled out.
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="tokens")
    organisation_name = models.CharField(
        max_length=200, db_column="organisation", editable=False, help_text="As it was when the token was issued"
    )
    name = models.CharField(max_length=NAME_LIMIT, help_text="What the token is for, in the partner's words")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="api_tokens")
    prefix = models.CharField(max_length=12, help_text="First characters, to recognise it by")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    rate = models.CharField(
        max_length=12, blank=True, default="", db_default="", validators=[is_rate],
        help_text="Rate limit, as 600/min; empty: its organisation's",
    )  # fmt: skip
    daily_quota = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)],
        help_text="Daily quota (UTC); empty: its organisation's",
    )  # fmt: skip
    # What the shared counter of `counted_on` last said, so that a flushed Redis costs a minute of counting, no more.
    counted_on = models.DateField(null=True, editable=False)
    counted = models.PositiveIntegerField(default=0, db_default=0, editable=False)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.organisation_name}: {self.prefix}…"

    # DRF reads these two of whoever a request's token stands for.
    @property
    def is_authenticated(self) -> bool:
        return True

    @property
    def is_active(self) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > clock.now())


class IdempotencyRecord(models.Model):
    """The answer to a request with an Idempotency-Key, returned to repeated requests for a day."""

    token = models.ForeignKey(ApiToken, models.CASCADE)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="Hash of method, path and body")
    status = models.PositiveSmallIntegerField(null=True, help_text="Empty while the first request runs")
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(default=clock.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return f"answer {self.pk} to token {self.token_id}"
