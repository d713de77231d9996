"""Labels that people gave or brought, and the labelling tasks."""

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock
from classifier.models.version import ModelVersion


class LabelTask(models.Model):
    """A text for people to label. Stores the prediction without showing it: labelling is blind."""

    class Purpose(models.TextChoices):
        AUDIT = "audit", _("Random audit")
        URGENT = "urgent", _("Audit of non-urgent posts")
        UNCERTAIN = "uncertain", _("The model is unsure")
        RARE = "rare", _("A rare class")
        DIVERSE = "diverse", _("Different from the others")

    subject = models.CharField(max_length=120, help_text="What the text belongs to, such as post:17")
    text = models.TextField(help_text="Emptied when the subject is erased")
    text_key = models.CharField(max_length=64, help_text="Hash of the normalised text: copies are one text")
    event = models.CharField(max_length=100, blank=True)
    lang = models.CharField(max_length=10, blank=True)
    purpose = models.CharField(max_length=9, choices=Purpose)
    week = models.CharField(max_length=8, help_text="ISO week, as 2026-W48")
    stratum = models.CharField(max_length=80, blank=True)
    inclusion_probability = models.FloatField(null=True, blank=True, help_text="Of an audit's random draw")
    coders = models.PositiveSmallIntegerField(default=1, help_text="How many people label it")
    predicted = models.CharField(max_length=48, blank=True)
    predicted_probability = models.FloatField(null=True, blank=True)
    predicted_priority = models.CharField(max_length=8, blank=True)
    model_version = models.ForeignKey(ModelVersion, models.PROTECT, null=True, blank=True)
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="claimed_label_tasks"
    )
    claimed_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["subject", "week", "purpose"], name="label_task_once")]
        indexes = [models.Index(fields=["closed_at", "id"], name="label_task_open")]

    def __str__(self) -> str:
        return f"{self.subject} ({self.purpose}, {self.week})"


class PlaceLabel(models.Model):
    """A place that a person chose for a text: a label for the place finder. Append-only but for its withdrawal."""

    subject = models.CharField(max_length=120, help_text="What the text belongs to, such as post:17")
    text = models.TextField(help_text="Its own copy; emptied by an erasure")
    text_key = models.CharField(max_length=64)
    event = models.CharField(max_length=100, blank=True)
    lang = models.CharField(max_length=10, blank=True)
    start = models.PositiveIntegerField(null=True, blank=True, help_text="Of the words that it stands for")
    end = models.PositiveIntegerField(null=True, blank=True, help_text="In Unicode code points")
    name = models.CharField(max_length=200, blank=True)
    type = models.CharField(max_length=40, blank=True)
    country_code = models.CharField(max_length=2, blank=True)
    latitude = models.FloatField(null=True, blank=True, help_text="Empty: the text names no place")
    longitude = models.FloatField(null=True, blank=True)
    radius_km = models.FloatField(null=True, blank=True)
    predicted: Any = models.JSONField(null=True, blank=True, help_text="The place finder's: name, latitude, longitude")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="place_labels")
    at = models.DateTimeField(default=clock.now)
    decision = models.BigIntegerField(help_text="Id of the decision on the subject that it comes from")
    withdrawn_at = models.DateTimeField(null=True, blank=True, help_text="When that decision was undone")
    erased_at = models.DateTimeField(null=True, blank=True)
    model_version = models.ForeignKey(ModelVersion, models.PROTECT, null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject"], name="place_label_subject")]
        constraints = [models.UniqueConstraint(fields=["subject", "decision"], name="place_label_once")]

    def __str__(self) -> str:
        return f"{self.subject}: {'a place' if self.latitude is not None else 'no place'}"


class LabelImport(models.Model):
    """A file of labels that somebody brought: a draft to look at, then stored."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        STORED = "stored", _("Stored")
        REMOVED = "removed", _("Removed")

    ref = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(max_length=200, help_text="Of the file")
    form = models.CharField(max_length=20, blank=True, help_text="Its format")
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes")
    options: Any = models.JSONField(default=dict, help_text="Columns, label map and weight")
    report: Any = models.JSONField(default=dict, help_text="Counts, without texts")
    state = models.CharField(max_length=7, choices=State, default=State.DRAFT)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="label_imports",
        help_text="Empty: the command line",
    )  # fmt: skip
    at = models.DateTimeField(default=clock.now)
    stored_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} ({self.state})"


class Label(models.Model):
    """One label by one person. Append-only: a changed label is a new row that supersedes this one."""

    class How(models.TextChoices):
        TRIAGE = "triage", _("Triage")
        QUEUE = "queue", _("Labelling queue")
        ADJUDICATED = "adjudicated", _("Adjudication")
        EXERCISE = "exercise", _("From the exercise")
        IMPORTED = "imported", _("From a file")

    subject = models.CharField(max_length=120)
    text = models.TextField(help_text="Its own copy, so that a snapshot can be made again; emptied by an erasure")
    text_key = models.CharField(max_length=64)
    event = models.CharField(max_length=100, blank=True)
    lang = models.CharField(max_length=10, blank=True)
    category = models.CharField(max_length=48)
    priority = models.CharField(max_length=8, blank=True)
    how = models.CharField(max_length=11, choices=How)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="labels")
    at = models.DateTimeField(default=clock.now)
    task = models.ForeignKey(LabelTask, models.PROTECT, null=True, blank=True, related_name="labels")
    supersedes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="superseded_by")
    withdrawn = models.BooleanField(default=False, help_text="This row only takes back the one it supersedes")
    weight = models.FloatField(default=1.0, help_text="How far it is trusted in training: above 0 and up to 1")
    source_file = models.ForeignKey(
        LabelImport, models.PROTECT, null=True, blank=True, related_name="labels", db_index=False,
        help_text="The file that it came in",
    )  # fmt: skip
    details: Any = models.JSONField(default=dict, blank=True, help_text="What else the file said about the text")
    predicted = models.CharField(max_length=48, blank=True)
    predicted_probability = models.FloatField(null=True, blank=True)
    model_version = models.ForeignKey(ModelVersion, models.PROTECT, null=True, blank=True)
    erased_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["subject"], name="label_subject"),
            models.Index(fields=["at"], name="label_time"),
            models.Index(fields=["text_key"], name="label_text"),
            models.Index(
                fields=["source_file"], condition=models.Q(source_file__isnull=False), name="label_source_file"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.category}"
