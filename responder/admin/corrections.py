"""Admin of corrections: auditors read which steps were taken, without contact and words."""

from django.contrib import admin

from classifier.browsing import ReadOnlyAdmin
from responder.models import CorrectionDecision, CorrectionJob, CorrectionRequest, HiddenPhrase


@admin.register(CorrectionRequest)
class CorrectionRequestAdmin(ReadOnlyAdmin):
    plain = ("ref",)
    list_display = (
        "ref",
        "wish",
        "state",
        "outcome",
        "suspected",
        "received_at",
        "identity",
        "decided_at",
        "closed_at",
    )
    list_filter = ("state", "outcome", "wish", "suspected", ("received_at", admin.DateFieldListFilter))
    sortable_by = ("received_at",)
    exact_search = ("ref",)
    search_help_text = "Reference"
    exclude = ("token_hash", "where", "contact", "details", "identity_words", "reason")


@admin.register(CorrectionDecision)
class CorrectionDecisionAdmin(ReadOnlyAdmin):
    list_display = ("id", "request", "post_id", "verb", "not_missing", "later_too", "done_at")
    list_select_related = ("request",)
    list_filter = ("verb", ("done_at", admin.DateFieldListFilter))
    sortable_by = ("id",)
    exact_search = ("post_id", "request__ref")
    search_help_text = "Id of the post, or reference of the request"
    exclude = ("phrases",)


@admin.register(CorrectionJob)
class CorrectionJobAdmin(ReadOnlyAdmin):
    plain = ("results", "steps", "incident_ids")
    list_display = ("ref", "request", "owner", "state", "steps_done", "finished_at")
    list_select_related = ("request", "owner")
    list_filter = ("state", ("finished_at", admin.DateFieldListFilter))
    sortable_by = ("finished_at",)
    exact_search = ("ref", "request__ref")
    search_help_text = "Id of the job, or reference of the request"
    exclude = ("lease_owner",)


@admin.register(HiddenPhrase)
class HiddenPhraseAdmin(ReadOnlyAdmin):
    plain = ("digest", "post_key")
    list_display = ("id", "kind", "size", "at")
    list_filter = ("kind", ("at", admin.DateFieldListFilter))
    sortable_by = ("id",)
    exact_search = ("digest",)
    search_help_text = "Keyed hash"
