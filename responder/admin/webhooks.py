"""Admin of webhooks, deliveries and attempts: read-only, for auditors; secrets are never shown."""

from django.contrib import admin

from classifier.browsing import ReadOnlyAdmin
from responder.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint, WebhookEvent


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    plain = ("kinds",)
    list_display = ("ref", "owner", "url", "kinds", "state", "generation", "created_at")
    list_select_related = ("owner",)
    list_filter = ("state",)
    exact_search = ("ref", "owner__id")
    search_help_text = "Id of the webhook, or of its owner"


@admin.register(WebhookEvent)
class WebhookEventAdmin(ReadOnlyAdmin):
    plain = ("kind",)
    list_display = ("ref", "kind", "at")
    list_filter = ("kind",)
    sortable_by = ("at",)
    exact_search = ("ref",)
    search_help_text = "Id of the event"


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    list_display = ("id", "endpoint", "event", "state", "tries", "next_at", "problem")
    list_select_related = ("endpoint", "event")
    list_filter = ("state",)
    sortable_by = ("id",)
    exact_search = ("id", "endpoint__id", "event__id")
    search_help_text = "Id of the delivery, of its webhook or of its event"


@admin.register(WebhookAttempt)
class WebhookAttemptAdmin(ReadOnlyAdmin):
    list_display = ("id", "delivery", "at", "status", "problem", "milliseconds")
    list_select_related = ("delivery",)
    sortable_by = ("id",)
    exact_search = ("id", "delivery__id")
    search_help_text = "Id of the attempt, or of its delivery"
