"""Admin of alert rules, firings, notifications and their deliveries: read-only, for auditors.

Addresses, labels and hosts of people's channels are never shown.
"""

from django.contrib import admin

from classifier.browsing import ReadOnlyAdmin
from responder.models import (
    AlertFiring,
    AlertRecipient,
    AlertRule,
    Notification,
    NotificationChannel,
    NotificationDelivery,
    NotificationMessage,
)


@admin.register(AlertRule)
class AlertRuleAdmin(ReadOnlyAdmin):
    plain = ("name",)
    list_display = ("id", "name", "kind", "event", "level", "is_on", "created_by", "created_at")
    list_select_related = ("event", "created_by")
    list_filter = ("kind", "level", "is_on")
    ordering = ("-id",)
    sortable_by = ("id",)
    exact_search = ("id", "name", "event__ref")
    search_help_text = "Id or name of the rule, or reference of its event (exact match)"


@admin.register(AlertRecipient)
class AlertRecipientAdmin(ReadOnlyAdmin):
    list_display = ("id", "rule", "position", "person")
    list_select_related = ("rule", "person")
    ordering = ("-id",)
    sortable_by = ("id",)
    exact_search = ("rule__id", "person__username")
    search_help_text = "Id of the rule, or name of the person (exact match)"


@admin.register(AlertFiring)
class AlertFiringAdmin(ReadOnlyAdmin):
    exclude = ("latitude", "longitude")  # of posts, more exact than they are shown anywhere
    list_display = (
        "id",
        "rule",
        "event",
        "title",
        "opened_at",
        "closed_at",
        "acknowledged_by",
        "snoozed_until",
        "step",
    )
    list_select_related = ("rule", "event", "acknowledged_by")
    ordering = ("-id",)
    sortable_by = ("id",)
    exact_search = ("id", "rule__id", "incident__id")
    search_help_text = "Id of the firing or of its rule, or number of the incident"


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    list_display = ("id", "person", "kind", "level", "title", "at", "read_at", "held")
    list_select_related = ("person",)
    list_filter = ("kind", "level", "held")
    sortable_by = ("id",)
    exact_search = ("id", "firing__id", "person__username")
    search_help_text = "Id of the notification or of its firing, or name of the person (exact match)"


@admin.register(NotificationMessage)
class NotificationMessageAdmin(ReadOnlyAdmin):
    list_display = ("ref", "person", "level", "subject", "is_test", "at")
    list_select_related = ("person",)
    list_filter = ("level", "is_test")
    sortable_by = ("at",)
    exact_search = ("ref", "person__username")
    search_help_text = "Id of the message, or name of the person (exact match)"


@admin.register(NotificationChannel)
class NotificationChannelAdmin(ReadOnlyAdmin):
    exclude = ("label", "service", "host")  # its owner's words, and where it leads
    list_display = ("ref", "person", "kind", "state", "problem", "created_at")
    list_select_related = ("person",)
    list_filter = ("kind", "state")
    ordering = ("-id",)
    sortable_by = ("created_at",)
    exact_search = ("ref", "person__username")
    search_help_text = "Id of the channel, or name of the person (exact match)"


@admin.register(NotificationDelivery)
class NotificationDeliveryAdmin(ReadOnlyAdmin):
    list_display = ("id", "message", "channel", "state", "tries", "next_at", "finished_at", "problem")
    list_select_related = ("message", "channel")
    list_filter = ("state",)
    sortable_by = ("id",)
    exact_search = ("id", "message__ref", "channel__ref")
    search_help_text = "Id of the delivery, of its message or of its channel"
