"""An incident: posts about the same thing at the same place, and what people make of it."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from classifier import clock
from responder.models.bounded import MOST_KM, BoundedFloatField, TextsField
from responder.models.moment import MomentField

PREFIX = "INC-"
TITLE_LIMIT, SUMMARY_LIMIT, PUBLIC_SUMMARY_LIMIT, PLACE_LIMIT = 200, 4_000, 2_000, 200
REASON_LIMIT, NOTE_LIMIT = 1_000, 2_000  # a reason is an entry's note, too


# Confirmed or critical, and nobody is going. What people found to be false is nothing to go to.
UNANSWERED = (
    (models.Q(status__in=("confirmed", "assigned")) | models.Q(status="open", severity=1))
    & models.Q(merged_into=None)
    & ~models.Q(verification="false")
)


class Incident(models.Model):
    """An incident. Rules write only `size`, `authors` and the times; people decide the rest.

    `version` grows with every change by a person; posts that a rule adds leave it as it is.
    """

    class Status(models.TextChoices):
        """How far the response is. Only the last two mean that somebody is going, or that nobody need go any more."""

        OPEN = "open", _("New")
        CONFIRMED = "confirmed", _("Confirmed")
        ASSIGNED = "assigned", _("Assigned")
        ON_THE_WAY = "on_the_way", _("On the way")
        RESOLVED = "resolved", _("Resolved")

    class Outcome(models.TextChoices):
        DONE = "done", _("Done")
        CANNOT_BE_MET = "cannot_be_met", _("Cannot be met")
        HANDED_OVER = "handed_over", _("Handed to another organisation")

    class Verification(models.TextChoices):
        UNVERIFIED = "unverified", _("Unverified")
        VERIFIED = "verified", _("Verified")
        FALSE = "false", _("False")
        UNVERIFIABLE = "unverifiable", _("Unverifiable")

    event = models.ForeignKey("responder.Event", models.PROTECT, null=True, blank=True, related_name="incidents")
    title = models.CharField(max_length=TITLE_LIMIT)
    title_by_person = models.BooleanField(default=False)
    summary = models.TextField(blank=True, max_length=SUMMARY_LIMIT)
    status = models.CharField(max_length=12, choices=Status, default=Status.OPEN)
    severity = models.PositiveSmallIntegerField(default=4, help_text="1 Critical to 4 Low")
    severity_by_person = models.BooleanField(default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="owned_incidents"
    )
    team = models.ForeignKey(
        "responder.Team", models.PROTECT, null=True, blank=True, related_name="incidents", help_text="That goes there"
    )
    waiting_since = models.DateTimeField(default=clock.now, help_text="When it was opened, or opened again")
    seen_at = models.DateTimeField(null=True, blank=True, help_text="When a person first acted on it")
    going_at = models.DateTimeField(null=True, blank=True, help_text="When somebody set off, since it waits")
    outcome = models.CharField(max_length=13, choices=Outcome, blank=True, help_text="Of a resolved incident")
    category = models.CharField(max_length=48, blank=True)
    place_name = models.CharField(max_length=PLACE_LIMIT, blank=True)
    latitude = BoundedFloatField(least=-90, most=90, null=True, blank=True)
    longitude = BoundedFloatField(least=-180, most=180, null=True, blank=True)
    radius_km = BoundedFloatField(least=0, most=MOST_KM, null=True, blank=True)
    place_by_person = models.BooleanField(default=False)
    needs = TextsField(default=dict, blank=True, help_text="Need → needed or met, as people ticked it")
    verification = models.CharField(max_length=12, choices=Verification, default=Verification.UNVERIFIED)
    verified_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="verified_incidents"
    )
    verified_at = models.DateTimeField(null=True, blank=True)
    resolution = models.CharField(max_length=REASON_LIMIT, blank=True)
    public_summary = models.TextField(blank=True, max_length=PUBLIC_SUMMARY_LIMIT)
    public_at = models.DateTimeField(null=True, blank=True)

    last_confirmed_at = MomentField(default=clock.now, help_text="When a person or a post last said that it is so")
    last_confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        help_text="Who said so; empty where a post did",
    )  # fmt: skip
    last_confirmed_post = models.ForeignKey(
        "responder.Post", models.SET_NULL, null=True, blank=True, related_name="+", help_text="The post that said so"
    )
    contradicted_by = models.ForeignKey(
        "responder.Post", models.SET_NULL, null=True, blank=True, related_name="+",
        help_text="The newest post that tells of its end, which nobody has checked",
    )  # fmt: skip
    size = models.PositiveIntegerField(default=0, help_text="Posts")
    authors = models.PositiveIntegerField(default=0, help_text="Distinct authors")
    started_at = MomentField(default=clock.now, help_text="Of the oldest post")
    last_evidence_at = MomentField(default=clock.now, help_text="Of the newest post")

    created_at = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="created_incidents",
        help_text="Empty where a rule made it",
    )  # fmt: skip
    merged_into = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="absorbed")
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change by a person")
    is_exercise = models.BooleanField(default=False)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                "event", "severity", models.F("last_evidence_at").desc(), models.F("id").desc(),
                condition=models.Q(merged_into=None), name="incident_worklist",
            ),
            models.Index(fields=["owner", "status"], name="incident_owner"),
            models.Index(
                fields=["event", "last_confirmed_at"], name="incident_recheck",
                condition=models.Q(merged_into=None) & ~models.Q(status="resolved") & ~models.Q(verification="false"),
            ),
            models.Index(
                "event", "severity", "waiting_since", condition=UNANSWERED, name="incident_unanswered",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.ref

    @property
    def ref(self) -> str:
        return f"{PREFIX}{self.pk:04d}"

    @property
    def located(self) -> bool:
        return self.latitude is not None

    @property
    def resolved(self) -> bool:
        return self.status == self.Status.RESOLVED

    @property
    def unanswered(self) -> bool:
        """As UNANSWERED says it: confirmed or critical, and nobody is going."""
        waits = self.status in (self.Status.CONFIRMED, self.Status.ASSIGNED)
        critical = self.status == self.Status.OPEN and self.severity == 1
        return (waits or critical) and self.merged_into_id is None and self.verification != self.Verification.FALSE


class IncidentPost(models.Model):
    """A post's membership or suggestion. Rows stay, so that a rule never repeats what people undid."""

    class State(models.TextChoices):
        SUGGESTED = "suggested", _("Suggested")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Rejected")
        DETACHED = "detached", _("Detached")
        MOVED = "moved", _("Moved to another incident")
        MUTED = "muted", _("Author muted")

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="memberships")
    post = models.ForeignKey("responder.Post", models.CASCADE, related_name="memberships")
    state = models.CharField(max_length=9, choices=State)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        help_text="Empty where a rule did it",
    )  # fmt: skip
    likeness = models.FloatField(null=True, blank=True, help_text="0 to 1, of the rule that found it")
    at = models.DateTimeField(default=clock.now)
    entry = models.ForeignKey(
        "responder.IncidentEntry", models.SET_NULL, null=True, blank=True, related_name="moved",
        help_text="The change that took the post out, which an undo brings back",
    )  # fmt: skip

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["incident", "post"], name="incident_post_once"),
            models.UniqueConstraint(
                fields=["post"], condition=models.Q(state="accepted"), name="post_in_one_incident"
            ),
        ]  # fmt: skip
        indexes = [models.Index(fields=["incident", "state", "-id"], name="incident_evidence")]

    def __str__(self) -> str:
        return f"post {self.post_id} {self.state} in {self.incident_id}"


