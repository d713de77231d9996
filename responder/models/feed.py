"""Feeds, their usage and cost, and gaps in them."""

from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock
from responder.models.moment import MomentField

NAME_LIMIT, ADDRESS_LIMIT, CHANNEL_LIMIT = 80, 255, 100
MONEY: dict[str, Any] = {"max_digits": 12, "decimal_places": 4}


class Feed(models.Model):
    """A configured source. `wanted`: whether people started it; `state`: its status; a process holds the lease.

    The cursor is written in the transaction of the posts that it follows: it may lag behind them, never lead.
    """

    class State(models.TextChoices):
        PAUSED = "paused", _("Paused")
        STARTING = "starting", _("Starting")
        LIVE = "live", _("Live")
        WAITING = "waiting", _("Connection lost, reconnecting")
        HELD = "held", _("Throttled: too many posts are waiting for classification")
        SPENT = "spent", _("Budget used up")
        FAILED = "failed", _("Failed: action needed")

    name = models.CharField(max_length=NAME_LIMIT, unique=True)
    # No choices: the kinds are declared by the connectors, and a new one needs no migration.
    kind = models.CharField(max_length=32, help_text="Name of its kind in the registry of connectors")
    address = models.CharField(
        max_length=ADDRESS_LIMIT, blank=True, help_text="Base address of the server; empty: the default"
    )
    channel = models.CharField(
        max_length=CHANNEL_LIMIT, blank=True, help_text="What of the server is read, e.g. a hashtag"
    )
    terms = models.JSONField(default=list, blank=True, help_text="Keywords or rules by which posts are chosen")
    access_token = models.TextField(
        blank=True, editable=False, help_text="Encrypted (responder.privacy.secrets); never shown"
    )
    event = models.ForeignKey("responder.Event", models.PROTECT, null=True, blank=True, related_name="feeds")

    wanted = models.BooleanField(default=False)
    state = models.CharField(max_length=8, choices=State, default=State.PAUSED)
    state_at = models.DateTimeField(default=clock.now)
    cursor = models.CharField(max_length=255, blank=True)
    cursor_at = MomentField(null=True, blank=True, help_text="The source's time of the last event stored")
    connected_at = models.DateTimeField(null=True, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="When the source was last seen")
    per_minute = models.PositiveIntegerField(default=0, help_text="Posts read in the last minute")
    last_post_at = models.DateTimeField(null=True, blank=True, help_text="When a post was last read")
    usual_per_minute = models.FloatField(
        default=0.0, help_text="Posts a minute while it is connected; see feeds.usual_rate"
    )
    usual_minutes = models.FloatField(default=0.0, help_text="Minutes of reading behind the usual rate")
    last_error = models.CharField(max_length=300, blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)
    reconnects = models.PositiveIntegerField(default=0)
    garbage = models.PositiveIntegerField(default=0, help_text="Messages that could not be read")
    held = models.PositiveIntegerField(default=0, help_text="How often the feed was throttled")
    shed = models.PositiveIntegerField(default=0, help_text="Posts dropped because too many were waiting")
    lease_owner = models.CharField(max_length=32, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)

    price = models.DecimalField(**MONEY, default=Decimal(0), help_text="US dollars per post read")
    posts_a_day = models.PositiveIntegerField(null=True, blank=True)
    posts_a_month = models.PositiveIntegerField(null=True, blank=True)
    money_a_day = models.DecimalField(**MONEY, null=True, blank=True)
    money_a_month = models.DecimalField(**MONEY, null=True, blank=True)
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change by a person")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class FeedUsage(models.Model):
    """Posts and cost of a feed on one day (UTC); written with the posts."""

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="usage")
    day = models.DateField()
    posts = models.PositiveIntegerField(default=0)
    money = models.DecimalField(**MONEY, default=Decimal(0))

    class Meta:
        ordering = ["-day"]
        constraints = [models.UniqueConstraint(fields=["feed", "day"], name="feed_usage_once_a_day")]

    def __str__(self) -> str:
        return f"{self.feed_id} on {self.day}"


class FeedGap(models.Model):
    """A period for which a feed may lack posts: "no posts" must never look like "no emergency"."""

    class State(models.TextChoices):
        OPEN = "open", _("Ongoing")
        REFILLED = "refilled", _("Filled later")
        LOST = "lost", _("Lost")

    feed = models.ForeignKey(Feed, models.CASCADE, related_name="gaps")
    state = models.CharField(max_length=8, choices=State, default=State.OPEN)
    began_at = MomentField()
    ended_at = MomentField(null=True, blank=True)
    why = models.CharField(max_length=300)
    found_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["feed"], condition=models.Q(state="open"), name="one_open_gap_a_feed")
        ]

    def __str__(self) -> str:
        return f"{self.feed_id} from {self.began_at:%Y-%m-%d %H:%M}"


class Tombstone(models.Model):
    """A deleted post's hashed identity, by which late deliveries are refused."""

    key = models.CharField(max_length=64, primary_key=True, help_text="SHA-256 of source:id")
    known = models.BooleanField(default=True, help_text="Whether the post was here; others are forgotten in days")
    at = models.DateTimeField(default=clock.now, db_index=True)

    def __str__(self) -> str:
        return self.key[:12]
