"""Models and predictions in the admin: read by auditors, written by nobody."""

from django.contrib import admin
from django.utils.safestring import SafeString

from classifier.browsing import ReadOnlyAdmin, as_json, preformatted
from classifier.models import ModelVersion, Prediction


@admin.register(ModelVersion)
class ModelVersionAdmin(ReadOnlyAdmin):
    list_display = ("name", "version", "state", "origin", "short_hash", "created_at")
    list_filter = ("state",)
    exact_search = ("name", "version", "sha256")
    search_help_text = "Name, version or SHA-256, as a whole"
    fields = ("name", "version", "state", "origin", "sha256", "folder", "created_at", "measured", "model_card")

    @admin.display(description="SHA-256")
    def short_hash(self, version: ModelVersion) -> str:
        return f"{version.sha256[:12]}…"

    @admin.display(description="metrics")
    def measured(self, version: ModelVersion) -> SafeString:
        return as_json(version.metrics)

    @admin.display(description="model card (Markdown)")
    def model_card(self, version: ModelVersion) -> SafeString:
        return preformatted(version.card or "–")


@admin.register(Prediction)
class PredictionAdmin(ReadOnlyAdmin):
    list_display = ("id", "subject", "category", "probability", "abstained", "priority", "model_version", "created_at")
    list_select_related = ("model_version",)
    list_filter = (("created_at", admin.DateFieldListFilter),)
    sortable_by = ("id", "created_at")  # the indexed ones
    exact_search = ("id", "subject")
    search_help_text = "Id, or subject such as post:17"
    fields = (
        "subject", "model_version", "created_at", "category", "probability", "abstained", "all_probabilities",
        "emergency_probability", "priority", "priority_score", "needs",
    )  # fmt: skip

    @admin.display(description="probabilities")
    def all_probabilities(self, prediction: Prediction) -> SafeString:
        return as_json(prediction.probabilities)
