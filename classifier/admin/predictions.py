"""Admin of predictions, each with the exact model and the people who approved it."""

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from classifier import releases
from classifier.browsing import ReadOnlyAdmin, as_json
from classifier.models import Deployment, Prediction


@admin.register(Prediction)
class PredictionAdmin(ReadOnlyAdmin):
    plain = ("category", "needs", "priority", "probabilities", "subject")
    list_display = (
        "id", "subject", "category", "probability", "abstained", "priority", "model_version", "role", "created_at",
    )  # fmt: skip
    list_select_related = ("model_version",)
    list_filter = ("role", ("created_at", admin.DateFieldListFilter))
    sortable_by = ("id", "created_at")  # the indexed columns
    exact_search = ("id", "subject")
    search_help_text = "Id, or subject such as post:17"
    fields = (
        "subject", "model_version", "role", "let_serve_by", "created_at", "category", "probability", "abstained",
        "all_probabilities", "emergency_probability", "priority", "priority_score", "needs",
    )  # fmt: skip

    @admin.display(description="probabilities")
    def all_probabilities(self, prediction: Prediction) -> SafeString:
        return as_json(prediction.probabilities)

    @admin.display(description="deployment")
    def let_serve_by(self, prediction: Prediction) -> SafeString | str:
        """The deployment under which this version served at the time, and the people who approved it."""
        deployment = releases.deployment_of(prediction)
        if deployment is None:
            return "no deployment is recorded for that time"
        return format_html(
            '<a href="{}">{}</a>, {} {}',
            _page(deployment),
            deployment,
            deployment.get_kind_display(),
            self._people(deployment),
        )

    def _people(self, deployment: Deployment) -> SafeString | str:
        if deployment.request is None:
            return f"by {deployment.by}"
        decisions = deployment.request.decisions.select_related("by")
        rows = ((d.get_verdict_display(), d.by, self.masked(d.reason)) for d in decisions)
        return format_html_join("; ", "{} by {}: “{}”", rows)


def _page(deployment: Deployment) -> str:
    return reverse("admin:classifier_deployment_change", args=[deployment.pk])
