"""Admin of prediction jobs and imports: auditors read them, without texts, predictions and reports."""

from django.contrib import admin

from classifier.browsing import ReadOnlyAdmin
from responder.models import ImportJob, PredictionJob


@admin.register(PredictionJob)
class PredictionJobAdmin(ReadOnlyAdmin):
    plain = ("form", "model", "sha256")
    list_display = ("ref", "owner", "state", "rows_read", "rows_bad", "model", "created_at", "finished_at")
    list_select_related = ("owner",)
    list_filter = ("state", ("created_at", admin.DateFieldListFilter))
    sortable_by = ("created_at",)
    exact_search = ("ref", "owner__id")
    search_help_text = "Id of the job, or of its owner"
    exclude = ("bad", "repaired", "lease_owner")


@admin.register(ImportJob)
class ImportJobAdmin(ReadOnlyAdmin):
    plain = ("encoding", "form", "sha256", "source", "time_zone")
    list_display = ("ref", "owner", "source", "event", "state", "rows_read", "created_at", "finished_at")
    list_select_related = ("owner", "event")
    list_filter = ("state", ("created_at", admin.DateFieldListFilter))
    sortable_by = ("created_at",)
    exact_search = ("ref", "owner__id")
    search_help_text = "Id of the import, or of its owner"
    exclude = ("report", "mapping", "lease_owner")
