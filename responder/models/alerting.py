"""Alert rules, what they found, and the notifications, messages and deliveries that follow.

AlertRule ─ AlertFiring ─ Notification ─ NotificationMessage ─ NotificationDelivery ─ NotificationChannel

A firing is one group of posts, one incident or one feed for which a rule's condition holds. Each person has at most one
notification of it. Notifications that are due together are sent as one message, by each of the person's channels.
"""

import uuid

from django.conf import settings
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock
from responder.models.bounded import BoundedFloatField

RULE_NAME_LIMIT, RULE_QUERY_LIMIT, LABEL_LIMIT = 80, 1500, 60
MOST_MINUTES, MOST_POSTS, MOST_RADIUS_KM = 24 * 60, 1_000, 500
FIRING_TITLE_LIMIT, GROUP_LIMIT, PATH_LIMIT, PROBLEM_LIMIT = 200, 80, 300, 200
LEAST_BUDGET, MOST_BUDGET, USUAL_BUDGET = 1, 60, 6


class AlertRule(models.Model):
    """A condition that is checked all the time, and the people who are notified when it holds."""

    class Kind(models.TextChoices):
        POSTS = "posts", _("Several posts near each other")
        UNANSWERED = "unanswered", _("An incident is unanswered")
        SILENT = "silent", _("A feed brings no posts")
        MODEL = "model", _("The model is not answering")

    class Level(models.TextChoices):
        CRITICAL = "critical", _("Critical")
        WARNING = "warning", _("Warning")

    name = models.CharField(max_length=RULE_NAME_LIMIT, unique=True, validators=[ProhibitNullCharactersValidator()])
    kind = models.CharField(max_length=10, choices=Kind)
    event = models.ForeignKey(
        "responder.Event",
        models.CASCADE,
        null=True,
        blank=True,
        related_name="alert_rules",
        help_text="Empty: all events",
    )
    level = models.CharField(max_length=8, choices=Level, default=Level.CRITICAL)
    query = models.CharField(
        max_length=RULE_QUERY_LIMIT, blank=True, help_text="Of posts: the filter as a query string"
    )
    posts = models.PositiveIntegerField(default=3, help_text="Of posts: how many")
    radius_km = BoundedFloatField(
        least=0,
        most=MOST_RADIUS_KM,
        null=True,
        blank=True,
        help_text="Of posts: how near; empty: anywhere in the event",
    )
    minutes = models.PositiveIntegerField(default=30, help_text="Within which posts come, or how long something lasts")
    severity = models.PositiveSmallIntegerField(default=4, help_text="Of incidents: the least severe that counts")
    escalate_minutes = models.PositiveIntegerField(
        null=True, blank=True, help_text="Until the next person is notified; empty: all are notified at once"
    )
    is_on = models.BooleanField(default=True)
    on_since = models.DateTimeField(default=clock.now)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change by a person")

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class AlertRecipient(models.Model):
    """A person whom a rule notifies; the first of them first."""

    rule = models.ForeignKey(AlertRule, models.CASCADE, related_name="recipients")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "person"], name="alert_recipient_once"),
            models.UniqueConstraint(fields=["rule", "position"], name="alert_recipient_position"),
        ]

    def __str__(self) -> str:
        return f"{self.position}: {self.person_id}"


