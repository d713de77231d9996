"""Admin of official alerts and their sources: read-only, for auditors."""

from django.contrib import admin

from classifier.browsing import ReadOnlyAdmin
from responder.models import HazardSource, OfficialAlert


@admin.register(HazardSource)
class HazardSourceAdmin(ReadOnlyAdmin):
    plain = ("name",)
    exclude = ("documents", "etag", "last_modified", "lease_until")
    list_display = (
        "name",
        "kind",
        "is_on",
        "checked_at",
        "answered_at",
        "failures",
        "unreadable",
        "skipped",
        "last_error",
    )
    list_filter = ("kind", "is_on")
    search_fields = ("name",)  # few rows
    sortable_by = ("name",)


@admin.register(OfficialAlert)
class OfficialAlertAdmin(ReadOnlyAdmin):
    exclude = ("raw",)
    list_display = ("id", "source", "state", "hazard", "level", "headline", "sent", "valid_until", "is_exercise")
    list_select_related = ("source",)
    list_filter = ("state", "level", "is_exercise")
    ordering = ("-id",)
    sortable_by = ("id",)
    exact_search = ("id", "identifier", "source__id")
    search_help_text = "Id of the alert, its identifier at the source, or id of the source (exact match)"
