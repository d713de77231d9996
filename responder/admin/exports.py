"""Admin of queued exports: auditors read them, without the files' contents."""

from django.contrib import admin

from classifier.browsing import ReadOnlyAdmin
from responder.models import ExportJob


@admin.register(ExportJob)
class ExportJobAdmin(ReadOnlyAdmin):
    plain = ("kind",)
    list_display = ("ref", "owner", "kind", "state", "rows", "rows_done", "asked_at", "finished_at")
    list_select_related = ("owner",)
    list_filter = ("state", "kind", ("asked_at", admin.DateFieldListFilter))
    sortable_by = ("asked_at",)
    exact_search = ("ref", "owner__id")
    search_help_text = "Id of the file, or of its owner"
    exclude = ("lease_owner",)
