"""How people come in and stay in: invitations, one-time links to set a password, and signed-in browsers."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock

NAME_LIMIT, EMAIL_LIMIT = 150, 254
ADDRESS_LIMIT, BROWSER_LIMIT, HOST_LIMIT = 45, 200, 300


class OneTimeLink(models.Model):
    """A link that works once. Only a digest of its secret is stored."""

    class Mail(models.TextChoices):
        NONE = "", _("Handed over by a person")
        WAITING = "waiting", _("Waiting to be sent")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Not sent")

    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    mail = models.CharField(max_length=7, choices=Mail, blank=True, default=Mail.NONE)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mail_next_at = models.DateTimeField(default=clock.now)
    host = models.CharField(
        max_length=HOST_LIMIT, blank=True, help_text="Scheme and host of the site, for the link in an email"
    )

    class Meta:
        abstract = True
        ordering = ["-id"]


class Invitation(OneTimeLink):
    """An invitation to make an account with some roles."""

    name = models.CharField(max_length=NAME_LIMIT, blank=True)
    email = models.EmailField(max_length=EMAIL_LIMIT, blank=True)
    roles = models.JSONField(default=list)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name or self.email or f"invitation {self.pk}"


class PasswordLink(OneTimeLink):
    """A link with which a person sets a new password."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    asked = models.CharField(
        max_length=EMAIL_LIMIT,
        blank=True,
        help_text="User name or email that somebody entered; looked up when it is sent",
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    by_administrator = models.BooleanField(default=False)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"password link {self.pk}"


class UserSession(models.Model):
    """A browser in which somebody is signed in."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="sessions")
    session_key = models.CharField(max_length=40, unique=True, editable=False)
    started_at = models.DateTimeField(default=clock.now)
    last_seen_at = models.DateTimeField(default=clock.now)
    address = models.CharField(max_length=ADDRESS_LIMIT, blank=True)
    browser = models.CharField(max_length=BROWSER_LIMIT, blank=True, help_text="User-Agent of the browser")

    class Meta:
        ordering = ["-last_seen_at", "-id"]
        indexes = [models.Index(fields=["person", "-last_seen_at"], name="sessions_of_a_person")]

    def __str__(self) -> str:
        return f"session {self.pk}"
