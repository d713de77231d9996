"""Admin of incidents, their posts and timelines: read-only, for auditors."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from classifier.browsing import ReadOnlyAdmin, as_json
from responder.models import (
    GroupingFailure,
    Incident,
    IncidentEntry,
    IncidentFact,
    IncidentFollower,
    IncidentPost,
    IncidentSuggestion,
    MutedAuthor,
    PostEmbedding,
    SuggestedPost,
)
from responder.privacy import masking


@admin.register(Incident)
class IncidentAdmin(ReadOnlyAdmin):
    plain = ("category", "needs")
    list_display = ("ref", "title", "event", "status", "severity", "owner", "verification", "size", "created_at")
    list_select_related = ("event", "owner")
    list_filter = ("status", "verification", "severity", ("created_at", admin.DateFieldListFilter))
    ordering = ("-id",)
    sortable_by = ("ref",)
    exact_search = ("id", "owner__username")
    search_help_text = "Number of the incident, or name of its owner (exact match)"
    readonly_fields = ("in_the_product",)

    @admin.display(description="open in Responder")
    def in_the_product(self, incident: Incident) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("incident", args=[incident.ref]), incident.ref)


@admin.register(IncidentPost)
class IncidentPostAdmin(ReadOnlyAdmin):
    list_display = ("id", "incident", "post", "state", "by", "likeness", "at")
    list_select_related = ("incident", "post", "by")
    list_filter = ("state",)
    ordering = ("-id",)
    sortable_by = ("id",)
    exact_search = ("incident__id", "post__id")
    search_help_text = "Number of the incident, or id of the post"


@admin.register(IncidentFact)
class IncidentFactAdmin(ReadOnlyAdmin):
    list_display = ("id", "incident", "kind", "value", "number", "post", "state", "by", "at")
    list_select_related = ("incident", "post", "by")
    list_filter = ("kind", "state")
    ordering = ("-id",)
    sortable_by = ("id",)
    exact_search = ("incident__id", "post__id")
    search_help_text = "Number of the incident, or id of the post"


@admin.register(IncidentSuggestion)
class IncidentSuggestionAdmin(ReadOnlyAdmin):
    list_display = ("id", "event", "state", "created_at", "by", "at", "incident")
    list_select_related = ("event", "by", "incident")
    list_filter = ("state",)
    ordering = ("-id",)
    sortable_by = ("id",)
    exact_search = ("id",)
    search_help_text = "Id of the suggestion (exact match)"


@admin.register(SuggestedPost)
class SuggestedPostAdmin(ReadOnlyAdmin):
    list_display = ("id", "suggestion", "post", "likeness")
    list_select_related = ("suggestion", "post")
    ordering = ("-id",)
    sortable_by = ("id",)
    exact_search = ("suggestion__id", "post__id")
    search_help_text = "Id of the suggestion, or of the post"


@admin.register(IncidentEntry)
class IncidentEntryAdmin(ReadOnlyAdmin):
    plain = ("organisation",)
    list_display = ("id", "at", "actor", "verb", "incident", "posts", "version")
    list_select_related = ("actor", "incident")
    list_filter = ("verb", ("at", admin.DateFieldListFilter))
    sortable_by = ("id",)
    exact_search = ("id", "incident__id", "actor__username")
    search_help_text = "Id, number of the incident, or name of the person (exact match)"
    fields = ("incident", "verb", "actor", "at", "note", "posts", "other", "version", "state_before", "state_after")

    @admin.display(description="before")
    def state_before(self, entry: IncidentEntry) -> SafeString:
        return as_json(entry.before)

    @admin.display(description="after")
    def state_after(self, entry: IncidentEntry) -> SafeString:
        return as_json(entry.after)


@admin.register(IncidentFollower)
class IncidentFollowerAdmin(ReadOnlyAdmin):
    list_display = ("id", "incident", "user", "follows", "snoozed_until_size", "at")
    list_select_related = ("incident", "user")
    ordering = ("-id",)
    sortable_by = ("id",)
    exact_search = ("incident__id", "user__username")
    search_help_text = "Number of the incident, or name of the person"


@admin.register(MutedAuthor)
class MutedAuthorAdmin(ReadOnlyAdmin):
    plain = ("author_key",)
    list_display = ("id", "author_key", "event", "by", "at")
    list_select_related = ("event", "by")
    ordering = ("-id",)
    sortable_by = ("id",)
    exact_search = ("author_key",)
    search_help_text = "Hash of the author (exact match)"


@admin.register(GroupingFailure)
class GroupingFailureAdmin(ReadOnlyAdmin):
    list_display = ("embedding_id", "attempts", "masked_error", "try_again_at")
    ordering = ("-embedding_id",)
    sortable_by = ("embedding_id",)
    exact_search = ("embedding__post__id",)
    search_help_text = "Id of the post"
    fields = ("embedding", "attempts", "masked_error", "try_again_at")

    @admin.display(description="error, masked")
    def masked_error(self, failure: GroupingFailure) -> str:
        return masking.mask(failure.error)


@admin.register(PostEmbedding)
class PostEmbeddingAdmin(ReadOnlyAdmin):
    """Read-only admin without the vectors, which are meaningless to people."""

    plain = ("space",)
    list_display = ("post_id", "event", "space", "at", "leads", "grouped_at")
    list_select_related = ("event",)
    ordering = ("-post_id",)
    sortable_by = ("post_id",)
    exact_search = ("post__id",)
    search_help_text = "Id of the post"
    fields = ("post", "event", "space", "cell", "at", "leads", "grouped_at")