class IncidentEntry(models.Model):
    """One change of an incident, or a note: the timeline. Append-only; an undo is another entry."""

    class Verb(models.TextChoices):
        CREATE = "create", _("Opened")
        GROUP = "group", _("Posts added automatically")
        ATTACH = "attach", _("Post attached")
        DETACH = "detach", _("Posts detached")
        ACCEPT = "accept", _("Suggestion accepted")
        DECLINE = "decline", _("Suggestion rejected")
        ACKNOWLEDGE = "acknowledge", _("Acknowledged")
        CONFIRM = "confirm", _("Confirmed")
        ASSIGN = "assign", _("Assigned")
        SET_OFF = "set_off", _("On the way")
        TURN_BACK = "turn_back", _("Turned back")
        EDIT = "edit", _("Changed")
        VERIFY = "verify", _("Verification set")
        NOTE = "note", _("Note")
        RESOLVE = "resolve", _("Resolved")
        REOPEN = "reopen", _("Reopened")
        MERGE = "merge", _("Merged")
        SPLIT = "split", pgettext_lazy("what was done", "Split")
        MUTE = "mute", _("Author muted")
        PUBLISH = "publish", _("Public summary")
        UNDO = "undo", _("Undone")
        COMMENT = "comment", _("Partner comment")
        CONFIRM_FACT = "fact", _("Fact confirmed")
        WITHDRAW_FACT = "no_fact", _("Fact withdrawn")
        RECHECK = "recheck", _("Still true")

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="entries")
    other = models.ForeignKey(Incident, models.SET_NULL, null=True, blank=True, related_name="+")
    verb = models.CharField(max_length=11, choices=Verb)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+",
        help_text="Empty where a rule did it",
    )  # fmt: skip
    at = models.DateTimeField(default=clock.now)
    note = models.CharField(max_length=NOTE_LIMIT, blank=True)
    organisation = models.CharField(max_length=200, blank=True, help_text="Of the partner who said it")
    posts = models.PositiveIntegerField(default=0, help_text="How many posts it was about")
    before: Any = models.JSONField(default=dict)
    after: Any = models.JSONField(default=dict)
    version = models.PositiveIntegerField(help_text="The incident's version that this change made")
    undoes = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="undone_by")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["incident", "-id"], name="incident_timeline")]

    def __str__(self) -> str:
        return f"{self.get_verb_display()}: {self.incident_id}"


