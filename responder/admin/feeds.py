"""Admin of feeds, gaps, usage and tombstones: read-only, for auditors."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from classifier.browsing import ReadOnlyAdmin
from responder.models import Feed, FeedGap, FeedUsage, Tombstone


@admin.register(Feed)
class FeedAdmin(ReadOnlyAdmin):
    plain = ("name", "kind")
    list_display = ("name", "kind", "event", "wanted", "state", "per_minute", "seen_at", "last_error")
    list_select_related = ("event",)
    list_filter = ("kind", "state")
    search_fields = ("name",)  # few rows
    readonly_fields = ("in_the_product",)

    @admin.display(description="open in Responder")
    def in_the_product(self, feed: Feed) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("source", args=[feed.pk]), feed.name)


@admin.register(FeedGap)
class FeedGapAdmin(ReadOnlyAdmin):
    list_display = ("id", "feed", "state", "began_at", "ended_at", "why")
    list_select_related = ("feed",)
    list_filter = ("state",)
    sortable_by = ("id",)
    exact_search = ("id", "feed__id")
    search_help_text = "Id of the gap or of its feed"


@admin.register(FeedUsage)
class FeedUsageAdmin(ReadOnlyAdmin):
    list_display = ("feed", "day", "posts", "money")
    list_select_related = ("feed",)
    sortable_by = ("day",)
    exact_search = ("feed__id",)
    search_help_text = "Id of the feed"


@admin.register(Tombstone)
class TombstoneAdmin(ReadOnlyAdmin):
    plain = ("key",)
    list_display = ("key", "known", "at")
    list_filter = ("known",)
    ordering = ("-at",)
    sortable_by = ("at",)
    exact_search = ("key",)
    search_help_text = "SHA-256 of source:id (exact match)"
