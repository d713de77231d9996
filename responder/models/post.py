"""A post: its text (stored only here), the state of its processing, and its predictions.

The row is the queue: a post is durable before anything else happens to it, workers claim rows by a
conditional UPDATE with a lease, and messages are wake-ups only.
"""

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from classifier import categories, clock
from responder.models.bounded import MOST_KM, BoundedFloatField, SharesField, TextListField
from responder.models.moment import MomentField

# Severity 1, or in an incident that is confirmed or assigned, and nobody is going. A post that a person found to be not
# relevant is nothing to go to.
RELEVANT = ~models.Q(status="dismissed") & ~(models.Q(group="aside") & ~models.Q(status="unreviewed"))
UNANSWERED = (models.Q(response=1) | models.Q(response=0, severity=1)) & RELEVANT
URGENT_UNANSWERED = (
    models.Q(severity__lte=2) & ~models.Q(response=2) & RELEVANT
)  # critical or high, and nobody is going


class Post(models.Model):
    class State(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted, not yet classified")
        CLASSIFIED = "classified", _("Classified")
        QUARANTINED = "quarantined", _("Failed after repeated attempts")

    class Status(models.TextChoices):
        UNREVIEWED = "unreviewed", _("Unreviewed")
        CONFIRMED = "confirmed", _("Confirmed")
        CORRECTED = "corrected", _("Corrected")
        DISMISSED = "dismissed", _("Not relevant")

    class Response(models.IntegerChoices):
        """What the incident that the post belongs to says about the response; `incidents.answering` keeps it."""

        NONE = 0, _("No incident has been confirmed")
        WAITS = 1, _("Confirmed or assigned, and nobody is going")
        ANSWERED = 2, _("Somebody is going, or nobody need go")

    class TimeSource(models.TextChoices):
        SOURCE = "source", _("Stated by the source")
        SNOWFLAKE = "snowflake", _("Read from the post's id")
        IMPORT = "import", _("Time of import")

    class Relation(models.TextChoices):
        REPEAT = "repeat", _("Repeats another post")
        QUOTE = "quote", _("Quotes another post")
        REPLY = "reply", _("Answers another post")

    # As received
    source = models.CharField(max_length=64)
    source_id = models.CharField(max_length=255)
    event = models.ForeignKey("responder.Event", models.PROTECT, null=True, blank=True, related_name="posts")
    text = models.TextField()
    lang = models.CharField(max_length=12, blank=True, help_text="Which we go by")
    lang_stated = models.CharField(
        max_length=12, null=True, blank=True, help_text="What the source says, where the text says otherwise"
    )
    links = TextListField(default=list, blank=True, help_text="Canonical; see `responder.privacy.links`")
    author_handle = models.CharField(max_length=255, blank=True)
    created_at = MomentField()
    time_source = models.CharField(max_length=9, choices=TimeSource)
    received_at = models.DateTimeField(default=clock.now)
    text_key = models.CharField(max_length=32, help_text="Hash of the normalised text: equal for copies")
    is_exercise = models.BooleanField(default=False)
    revision = models.CharField(max_length=20, blank=True, help_text="Which edit this is; later ones sort after")
    edited_at = models.DateTimeField(null=True, blank=True, help_text="When an edit at the source reached us")
    relation = models.CharField(max_length=6, choices=Relation, blank=True)
    source_position = models.JSONField(
        null=True, blank=True, help_text="Where the source says it was sent from: latitude, longitude, radius_km"
    )
    related_to = models.CharField(
        max_length=255, blank=True, help_text="That post's id at the source, where it said so"
    )

    correction = models.CharField(
        max_length=200,
        null=True,
        blank=True,
        help_text="Shown beside the text, after a request of a person named in it",
    )

    # The queue
    state = models.CharField(max_length=11, choices=State, default=State.ACCEPTED)
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    lease_owner = models.CharField(max_length=32, blank=True)
    error = models.CharField(max_length=500, blank=True)
    goes_first = models.BooleanField(
        default=False, db_default=False, help_text="Classified before others; see `classification.urgent_first`"
    )

    # As understood; a person's decision replaces category and group
    model_version = models.ForeignKey("classifier.ModelVersion", models.PROTECT, null=True, blank=True)
    classified_at = models.DateTimeField(null=True, blank=True)
    category = models.CharField(max_length=48, blank=True)
    group = models.CharField(max_length=16, blank=True)
    model_category = models.CharField(max_length=48, blank=True)
    probability = BoundedFloatField(least=0, most=1, null=True, blank=True)
    band = models.PositiveSmallIntegerField(null=True, blank=True, help_text="Confidence, 1 to 5")
    abstained = models.BooleanField(default=False)
    probabilities = SharesField(default=dict, blank=True)
    emergency = models.BooleanField(default=False)
    emergency_probability = BoundedFloatField(least=0, most=1, null=True, blank=True)
    severity = models.PositiveSmallIntegerField(null=True, blank=True, help_text="1 Critical to 4 Low")
    severity_reason = models.CharField(max_length=200, blank=True)
    priority_score = BoundedFloatField(least=0, most=1, null=True, blank=True)
    needs = TextListField(default=list, blank=True)
    cues = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Order among posts that the model can't read; see `classification.cues`"
    )

    # As placed
    latitude = BoundedFloatField(least=-90, most=90, null=True, blank=True)
    longitude = BoundedFloatField(least=-180, most=180, null=True, blank=True)
    radius_km = BoundedFloatField(least=0, most=MOST_KM, null=True, blank=True)
    place_name = models.CharField(max_length=200, blank=True)
    place_type = models.CharField(max_length=40, blank=True)
    country_code = models.CharField(max_length=2, blank=True)
    grid_x = models.IntegerField(null=True, blank=True, help_text="Web Mercator, 0 to 2^24 from west to east")
    grid_y = models.IntegerField(null=True, blank=True, help_text="Web Mercator, 0 to 2^24 from north to south")

    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="placed_posts",
        help_text="Who set the place by hand, or said that there is none; no rule changes it then",
    )  # fmt: skip
    placed_at = models.DateTimeField(null=True, blank=True)

    # As decided
    status = models.CharField(max_length=10, choices=Status, default=Status.UNREVIEWED)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="reviewed_posts"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="Grows with every decision")
    response = models.PositiveSmallIntegerField(choices=Response, default=Response.NONE)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["source", "source_id"], name="post_once_per_source")]
        indexes = [
            models.Index(fields=["id"], condition=models.Q(state="accepted"), name="post_queue"),
            models.Index(fields=["id"], condition=models.Q(state="accepted", goes_first=True), name="post_queue_first"),
            models.Index(fields=["id"], condition=models.Q(state="quarantined"), name="post_set_aside"),
            models.Index(fields=["event", "created_at"], name="post_event_time"),
            models.Index(fields=["created_at"], name="post_time"),
            models.Index(fields=["event", "status", "severity", "created_at"], name="post_triage"),
            models.Index(fields=["event", "reviewed_at"], name="post_reviewed"),
            models.Index(fields=["text_key"], name="post_text_key"),
            # Copies of a post among those of a tab: without it each row of the queue reads all the others.
            models.Index(fields=["event", "text_key", "status", "severity"], name="post_copies"),
            models.Index(fields=["grid_x", "grid_y"], name="post_grid"),
            models.Index(fields=["source", "related_to"], condition=~models.Q(related_to=""), name="post_related"),
            # All that the map and the key figures count by, so that a million wide rows need not be read.
            models.Index(
                fields=["event", "created_at"],
                name="post_counted",
                condition=models.Q(state="classified"),
                include=[
                    "group",
                    "category",
                    "severity",
                    "status",
                    "response",
                    "band",
                    "grid_x",
                    "grid_y",
                    "place_name",
                    "radius_km",
                    "id",
                ],
            ),
            models.Index(
                fields=["event", "created_at"],
                name="post_unanswered",
                condition=models.Q(state="classified") & UNANSWERED,
            ),
            # The order in which posts in languages that the model can't read wait.
            models.Index(
                fields=["event", "-cues", "created_at", "id"],
                condition=models.Q(group=categories.UNMEASURED, status="unreviewed", state="classified"),
                name="post_unmeasured",
            ),
            # The order of work, as `queries.posts.ordered` writes it.
            models.Index(
                models.F("event"),
                models.Case(models.When(status="unreviewed", then=0), default=1, output_field=models.IntegerField()),
                Coalesce("severity", models.Value(5), output_field=models.IntegerField()),
                models.F("created_at").desc(),
                models.F("id").desc(),
                condition=models.Q(state="classified"),
                name="post_work_order",
            ),
        ]

    def __str__(self) -> str:
        return f"post {self.pk}"  # its id at the source may name its author

    @property
    def is_unanswered(self) -> bool:
        """Whether nobody goes to it who should, as `UNANSWERED` says it in the database."""
        waits = self.response == self.Response.WAITS or (self.response == self.Response.NONE and self.severity == 1)
        found_aside = self.group == "aside" and self.status != self.Status.UNREVIEWED
        return waits and self.status != self.Status.DISMISSED and not found_aside

    @property
    def category_label(self) -> str:
        return categories.label(self.category) if self.category else ""

    @property
    def stated_lang(self) -> str:
        """The language as the source says it."""
        return self.lang if self.lang_stated is None else self.lang_stated

    @property
    def placed_before_edit(self) -> bool:
        """Whether a person set the place for a text that its author has changed since."""
        return bool(self.placed_at and self.edited_at and self.edited_at > self.placed_at)

    @property
    def located(self) -> bool:
        return self.latitude is not None
