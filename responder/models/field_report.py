"""Reports from people: the channels that receive them, the reports, and the parts of long messages.

A report's text is its post, which is classified, masked, grouped and erased as every post. What is about the person who
reported is stored here, encrypted.
"""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from classifier import clock

NAME_LIMIT, NOTICE_LIMIT, HOST_LIMIT, ACCOUNT_LIMIT, FOLDER_LIMIT = 80, 300, 255, 255, 100


class ReportChannel(models.Model):
    """A way in which people outside can send reports to an event. Its keys are derived, see `field_reports.keys`."""

    class Kind(models.TextChoices):
        PUBLIC_FORM = "public-form", _("Public form")
        SMS = "sms", _("SMS gateway (Twilio)")
        SIGNED = "signed", _("Messages as signed JSON")
        EMAIL = "email", _("Mailbox (IMAP)")

    ref = models.CharField(max_length=12, unique=True)
    kind = models.CharField(max_length=11, choices=Kind)
    name = models.CharField(max_length=NAME_LIMIT, unique=True)
    event = models.ForeignKey("responder.Event", models.PROTECT, related_name="report_channels")
    is_on = models.BooleanField(default=True)
    generation = models.PositiveIntegerField(default=1, help_text="Of its link or address; grows when it is replaced")
    notice = models.CharField(
        max_length=NOTICE_LIMIT, blank=True, help_text="What the form says about emergency numbers; empty: our text"
    )
    secret = models.TextField(
        blank=True, editable=False, help_text="Encrypted: the gateway's token, or the mailbox's password"
    )
    created_at = models.DateTimeField(default=clock.now)
    version = models.PositiveIntegerField(default=1, help_text="Grows with every change by a person")

    # Of a mailbox
    host = models.CharField(max_length=HOST_LIMIT, blank=True)
    port = models.PositiveIntegerField(default=993)
    account = models.CharField(max_length=ACCOUNT_LIMIT, blank=True, help_text="User name at the mail server")
    folder = models.CharField(max_length=FOLDER_LIMIT, blank=True)
    uid_validity = models.BigIntegerField(null=True, blank=True, help_text="The folder's, when it was last read")
    last_uid = models.BigIntegerField(default=0, help_text="Of the last message that was read")
    lease_until = models.DateTimeField(null=True, blank=True, help_text="Until when a worker reads the mailbox")

    # Status
    received = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0, help_text="Messages that were not accepted")
    last_received_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True, help_text="When the mailbox was last read")
    last_error = models.CharField(max_length=300, blank=True)
    last_error_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class FieldReport(models.Model):
    """A report from a person; its text is its post."""

    class Kind(models.TextChoices):
        """The source of the post, as `Post.source` names it."""

        PHONE = "phone", _("Phone")
        RADIO = "radio", _("Radio")
        WALK_IN = "walk-in", _("Walk-in")
        PUBLIC_FORM = "public-form", _("Public form")
        SMS = "sms", _("SMS")
        EMAIL = "email", _("E-mail")

    class About(models.TextChoices):
        SELF = "self", _("For the reporter")
        OTHER = "other", _("For somebody else")

    ref = models.CharField(max_length=12, unique=True)
    post = models.OneToOneField("responder.Post", models.CASCADE, related_name="field_report")
    channel = models.ForeignKey(ReportChannel, models.PROTECT, null=True, blank=True, related_name="reports")
    kind = models.CharField(max_length=11, choices=Kind)
    about = models.CharField(max_length=5, choices=About, blank=True, help_text="Empty: not stated")
    severity = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Chosen by whoever filed it, 1 Critical to 4 Low; empty: left to the model"
    )
    contact = models.TextField(
        blank=True, editable=False, help_text="Encrypted: name, telephone, address and position of the reporter"
    )
    attachments = models.PositiveSmallIntegerField(default=0, help_text="Files that came along and were not stored")
    filed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="field_reports"
    )  # fmt: skip
    received_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["-received_at", "-id"]
        indexes = [models.Index(fields=["kind", "received_at"], name="field_report_by_kind")]

    def __str__(self) -> str:
        return self.ref


class MessagePart(models.Model):
    """A part of a long message that waits for the others. Once joined, a day long only its hash, so that repeats are known."""

    channel = models.ForeignKey(ReportChannel, models.CASCADE, related_name="parts")
    group_key = models.CharField(max_length=64, help_text="Keyed hash of the sender and of the gateway's reference")
    number = models.PositiveSmallIntegerField()
    total = models.PositiveSmallIntegerField()
    text = models.TextField(help_text="Once joined: its SHA-256")
    sender = models.TextField(
        blank=True, editable=False, help_text="Encrypted contact of the sender; empty once joined"
    )
    received_at = models.DateTimeField(default=clock.now)
    joined_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "group_key", "number"], name="message_part_once"),
        ]

    def __str__(self) -> str:
        return f"part {self.number} of {self.total}"
