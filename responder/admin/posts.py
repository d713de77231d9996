"""Admin of posts, their places, changes and decisions: read-only, for auditors."""

from typing import Any

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from classifier.browsing import ReadOnlyAdmin, as_json, preformatted
from responder.models import Change, PartnerFeedback, Place, Post, Reveal, TriageAction
from responder.privacy import links, masking

SHOWN = 80  # characters of a post in lists


@admin.register(Post)
class PostAdmin(ReadOnlyAdmin):
    plain = (
        "category",
        "country_code",
        "group",
        "lang",
        "lang_stated",
        "model_category",
        "needs",
        "place_name",
        "place_type",
        "probabilities",
        "severity_reason",
        "source",
        "text_key",
    )
    list_display = ("id", "excerpt", "event", "category", "severity", "status", "state", "created_at")
    list_select_related = ("event",)
    list_filter = ("state", "status", "event", ("created_at", admin.DateFieldListFilter))
    sortable_by = ("id", "created_at")  # the indexed ones
    exact_search = ("id", "text_key")
    search_joined = ("source", "source_id")
    search_help_text = "Id, source:id at the source, or hash of the text (exact match)"
    fieldsets = (
        ("As received", {"fields": (
            "masked_text", "author", "source", "source_id", "event", "lang", "lang_stated", "masked_links", "created_at", "time_source",
            "received_at", "text_key", "is_exercise",
        )}),
        ("The queue", {"fields": ("state", "attempts", "lease_until", "lease_owner", "error")}),
        ("As understood", {"fields": (
            "category", "group", "model_category", "probability", "band", "abstained", "all_probabilities",
            "emergency", "emergency_probability", "severity", "severity_reason", "priority_score", "needs",
            "cues", "model_version", "classified_at",
        )}),
        ("As placed", {"fields": (
            "place_name", "place_type", "country_code", "position", "radius_km", "on_the_map",
        )}),
        ("As decided", {"fields": ("status", "correction", "reviewed_by", "reviewed_at", "version", "all_records")}),
    )  # fmt: skip

    @admin.display(description="text")
    def excerpt(self, post: Post) -> str:
        text = masking.mask(post.text)
        return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"

    @admin.display(description="text, masked")
    def masked_text(self, post: Post) -> SafeString:
        return preformatted(masking.mask(post.text))

    @admin.display(description="links, masked")
    def masked_links(self, post: Post) -> SafeString:
        return preformatted("\n".join(links.shown(link).text for link in post.links) or "–")

    @admin.display(description="author, masked")
    def author(self, post: Post) -> str:
        return masking.mask_author(post.author_handle) or "–"

    @admin.display(description="position, masked")
    def position(self, post: Post) -> str:
        return _position(post)

    @admin.display(description="probabilities")
    def all_probabilities(self, post: Post) -> SafeString:
        return as_json(post.probabilities)

    @admin.display(description="for auditors")
    def all_records(self, post: Post) -> SafeString:
        url = reverse("post-records", args=[post.pk])
        return format_html('<a href="{}">Post, predictions, models, approvals, runs and labels as a ZIP</a>', url)

    @admin.display(description="open in Responder")
    def on_the_map(self, post: Post) -> SafeString:
        return format_html('<a href="{}?sel={}">Show this post</a>', reverse("map"), post.pk)


@admin.register(PartnerFeedback)
class PartnerFeedbackAdmin(ReadOnlyAdmin):
    plain = ("category", "organisation", "wrong")
    list_display = ("id", "post", "organisation", "owner", "wrong", "state", "created_at", "decided_by", "decided_at")
    list_select_related = ("post", "owner", "decided_by")
    list_filter = ("state",)
    sortable_by = ("id",)
    exact_search = ("id", "post__id", "owner__id")
    search_help_text = "Id of the feedback, of its post or of its owner"


@admin.register(Place)
class PlaceAdmin(ReadOnlyAdmin):
    plain = ("country_code", "name", "type")
    list_display = ("id", "post", "masked_text", "name", "type", "country_code", "score", "chosen")
    fields = (
        "post", "masked_text", "start", "end", "name", "type", "country_code", "position", "radius_km", "score", "chosen", "reason",
    )  # fmt: skip
    list_select_related = ("post",)
    ordering = ("-id",)
    sortable_by = ("id",)
    exact_search = ("id", "post__id")
    search_help_text = "Id of the place or of its post"

    @admin.display(description="text, masked")
    def masked_text(self, place: Place) -> str:
        return masking.mask(place.text)

    @admin.display(description="position, masked")
    def position(self, place: Place) -> str:
        return _position(place)


@admin.register(Change)
class ChangeAdmin(ReadOnlyAdmin):
    list_display = ("id", "post", "kind", "at")
    list_select_related = ("post",)
    list_filter = (("at", admin.DateFieldListFilter),)
    ordering = ("-id",)
    sortable_by = ("id", "at")
    exact_search = ("id", "post__id")
    search_help_text = "Id of the change or of its post"


@admin.register(TriageAction)
class TriageActionAdmin(ReadOnlyAdmin):
    list_display = ("id", "at", "actor", "verb", "post", "difference", "version")
    list_select_related = ("actor", "post")
    sortable_by = ("id",)
    exact_search = ("id", "post__id", "actor__username")
    search_help_text = "Id, id of the post, or name of the person (exact match)"
    fields = ("post", "actor", "verb", "at", "version", "difference", "state_before", "state_after", "batch", "undoes")

    @admin.display(description="changed")
    def difference(self, action: TriageAction) -> str:
        """The fields that the decision changed, before → after."""
        return "; ".join(_differences(action.before or {}, action.after or {})) or "–"

    @admin.display(description="before")
    def state_before(self, action: TriageAction) -> SafeString:
        return as_json(action.before)

    @admin.display(description="after")
    def state_after(self, action: TriageAction) -> SafeString:
        return as_json(action.after)


@admin.register(Reveal)
class RevealAdmin(ReadOnlyAdmin):
    list_display = ("id", "at", "by", "post", "reason", "until")
    list_select_related = ("by", "post")
    list_filter = (("at", admin.DateFieldListFilter),)
    ordering = ("-id",)
    sortable_by = ("id",)
    exact_search = ("id", "post__id", "by__username")
    search_help_text = "Id, id of the post, or name of the person (exact match)"


def _position(row: Post | Place) -> str:
    latitude, longitude = masking.point(row.latitude, row.longitude, row.radius_km)
    return "–" if latitude is None else f"{latitude}, {longitude}"


def _differences(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    names = [name for name in ("status", "category", "group", "severity") if before.get(name) != after.get(name)]
    return [f"{name}: {before.get(name) or '–'} → {after.get(name) or '–'}" for name in names]
