"""Admin of rumours, their verdicts and the posts for and against them: read-only, for auditors."""

from django.contrib import admin

from classifier.browsing import ReadOnlyAdmin
from responder.models import Rumour, RumourPost


@admin.register(Rumour)
class RumourAdmin(ReadOnlyAdmin):
    list_display = ("ref", "event", "claim", "verdict", "verdict_by", "verdict_at", "opened_by", "opened_at")
    list_select_related = ("event", "verdict_by", "opened_by")
    list_filter = ("verdict",)
    sortable_by = ("opened_at",)
    exact_search = ("id", "event__ref")
    search_help_text = "Number of the rumour, or reference of the event"


@admin.register(RumourPost)
class RumourPostAdmin(ReadOnlyAdmin):
    list_display = ("id", "rumour", "post", "side", "by", "at")
    list_select_related = ("rumour", "post", "by")
    list_filter = ("side",)
    ordering = ("-id",)
    sortable_by = ("id",)
    exact_search = ("rumour__id", "post__id")
    search_help_text = "Number of the rumour, or id of the post"