class AlertFiring(models.Model):
    """A group for which a rule's condition holds, or held. While it is open, the group makes no other one."""

    rule = models.ForeignKey(AlertRule, models.CASCADE, related_name="firings")
    group = models.CharField(max_length=GROUP_LIMIT, help_text="Place, incident or feed; unique while it is open")
    event = models.ForeignKey("responder.Event", models.CASCADE, null=True, blank=True, related_name="+")
    incident = models.ForeignKey("responder.Incident", models.CASCADE, null=True, blank=True, related_name="+")
    title = models.CharField(max_length=FIRING_TITLE_LIMIT)
    path = models.CharField(max_length=PATH_LIMIT, help_text="Local URL of the page that shows it")
    latitude = BoundedFloatField(least=-90, most=90, null=True, blank=True, help_text="Centre of a group of posts")
    longitude = BoundedFloatField(least=-180, most=180, null=True, blank=True)
    first_at = models.DateTimeField(help_text="When the condition was first met, by the time of the posts")
    last_at = models.DateTimeField(help_text="When it was last met")
    opened_at = models.DateTimeField(default=clock.now)
    closed_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    snoozed_until = models.DateTimeField(null=True, blank=True)
    snoozed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    step = models.PositiveSmallIntegerField(default=0, help_text="Recipients that were notified")
    next_step_at = models.DateTimeField(null=True, blank=True, help_text="When the next one is, unless acknowledged")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "group"], condition=models.Q(closed_at=None), name="one_open_firing_a_group"
            ),
            models.UniqueConstraint(fields=["rule", "group", "first_at"], name="one_firing_a_group_and_time"),
        ]
        indexes = [
            models.Index(fields=["rule", "-last_at"], name="firings_of_rule"),
            models.Index(
                fields=["next_step_at"], name="firings_to_escalate",
                condition=models.Q(closed_at=None, acknowledged_at=None),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"firing {self.pk} of rule {self.rule_id}"

    @property
    def is_waiting(self) -> bool:
        """Whether somebody should still acknowledge it."""
        return self.closed_at is None and self.acknowledged_at is None


class Notification(models.Model):
    """What one person is told, in their list and by their channels."""

    class Kind(models.TextChoices):
        RULE = "rule", _("Alert rule")
        ASSIGNED = "assigned", _("Assignment")
        MENTION = "mention", _("Mention")
        CHANNEL = "channel", _("Channel that stopped working")

    class Held(models.TextChoices):
        QUIET = "quiet", _("Quiet hours")
        BUDGET = "budget", _("Limit of messages an hour")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=8, choices=Kind)
    level = models.CharField(max_length=8, choices=AlertRule.Level, default=AlertRule.Level.WARNING)
    firing = models.ForeignKey(AlertFiring, models.CASCADE, null=True, blank=True, related_name="notifications")
    title = models.CharField(max_length=FIRING_TITLE_LIMIT)
    path = models.CharField(max_length=PATH_LIMIT, blank=True)
    at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True, blank=True)
    held = models.CharField(max_length=6, choices=Held, blank=True, help_text="Why it was not sent at once")
    message = models.ForeignKey(
        "responder.NotificationMessage", models.SET_NULL, null=True, blank=True, related_name="notifications",
        help_text="In which it was sent; empty while it waits",
    )  # fmt: skip

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["firing", "person"], name="notified_once_of_a_firing")]
        indexes = [
            models.Index(fields=["person"], condition=models.Q(message=None), name="notifications_to_send"),
            models.Index(fields=["person", "-id"], name="notifications_of_person"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.person_id}"


class NotificationMessage(models.Model):
    """What was sent to a person at one time: all notifications that were due, as one text."""

    ref = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notification_messages")
    level = models.CharField(max_length=8, choices=AlertRule.Level, default=AlertRule.Level.WARNING)
    subject = models.CharField(max_length=FIRING_TITLE_LIMIT)
    body = models.TextField()
    path = models.CharField(max_length=PATH_LIMIT)
    is_test = models.BooleanField(default=False)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["person", "-at"], name="messages_of_person")]

    def __str__(self) -> str:
        return f"message {self.pk} for {self.person_id}"

    @property
    def message_id(self) -> str:
        """The id that is the same for every attempt, so that receivers can detect repetitions."""
        return f"msg_{self.ref.hex}"


class NotificationChannel(models.Model):
    """A way in which a person receives messages outside of the product. Its address is encrypted and never shown."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("E-mail")
        WEBHOOK = "webhook", _("Signed webhook")
        PUSH = "push", _("Push message to a browser")
        APPRISE = "apprise", _("Chat or push service")

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        PAUSED = "paused", _("Paused")
        DEAD = "dead", _("Stopped: messages could not be delivered")

    ref = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notification_channels")
    kind = models.CharField(max_length=7, choices=Kind)
    label = models.CharField(max_length=LABEL_LIMIT, help_text="What its owner calls it")
    service = models.CharField(max_length=LABEL_LIMIT, blank=True, help_text="Service or host, without secrets")
    address = models.TextField(
        blank=True, editable=False, help_text="Encrypted (responder.privacy.secrets); of e-mail: empty, the account's"
    )
    host = models.CharField(max_length=255, help_text="Scheme and host of this site, for links in messages")
    state = models.CharField(max_length=6, choices=State, default=State.ACTIVE)
    problem = models.CharField(max_length=PROBLEM_LIMIT, blank=True, help_text="Of the last attempt that failed")
    generation = models.PositiveIntegerField(default=1, help_text="Of a webhook's secret")
    overlap_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} of {self.person_id}"


class NotificationDelivery(models.Model):
    """One message by one channel."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Queued")
        DONE = "done", _("Delivered")
        DEAD = "dead", _("Failed")

    message = models.ForeignKey(NotificationMessage, models.CASCADE, related_name="deliveries")
    channel = models.ForeignKey(NotificationChannel, models.CASCADE, related_name="deliveries")
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    tries = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(default=clock.now)
    lease_owner = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=PROBLEM_LIMIT, blank=True)
    tried_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["message", "channel"], name="one_delivery_a_channel")]
        indexes = [
            models.Index(fields=["next_at"], name="notices_due", condition=models.Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} by {self.channel_id} ({self.state})"


class NotificationSettings(models.Model):
    """When and how often a person wants to be disturbed."""

    class Sound(models.TextChoices):
        NONE = "", _("No sound")
        CHIME = "chime", _("Chime")
        BELL = "bell", _("Two-tone bell")

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notification_settings")
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=64, default="UTC", help_text="Of the quiet hours")
    critical_breaks_quiet = models.BooleanField(default=True)
    an_hour = models.PositiveSmallIntegerField(default=USUAL_BUDGET, help_text="Messages at most")
    sound = models.CharField(max_length=5, choices=Sound, blank=True, default=Sound.NONE)
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change by a person")

    def __str__(self) -> str:
        return f"notification settings of {self.person_id}"


class PushKey(models.Model):
    """The key pair by which push services know this site (VAPID); one row, unless the settings name a key."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    private_key = models.TextField(editable=False, help_text="Encrypted (responder.privacy.secrets)")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="one_push_key")]

    def __str__(self) -> str:
        return "push key"
