"""Admin of machine translations, their engine and what was sent to it: read-only, for auditors."""

from django.contrib import admin

from classifier.browsing import ReadOnlyAdmin
from responder.models import Translation, TranslationEngine, TranslationUse


@admin.register(TranslationEngine)
class TranslationEngineAdmin(ReadOnlyAdmin):
    plain = ("address", "region")
    exclude = ("key", "pairs", "test_sample", "test_answer")
    list_display = (
        "kind",
        "address",
        "is_on",
        "characters_a_day",
        "characters_a_month",
        "price",
        "answered_at",
        "paused_until",
        "last_error",
    )


@admin.register(TranslationUse)
class TranslationUseAdmin(ReadOnlyAdmin):
    list_display = ("day", "kind", "characters", "requests")
    list_filter = ("kind",)
    ordering = ("-day", "kind")


@admin.register(Translation)
class TranslationAdmin(ReadOnlyAdmin):
    exclude = ("text", "digest", "lease_owner", "lease_until")
    list_display = (
        "id",
        "post",
        "language",
        "state",
        "engine",
        "engine_version",
        "characters",
        "asked_by",
        "asked_at",
        "done_at",
    )
    list_select_related = ("post", "asked_by")
    list_filter = ("state", "engine")
    ordering = ("-id",)
    sortable_by = ("id",)
    exact_search = ("id", "post__id")
    search_help_text = "Id of the translation, or of its post (exact match)"