class IncidentFollower(models.Model):
    """A person who follows or has snoozed an incident."""

    incident = models.ForeignKey(Incident, models.CASCADE, related_name="followers")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="followed_incidents")
    follows = models.BooleanField(default=True)
    snoozed_until_size = models.PositiveIntegerField(null=True, blank=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["incident", "user"], name="follower_once")]

    def __str__(self) -> str:
        return f"{self.user_id} follows {self.incident_id}"


class MutedAuthor(models.Model):
    """An author whose posts no rule adds to incidents of an event; stored as a hash, because the handle is personal data."""

    event = models.ForeignKey("responder.Event", models.CASCADE, null=True, blank=True)
    author_key = models.CharField(max_length=32)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    entry = models.ForeignKey(IncidentEntry, models.CASCADE, related_name="mutes")

    class Meta:
        indexes = [models.Index(fields=["event", "author_key"], name="muted_author")]

    def __str__(self) -> str:
        return f"{self.author_key[:8]} in event {self.event_id}"


class PostEmbedding(models.Model):
    """A post's embedding, 384 int8, and its queue entry for grouping; pruned with the post.

    Leaders are the posts that later ones are compared with: those that joined nothing when they came.
    """

    post = models.OneToOneField("responder.Post", models.CASCADE, primary_key=True, related_name="embedding")
    event = models.ForeignKey("responder.Event", models.CASCADE, null=True, blank=True, related_name="+")
    space = models.CharField(max_length=16, help_text="Only vectors of one space can be compared")
    cell = models.IntegerField(help_text="About 80 km of Web Mercator; -1 without a place")
    at = MomentField(help_text="When the post was made")
    vector = models.BinaryField(max_length=384)
    signature = models.BinaryField(max_length=16, help_text="Locality-sensitive hash, a byte a band")
    leads = models.BooleanField(default=False)
    grouped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["post"], condition=models.Q(grouped_at=None), name="embedding_queue"),
            models.Index(
                fields=["event", "cell", "at"], condition=models.Q(leads=True), name="embedding_leaders"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"post {self.post_id} in {self.space}"
