"""Admin of prediction jobs: auditors read them, without texts and predictions."""

from django.contrib import admin

from classifier.browsing import ReadOnlyAdmin
from responder.models import PredictionJob


@admin.register(PredictionJob)
class PredictionJobAdmin(ReadOnlyAdmin):
    plain = ("form", "model", "sha256")
    list_display = ("ref", "owner", "state", "rows_read", "rows_bad", "model", "created_at", "finished_at")
    list_select_related = ("owner",)
    list_filter = ("state", ("created_at", admin.DateFieldListFilter))
    sortable_by = ("created_at",)
    exact_search = ("ref", "owner__id")
    search_help_text = "Id of the job, or of its owner"
    exclude = ("bad", "lease_owner")
