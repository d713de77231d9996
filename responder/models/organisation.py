"""Partner organisations, and the people who act for them."""

import hashlib
import unicodedata
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock
from responder.rates import RATE

NAME_LIMIT = 200
JOINERS = "\u200c\u200d"  # unseen, but letters of some scripts take their form from them
is_rate = RegexValidator(RATE, "Enter a rate such as 600/min. You can also use /sec, /hour and /day.")


def plain(name: str) -> str:
    """A name with single spaces and without invisible characters."""
    return " ".join("".join(c if c.isprintable() or c in JOINERS else " " for c in name).split())


def key_of(name: str) -> str:
    """The key of a name: equal for names that differ only in case, spaces or Unicode form; of fixed length."""
    seen = plain(name).translate(dict.fromkeys(map(ord, JOINERS)))
    return hashlib.sha256(unicodedata.normalize("NFKC", seen).casefold().encode()).hexdigest()


class Organisation(models.Model):
    name = models.CharField(max_length=NAME_LIMIT)
    key = models.CharField(max_length=64, unique=True, editable=False, help_text="One row for each name, see key_of")
    contact = models.CharField(
        max_length=200, blank=True, default="", help_text="Contact for questions about its tokens"
    )
    is_active = models.BooleanField(
        "active",
        default=True,
        help_text=(
            "If unticked, its tokens, sessions, streams, jobs and webhooks stop within seconds; undelivered "
            "events are kept"
        ),
    )
    rate = models.CharField(
        max_length=12, blank=True, default="", validators=[is_rate],
        help_text="Rate limit of each of its tokens, as 600/min; empty: the default from the settings",
    )  # fmt: skip
    daily_quota = models.PositiveIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1)],
        help_text="Daily quota (UTC) of each of its tokens; empty: the default from the settings",
    )  # fmt: skip
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.key = key_of(self.name)
        super().save(*args, **kwargs)

    def clean(self) -> None:
        """Refuse a name that is taken. Raises ValidationError."""
        self.name = plain(self.name)
        if not self.name:
            raise ValidationError({"name": "Enter a name for the organisation."})
        if Organisation.objects.exclude(pk=self.pk).filter(key=key_of(self.name)).exists():
            raise ValidationError({"name": "An organisation with this name already exists."})


class Membership(models.Model):
    """A person's membership of an organisation. Their tokens of it work while this row exists."""

    class Role(models.TextChoices):
        MANAGER = "manager", _("Manager: can see, rotate and revoke all its tokens")
        MEMBER = "member", _("Member: can see their own tokens")

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="memberships")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=7, choices=Role, default=Role.MEMBER)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "person"], name="one_membership_each")]

    def __str__(self) -> str:
        return f"{self.person}: {self.role}"

    @property
    def manages(self) -> bool:
        return self.role == self.Role.MANAGER
