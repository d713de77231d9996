"""A user account with personal settings."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.contrib.auth.password_validation import validate_password
from django.db import models
from django.utils.translation import gettext_lazy as _

from responder.models.bounded import TextListField


class UserManager(DjangoUserManager["User"]):
    """Checks the password of a superuser wherever it comes from: Django's command asks for a check, and takes no for an answer."""

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **more: Any
    ) -> "User":
        """Create a superuser. Raises ValidationError for a password that is easy to guess."""
        if password is not None:
            validate_password(password, self.model(username=username, email=email or ""))
        return super().create_superuser(username, email, password, **more)


class User(AbstractUser):
    class Theme(models.TextChoices):
        SYSTEM = "", _("Same as the device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    theme = models.CharField(max_length=5, choices=Theme, blank=True, default=Theme.SYSTEM)
    single_keys = models.BooleanField("single-key shortcuts", default=True, help_text="WCAG 2.1.4: can be switched off")
    labelling_keys: Any = models.JSONField(
        default=dict, blank=True, editable=False, help_text="Own keys of the labelling page: what they do → key"
    )
    map_layers: Any = models.JSONField(
        default=dict, blank=True, editable=False, help_text="Layers of the map: which are on, their order and opacity"
    )
    toured = models.BooleanField("has seen the tour", default=False)
    language = models.CharField(max_length=12, blank=True, default="", help_text="Empty: the browser's")
    time_zone = models.CharField(max_length=64, blank=True, default="", help_text="Empty: that of the event")
    reads = TextListField(
        default=list, blank=True, help_text="Codes of the languages that they read, besides their own"
    )
    translates_posts = models.BooleanField(default=False, help_text="Whether pages ask for translations by themselves")
    last_seen_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False, help_text="Counts changes of roles and state")

    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    @property
    def display_name(self) -> str:
        return self.get_full_name() or self.username

    @property
    def initials(self) -> str:
        words = self.display_name.replace("_", " ").replace(".", " ").split() or ["?"]
        return "".join(word[0] for word in words[:2]).upper()


class LogInFailure(models.Model):
    """Failed sign-ins on one day (UTC), of one person or of all unknown names."""

    day = models.DateField()
    person = models.ForeignKey(User, models.CASCADE, null=True, related_name="+", help_text="Empty: names of nobody")
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["day", "person"], name="log_in_failures_once"),
            models.UniqueConstraint(
                fields=["day"], condition=models.Q(person=None), name="log_in_failures_of_nobody_once"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.count} on {self.day}"
