"""Situation reports: what is generated, what people write, the versions, public links and files; and handovers."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock
from responder.models.bounded import TextsField
from responder.models.long_job import LongJob
from responder.models.moment import MomentField

PREFIX = "SIT-"
SITUATION_REASON_LIMIT, SECTION_LIMIT, REMARK_LIMIT = 500, 6_000, 1_000


class FactsField(models.JSONField):
    """A JSONField that is read as a mapping; anything else is read as an empty one."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> dict[str, Any]:
        found = super().from_db_value(value, expression, connection)
        return found if isinstance(found, dict) else {}

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs


class SituationReport(models.Model):
    """A situation report of an event and a period. `version` grows with every change by a person."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PROPOSED = "proposed", _("Proposed")
        PUBLISHED = "published", _("Published")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    event = models.ForeignKey("responder.Event", models.PROTECT, related_name="situation_reports")
    number = models.PositiveIntegerField(help_text="Within the event, from 1")
    state = models.CharField(max_length=9, choices=State, default=State.DRAFT)
    period_from = MomentField()
    period_to = MomentField()
    is_exercise = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    writers = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        related_name="+",
        help_text="People who wrote or proposed it; none of them can publish it",
    )
    proposed_at = models.DateTimeField(null=True, blank=True)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    sent_back_reason = models.CharField(max_length=SITUATION_REASON_LIMIT, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    withdrawn_reason = models.CharField(max_length=SITUATION_REASON_LIMIT, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change by a person")

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["event", "number"], name="situation_number_once_an_event")]
        indexes = [models.Index(fields=["event", "state", "-id"], name="situation_state")]

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        return f"{PREFIX}{self.pk:04d}"

    @property
    def is_withdrawn(self) -> bool:
        return self.state == self.State.WITHDRAWN


class SituationFacts(models.Model):
    """What was generated at one time: figures and tables, each with the ids of its evidence. Never changed."""

    report = models.ForeignKey(SituationReport, models.CASCADE, related_name="facts")
    content = FactsField(default=dict)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"facts {self.pk} of {self.report_id}"


class SituationVersion(models.Model):
    """The text of a report's sections after one change, over the facts of that time. Append-only."""

    report = models.ForeignKey(SituationReport, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(help_text="Within the report, from 1")
    facts = models.ForeignKey(SituationFacts, models.CASCADE, related_name="versions")
    sections = TextsField(default=dict, help_text="Section → text, in which {names} stand for figures")
    is_generated = models.BooleanField(default=False, help_text="Generated anew; otherwise a person edited it")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["report", "number"], name="situation_version_once")]

    def __str__(self) -> str:
        return f"version {self.number} of {self.report_id}"


class SituationLink(models.Model):
    """A public link to a published report. Its key is derived, see `situation.links`; the row stays once it is withdrawn."""

    report = models.ForeignKey(SituationReport, models.CASCADE, related_name="links")
    ref = models.CharField(max_length=12, unique=True)
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    expires_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"link {self.pk} to {self.report_id}"

    @property
    def is_open(self) -> bool:
        """Whether it is neither withdrawn nor expired; the report may be withdrawn still."""
        return self.withdrawn_at is None and self.expires_at > clock.now()


class SituationFile(LongJob):
    """A PDF of one version, made by the queue in `STEPS` steps."""

    STEPS = 2

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="situation_files")
    of_version = models.ForeignKey(SituationVersion, models.CASCADE, related_name="files")
    report_version = models.PositiveIntegerField(help_text="Of the report: its state stands in the file")
    steps = models.PositiveSmallIntegerField(default=0, help_text="That are done")
    pages = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField(default=clock.now)

    class Meta(LongJob.Meta):
        indexes = [models.Index(fields=["state", "lease_until"], name="situation_files_to_wake")]

    def __str__(self) -> str:
        return f"pdf {self.ref} ({self.state})"

    @property
    def progress(self) -> float:
        """The share that is done, 0 to 1."""
        return 1.0 if self.is_done else self.steps / (self.STEPS + 1)


class Handover(models.Model):
    """A handover from one lead to the next. `version` grows with every change by a person."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        GIVEN = "given", _("Handed over")
        ACKNOWLEDGED = "acknowledged", _("Acknowledged")
        DISCARDED = "discarded", _("Discarded")

    event = models.ForeignKey("responder.Event", models.PROTECT, related_name="handovers")
    state = models.CharField(max_length=12, choices=State, default=State.DRAFT)
    since = MomentField()
    until = MomentField()
    content = FactsField(default=dict)
    sections = TextsField(default=dict, help_text="Section → text, in which {names} stand for figures")
    on_duty = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="+", help_text="As the outgoing lead chose"
    )
    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    writers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="+", help_text="None of them can acknowledge it"
    )
    given_at = models.DateTimeField(null=True, blank=True)
    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    remark = models.CharField(max_length=REMARK_LIMIT, blank=True, help_text="Of the incoming lead")
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change by a person")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["event", "-id"], name="handover_event")]

    def __str__(self) -> str:
        return f"handover {self.pk}"
