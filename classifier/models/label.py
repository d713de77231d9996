"""Labels that people gave, and the labelling tasks."""

from django.conf import settings
from django.db import models

from classifier import clock
from classifier.models.version import ModelVersion


class LabelTask(models.Model):
    """A text for people to label. Stores the prediction without showing it: labelling is blind."""

    class Purpose(models.TextChoices):
        AUDIT = "audit", "Random audit"
        URGENT = "urgent", "Audit of non-urgent posts"
        UNCERTAIN = "uncertain", "The model is unsure"
        RARE = "rare", "A rare class"
        DIVERSE = "diverse", "Different from the others"

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


class Label(models.Model):
    """One label by one person. Append-only: a changed label is a new row that supersedes this one."""

    class How(models.TextChoices):
        TRIAGE = "triage", "Triage"
        QUEUE = "queue", "Labelling queue"
        ADJUDICATED = "adjudicated", "Adjudication"
        EXERCISE = "exercise", "From the exercise"

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
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.category}"
