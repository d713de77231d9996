"""Admin of model versions, each with its card."""

from django.contrib import admin
from django.utils.safestring import SafeString

from classifier.admin.documents import DocumentAdmin
from classifier.browsing import as_json
from classifier.markdown import as_html
from classifier.models import ModelVersion


@admin.register(ModelVersion)
class ModelVersionAdmin(DocumentAdmin):
    plain = ("card", "folder", "metrics", "name", "origin", "sha256", "version")
    document, document_name = "card", "{0.name}-{0.version}-card.md"
    list_display = ("name", "version", "state", "origin", "short_hash", "created_at")
    list_filter = ("state",)
    exact_search = ("name", "version", "sha256")
    search_help_text = "Name, version or SHA-256 (exact match)"
    fields = (
        "name",
        "version",
        "state",
        "origin",
        "sha256",
        "folder",
        "created_at",
        "download",
        "model_card",
        "measured",
    )

    @admin.display(description="SHA-256")
    def short_hash(self, version: ModelVersion) -> str:
        return f"{version.sha256[:12]}…"

    @admin.display(description="metrics")
    def measured(self, version: ModelVersion) -> SafeString:
        return as_json(version.metrics)

    @admin.display(description="model card")
    def model_card(self, version: ModelVersion) -> SafeString:
        return as_html(version.card or "–")
