"""The records of a release: evaluation, waivers, approval request, decisions, deployments, loaded models."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from classifier import clock
from classifier.models.run import Snapshot, TrainingRun
from classifier.models.version import ModelVersion


class Evaluation(models.Model):
    """The comparison of a candidate with the live version on the same frozen texts, and the outcome of the gates."""

    class Verdict(models.TextChoices):
        PASSED = "passed", _("Passed")
        FAILED = "failed", _("Failed")
        NOT_EVALUABLE = "not_evaluable", _("Not evaluable")

    run = models.ForeignKey(TrainingRun, models.PROTECT, null=True, blank=True, related_name="evaluations")
    candidate = models.ForeignKey(ModelVersion, models.PROTECT, related_name="evaluations")
    live = models.ForeignKey(ModelVersion, models.PROTECT, related_name="+")
    snapshot = models.ForeignKey(Snapshot, models.PROTECT, null=True, blank=True)
    at = models.DateTimeField(default=clock.now)
    n = models.PositiveIntegerField()
    metrics = models.JSONField(default=dict, help_text="Both versions' figures, each with its interval, and slices")
    comparison = models.JSONField(default=dict, help_text="Paired bootstrap, McNemar, latency")
    gates = models.JSONField(default=list, help_text="Each gate: value, threshold, outcome, why")
    verdict = models.CharField(max_length=13, choices=Verdict)
    sha256 = models.CharField(max_length=64, help_text="Of everything above")

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.candidate} against {self.live}"


class Waiver(models.Model):
    """A named person's waiver of a gate that could not be evaluated, or failed and may be waived."""

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="waivers")
    gate = models.CharField(max_length=40)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField()
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["evaluation", "gate"], name="one_waiver_per_gate")]

    def __str__(self) -> str:
        return f"{self.gate} of {self.evaluation_id}"


class ApprovalRequest(models.Model):
    """A request to approve a version, with the hash of the evidence for it."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        APPROVED = "approved", _("Approved")
        REJECTED = "rejected", _("Rejected")
        EXPIRED = "expired", _("Expired")
        VOID = "void", _("Void: the evidence has changed")

    version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="requests")
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="requests")
    evidence_hash = models.CharField(max_length=64)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    requested_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_because = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["version"], condition=Q(state="open"), name="one_open_request_per_version")
        ]

    def __str__(self) -> str:
        return f"{self.version}, asked {self.requested_at:%Y-%m-%d}"


class Decision(models.Model):
    """One person's decision about a request, with the hash of the evidence that the person saw. Append-only."""

    class Verdict(models.TextChoices):
        APPROVE = "approve", _("Approved")
        REJECT = "reject", _("Rejected")

    request = models.ForeignKey(ApprovalRequest, models.PROTECT, related_name="decisions")
    verdict = models.CharField(max_length=7, choices=Verdict)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField()
    evidence_hash_seen = models.CharField(max_length=64)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["request", "by"], name="one_decision_per_person")]

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} {self.request}"


class Deployment(models.Model):
    """A period in which a version serves in one role. A release to production always refers to its approval request."""

    class Role(models.TextChoices):
        SHADOW = "shadow", _("Shadow: answers are kept, not shown")
        CANARY = "canary", _("Canary: a share of the posts")
        PRODUCTION = "production", _("Production")

    class Kind(models.TextChoices):
        INSTALLATION = "installation", _("Shipped with the product")
        RELEASE = "release", _("Released after approval")
        ROLLBACK = "rollback", _("Rollback")
        TRIAL = "trial", _("Shadow run before approval")

    version = models.ForeignKey(ModelVersion, models.PROTECT, related_name="deployments")
    environment = models.CharField(max_length=40, default="local")
    role = models.CharField(max_length=10, choices=Role)
    kind = models.CharField(max_length=12, choices=Kind)
    share = models.FloatField(default=1.0, help_text="Of the posts, 0 to 1")
    request = models.ForeignKey(ApprovalRequest, models.PROTECT, null=True, blank=True, related_name="deployments")
    previous = models.ForeignKey(ModelVersion, models.PROTECT, null=True, blank=True, related_name="+")
    by = models.CharField(max_length=200, help_text="user:name or system:part")
    reason = models.TextField(blank=True)
    started_at = models.DateTimeField(default=clock.now)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_because = models.CharField(max_length=200, blank=True)
    posts = models.PositiveBigIntegerField(default=0)
    seconds = models.FloatField(default=0.0, help_text="Spent on these posts")
    errors = models.PositiveIntegerField(default=0)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)
    review = models.TextField(blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["environment", "role"], condition=Q(ended_at=None), name="one_deployment_per_role"
            ),
            models.CheckConstraint(
                condition=~Q(kind="release") | Q(request__isnull=False), name="a_release_has_a_decision"
            ),
            models.CheckConstraint(condition=~Q(role="production", kind="trial"), name="production_is_no_trial"),
        ]

    def __str__(self) -> str:
        return f"{self.version}, {self.role} from {self.started_at:%Y-%m-%d %H:%M}"


class LoadedModel(models.Model):
    """A model that a process reports as loaded."""

    process = models.CharField(max_length=120, help_text="host:process id")
    role = models.CharField(max_length=10, choices=Deployment.Role)
    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="+")
    sha256 = models.CharField(max_length=64)
    loaded_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["process"]
        constraints = [models.UniqueConstraint(fields=["process", "role"], name="loaded_model_once")]

    def __str__(self) -> str:
        return f"{self.process}: {self.version}"
