"""Admin of labels and labelling tasks. Texts are not shown here; they are on the post's page, masked."""

from django.contrib import admin

from classifier.browsing import ReadOnlyAdmin
from classifier.models import Label, LabelImport, LabelSchema, LabelSchemaVersion, LabelTask, PlaceLabel


@admin.register(Label)
class LabelAdmin(ReadOnlyAdmin):
    plain = ("category", "event", "lang", "predicted", "priority", "subject", "text_key")
    list_display = ("id", "subject", "category", "priority", "how", "by", "at", "stands")
    list_select_related = ("by", "superseded_by")
    list_filter = ("how", "category", ("at", admin.DateFieldListFilter))
    sortable_by = ("id", "at")
    exact_search = ("id", "subject", "by__username")
    search_help_text = "Id, subject such as post:17, or name of the person (exact match)"
    fields = (
        "subject", "event", "lang", "category", "priority", "how", "by", "at", "task", "supersedes", "withdrawn",
        "weight", "source_file", "predicted", "predicted_probability", "model_version", "text_key", "erased_at",
    )  # fmt: skip

    @admin.display(description="in effect", boolean=True)
    def stands(self, label: Label) -> bool:
        """Whether the label was neither superseded by the same person nor erased."""
        return not hasattr(label, "superseded_by") and not label.withdrawn and label.erased_at is None


@admin.register(PlaceLabel)
class PlaceLabelAdmin(ReadOnlyAdmin):
    plain = ("country_code", "event", "lang", "subject", "text_key", "type")
    list_display = ("id", "subject", "type", "country_code", "by", "at", "withdrawn_at", "erased_at")
    list_select_related = ("by",)
    list_filter = (("at", admin.DateFieldListFilter),)
    sortable_by = ("id", "at")
    exact_search = ("id", "subject", "by__username")
    search_help_text = "Id, subject such as post:17, or name of the person (exact match)"
    fields = (
        "subject", "event", "lang", "name", "type", "country_code", "radius_km", "by", "at", "decision", "withdrawn_at",
        "erased_at", "model_version", "text_key",
    )  # fmt: skip


@admin.register(LabelTask)
class LabelTaskAdmin(ReadOnlyAdmin):
    plain = ("event", "lang", "predicted", "predicted_priority", "stratum", "subject", "text_key", "week")
    list_display = ("id", "subject", "purpose", "week", "coders", "inclusion_probability", "created_at", "closed_at")
    list_filter = ("purpose", "week")
    sortable_by = ("id",)
    exact_search = ("id", "subject", "week")
    search_help_text = "Id, subject such as post:17, or week such as 2026-W48"
    fields = (
        "subject", "event", "lang", "purpose", "week", "stratum", "inclusion_probability", "coders", "predicted",
        "predicted_probability", "predicted_priority", "model_version", "created_at", "closed_at", "text_key",
    )  # fmt: skip


@admin.register(LabelImport)
class LabelImportAdmin(ReadOnlyAdmin):
    plain = ("form", "sha256")
    list_display = ("id", "name", "form", "state", "by", "at", "stored_at")
    list_select_related = ("by",)
    list_filter = ("state", ("at", admin.DateFieldListFilter))
    sortable_by = ("id", "at")
    exact_search = ("id", "sha256", "by__username")
    search_help_text = "Id, SHA-256 or name of the person (exact match)"
    fields = ("ref", "name", "form", "sha256", "size", "state", "by", "at", "stored_at")


@admin.register(LabelSchema)
class LabelSchemaAdmin(ReadOnlyAdmin):
    plain = ("name",)
    list_display = ("id", "name", "is_active", "version", "changed_by", "changed_at")
    list_select_related = ("changed_by",)
    sortable_by = ("id", "changed_at")
    exact_search = ("id", "name", "changed_by__username")
    search_help_text = "Id, name of the schema or of the person (exact match)"
    fields = ("ref", "name", "is_active", "version", "created_at", "changed_by", "changed_at")


@admin.register(LabelSchemaVersion)
class LabelSchemaVersionAdmin(ReadOnlyAdmin):
    plain = ("name",)
    list_display = ("id", "schema", "version", "what", "by", "at")
    list_select_related = ("schema", "by")
    sortable_by = ("id", "at")
    exact_search = ("id", "schema__name", "by__username")
    search_help_text = "Id, name of the schema or of the person (exact match)"
    fields = ("schema", "version", "name", "what", "by", "at")
