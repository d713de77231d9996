"""Machine translations of posts, the engine that makes them, and what was sent to it.

A translation stands beside a post and never replaces its text: nothing is classified, searched, counted or placed by it. The
row is also the queue: it waits until a worker has asked the engine.
"""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock

ADDRESS_LIMIT, REGION_LIMIT, VERSION_LIMIT, ERROR_LIMIT, LANGUAGE_LIMIT = 500, 60, 60, 300, 12
SAMPLE_LIMIT = 200


class TranslationEngine(models.Model):
    """The engine that an administrator set up; one row. Without it, nothing is translated."""

    class Kind(models.TextChoices):
        LIBRETRANSLATE = "libretranslate", "LibreTranslate"
        AZURE = "azure", "Azure Translator"

    class TestState(models.TextChoices):
        NONE = "", _("Not tested")
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Translated")
        FAILED = "failed", _("Failed")

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    kind = models.CharField(max_length=16, choices=Kind)
    address = models.CharField(max_length=ADDRESS_LIMIT)
    region = models.CharField(max_length=REGION_LIMIT, blank=True, help_text="Of a regional resource of Azure")
    key = models.TextField(blank=True, help_text="Encrypted; see `responder.privacy.secrets`")
    is_on = models.BooleanField(default=False)
    price = models.DecimalField(
        max_digits=10, decimal_places=4, null=True, blank=True, help_text="US dollars per million characters"
    )
    characters_a_day = models.PositiveBigIntegerField(null=True, blank=True)
    characters_a_month = models.PositiveBigIntegerField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change by a person")

    # What it can do
    pairs: Any = models.JSONField(
        default=dict, blank=True, help_text="Language code of the engine → codes it translates to"
    )
    pairs_at = models.DateTimeField(null=True, blank=True)
    engine_version = models.CharField(max_length=VERSION_LIMIT, blank=True)

    # Status
    answered_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="Requests that failed since the last answer")
    paused_until = models.DateTimeField(null=True, blank=True, help_text="No request before")
    last_error = models.CharField(max_length=ERROR_LIMIT, blank=True, help_text="Empty once it has answered")
    last_error_at = models.DateTimeField(null=True, blank=True)

    # The test that an administrator asked for
    test_state = models.CharField(max_length=7, choices=TestState, blank=True, default=TestState.NONE)
    test_sample = models.CharField(max_length=SAMPLE_LIMIT, blank=True)
    test_language = models.CharField(max_length=LANGUAGE_LIMIT, blank=True)
    test_answer = models.CharField(max_length=2 * SAMPLE_LIMIT, blank=True, help_text="The translation, or what failed")
    test_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_translation_engine")]

    def __str__(self) -> str:
        return self.get_kind_display()


class TranslationUse(models.Model):
    """Characters that were sent to a kind of engine on one day (UTC)."""

    day = models.DateField()
    kind = models.CharField(max_length=16, choices=TranslationEngine.Kind)
    characters = models.PositiveBigIntegerField(default=0)
    requests = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-day", "kind"]
        constraints = [models.UniqueConstraint(fields=["day", "kind"], name="translation_use_once_a_day")]

    def __str__(self) -> str:
        return f"{self.kind} on {self.day}"


class Translation(models.Model):
    """A post in another language, or that somebody waits for it. It is deleted with its post, and when the text changes."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Translated")
        FAILED = "failed", _("Failed")

    post = models.ForeignKey("responder.Post", models.CASCADE, related_name="translations")
    language = models.CharField(max_length=LANGUAGE_LIMIT, help_text="Into which it is translated")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    text = models.TextField(blank=True, help_text="What the engine returned for the masked text, masked once more")
    source_language = models.CharField(max_length=LANGUAGE_LIMIT, blank=True, help_text="Empty: the engine detected it")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the masked text that was translated")
    engine = models.CharField(max_length=16, choices=TranslationEngine.Kind, blank=True)
    engine_version = models.CharField(max_length=VERSION_LIMIT, blank=True)
    characters = models.PositiveIntegerField(
        default=0, help_text="Sent for it; 0 if the same text was translated before"
    )

    asked_at = models.DateTimeField(default=clock.now)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    is_automatic = models.BooleanField(
        default=False, help_text="Asked for by the page, because of the person's profile"
    )
    priority = models.PositiveSmallIntegerField(default=4, help_text="The smallest is translated first")
    done_at = models.DateTimeField(null=True, blank=True)

    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=clock.now, help_text="No attempt before")
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=32, blank=True)
    error = models.CharField(max_length=ERROR_LIMIT, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["post", "language"], name="translation_once_a_language")]
        indexes = [
            models.Index(
                fields=["priority", "asked_at", "id"], condition=models.Q(state="waiting"), name="translation_queue"
            ),
            models.Index(fields=["digest", "language"], condition=models.Q(state="done"), name="translation_same_text"),
        ]

    def __str__(self) -> str:
        return f"post {self.post_id} in {self.language}"
