"""Correction requests: what was requested, how the requester was identified, what was decided and done."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock
from responder.models.long_job import LongJob

WHERE_LIMIT, CONTACT_LIMIT, DETAILS_LIMIT = 300, 120, 800  # in UTF-8, and encoded as a form, below 16 kB
IDENTITY_LIMIT, REASON_LIMIT, NOTE_LIMIT = 500, 1_000, 160
PHRASE_LIMIT, MOST_PHRASES, MOST_DECISIONS = 120, 20, 200


class CorrectionRequest(models.Model):
    """A correction request. Only a hash of its link's token is stored."""

    class Wish(models.TextChoices):
        SAFE = "safe", _("I am safe, or not missing")
        REMOVE = "remove", _("Remove my phone number, address or name")
        WRONG = "wrong", _("A fact about me is wrong")
        NOT_ME = "not_me", _("This is not me")

    class State(models.TextChoices):
        NEW = "new", _("New")
        CHECKING = "checking", _("Being checked")
        DECIDED = "decided", _("Decided, being carried out")
        CLOSED = "closed", _("Closed")

    class Outcome(models.TextChoices):
        DONE = "done", _("Carried out")
        REFUSED = "refused", _("Refused")

    class Identity(models.TextChoices):
        CALL = "call", _("Called back on the number in the post")
        DOCUMENT = "document", _("Saw a document")
        PARTNER = "partner", _("Known to a partner organisation")
        ACCOUNT = "account", _("Wrote from the account that posted it")
        OTHER = "other", _("Other")

    class Refusal(models.TextChoices):
        IDENTITY = "identity", _("We could not confirm that this is about you")
        NOT_FOUND = "not_found", _("We found nothing about you here")
        UNREACHABLE = "unreachable", _("We could not reach you")
        NEEDED = "needed", _("It is needed to save lives or to meet a legal duty")
        ABUSE = "abuse", _("The request is not meant seriously")

    OPEN = (State.NEW, State.CHECKING)

    ref = models.CharField(max_length=12, unique=True)
    token_hash = models.CharField(max_length=64, unique=True)
    wish = models.CharField(max_length=6, choices=Wish)
    where = models.CharField(max_length=WHERE_LIMIT, blank=True, help_text="A link, an id, or the words seen")
    contact = models.CharField(max_length=CONTACT_LIMIT, blank=True, help_text="E-mail address or telephone number")
    details = models.TextField(max_length=DETAILS_LIMIT, blank=True)
    suspected = models.BooleanField(default=False, help_text="A field that people do not see was filled in")
    received_at = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=8, choices=State, default=State.NEW)
    version = models.PositiveIntegerField(default=1, help_text="Grows with every step")

    identity = models.CharField(max_length=8, choices=Identity, blank=True)
    identity_words = models.CharField(max_length=IDENTITY_LIMIT, blank=True)
    identity_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )  # fmt: skip
    identity_at = models.DateTimeField(null=True, blank=True)

    outcome = models.CharField(max_length=7, choices=Outcome, blank=True)
    refusal = models.CharField(max_length=11, choices=Refusal, blank=True)
    reason = models.CharField(max_length=REASON_LIMIT, blank=True, help_text="Shown to the person who asked")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )  # fmt: skip
    decided_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    receipt = models.TextField(blank=True, help_text="As it was signed, byte for byte")
    forgotten_at = models.DateTimeField(null=True, blank=True, help_text="When contact and words were erased")

    class Meta:
        ordering = ["received_at", "id"]
        indexes = [
            models.Index(fields=["state", "received_at"], name="corrections_by_state"),
            models.Index(fields=["closed_at"], condition=models.Q(forgotten_at=None), name="corrections_to_forget"),
        ]

    def __str__(self) -> str:
        return self.ref


class CorrectionDecision(models.Model):
    """The action for one post. Only the post's ID is stored, because the row outlives an erased post."""

    class Verb(models.TextChoices):
        MASK = "mask", _("Hide words")
        CORRECT = "correct", _("Add a correction")
        ERASE = "erase", _("Erase")

    request = models.ForeignKey(CorrectionRequest, models.CASCADE, related_name="decisions")
    post_id = models.BigIntegerField(help_text="0: no post, only what people wrote in incidents, alerts and views")
    verb = models.CharField(max_length=7, choices=Verb)
    phrases: Any = models.JSONField(default=list, help_text="Words and numbers to hide; emptied when that is done")
    note = models.CharField(max_length=NOTE_LIMIT, blank=True, help_text="The correction that stands beside the text")
    not_missing = models.BooleanField(default=False, help_text="The post no longer counts as missing people")
    later_too = models.BooleanField(default=False, help_text="Also in texts that arrive later")
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["request", "post_id"], name="one_correction_of_a_post")]

    def __str__(self) -> str:
        return f"{self.verb} post {self.post_id}"


class CorrectionJob(LongJob):
    """A decision that is being applied step by step; `results` has the counts by place."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    request = models.OneToOneField(CorrectionRequest, models.CASCADE, related_name="job")
    steps: Any = models.JSONField(default=list, help_text="What is to be done, in order")
    steps_done = models.PositiveIntegerField(default=0)
    incident_ids: Any = models.JSONField(default=list, help_text="Incidents that held the posts when it was decided")
    results: Any = models.JSONField(default=dict, help_text="Place → what was done → how often")

    class Meta(LongJob.Meta):
        indexes = [models.Index(fields=["state", "lease_until"], name="corrections_to_wake")]

    def __str__(self) -> str:
        return f"{self.ref} ({self.state})"

    @property
    def progress(self) -> float:
        """The share that is done, 0 to 1."""
        return 1.0 if self.is_done else min(self.steps_done / max(len(self.steps), 1), 0.99)


class HiddenPhrase(models.Model):
    """A phrase to hide in future texts, or a text to reject, as a keyed hash that reveals no name."""

    class Kind(models.TextChoices):
        NUMBER = "number", _("Number")
        WORDS = "words", _("Words")
        TEXT = "text", _("Whole text")

    kind = models.CharField(max_length=6, choices=Kind)
    digest = models.CharField(max_length=64)
    size = models.PositiveSmallIntegerField(help_text="Digits or words")
    post_key = models.CharField(max_length=64, blank=True, help_text="Of the one post that it is about; empty for any")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest", "post_key"], name="hidden_phrase_once")]
        indexes = [models.Index(fields=["post_key"], name="hidden_phrase_post")]

    def __str__(self) -> str:
        return f"{self.kind} {self.digest[:8]}"
