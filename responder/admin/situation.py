"""Admin of situation reports and handovers: auditors read who wrote, signed, withdrew and acknowledged."""

from django.contrib import admin

from classifier.browsing import ReadOnlyAdmin
from responder.models import Handover, SituationReport


@admin.register(SituationReport)
class SituationReportAdmin(ReadOnlyAdmin):
    list_display = ("ref", "event", "number", "state", "is_exercise", "created_by", "published_by", "published_at")
    list_select_related = ("event", "created_by", "published_by")
    list_filter = ("state", "is_exercise")
    sortable_by = ("published_at",)


@admin.register(Handover)
class HandoverAdmin(ReadOnlyAdmin):
    list_display = ("id", "event", "state", "since", "until", "given_by", "acknowledged_by", "acknowledged_at")
    list_select_related = ("event", "given_by", "acknowledged_by")
    list_filter = ("state",)
    sortable_by = ("until",)
    exclude = ("sections", "content", "remark")  # texts by the people who handle the event's incidents
