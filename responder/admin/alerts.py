"""Admin of CAP alerts: auditors read them with the published document."""

from django.contrib import admin

from classifier.browsing import ReadOnlyAdmin
from responder.models import CapAlert


@admin.register(CapAlert)
class CapAlertAdmin(ReadOnlyAdmin):
    plain = ("category", "certainty", "identifier", "response", "severity", "urgency")
    list_display = ("identifier", "message", "state", "is_exercise", "created_by", "published_by", "sent_at")
    list_select_related = ("created_by", "published_by")
    list_filter = ("state", "message", "is_exercise")
    sortable_by = ("sent_at",)
    exact_search = ("identifier",)
    search_help_text = "Identifier of the alert"
