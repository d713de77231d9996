"""Admin of releases: evaluations, waivers, requests, decisions, deployments."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from classifier import evidence
from classifier.browsing import ReadOnlyAdmin, as_json
from classifier.models import ApprovalRequest, Decision, Deployment, Evaluation, LoadedModel, Waiver


@admin.register(Evaluation)
class EvaluationAdmin(ReadOnlyAdmin):
    plain = ("comparison", "gates", "metrics", "sha256")
    list_display = ("id", "candidate", "live", "at", "n", "verdict", "intact")
    list_select_related = ("candidate", "live")
    list_filter = ("verdict",)
    sortable_by = ("id",)
    exact_search = ("id", "sha256")
    search_help_text = "Id or SHA-256 (exact match)"
    fields = (
        "candidate", "live", "run", "snapshot", "at", "n", "verdict", "gate_table", "waived", "sha256", "intact",
        "compared", "measured",
    )  # fmt: skip

    @admin.display(description="sealed figures intact", boolean=True)
    def intact(self, evaluation: Evaluation) -> bool:
        return evidence.is_intact(evaluation)

    @admin.display(description="gates")
    def gate_table(self, evaluation: Evaluation) -> SafeString:
        rows = ((gate["name"], gate["outcome"], gate["why"]) for gate in evaluation.gates)
        return format_html_join("", "<p><strong>{}</strong>: {}. {}</p>", rows)

    @admin.display(description="waivers")
    def waived(self, evaluation: Evaluation) -> SafeString | str:
        rows = (
            (w.gate, w.by, w.at.strftime("%Y-%m-%d %H:%M"), self.masked(w.reason))
            for w in evaluation.waivers.select_related("by")
        )
        return format_html_join("", "<p><strong>{}</strong> by {} on {}: “{}”</p>", rows) or "–"

    @admin.display(description="comparison")
    def compared(self, evaluation: Evaluation) -> SafeString:
        return as_json(evaluation.comparison)

    @admin.display(description="metrics")
    def measured(self, evaluation: Evaluation) -> SafeString:
        return as_json(evaluation.metrics)


@admin.register(Waiver)
class WaiverAdmin(ReadOnlyAdmin):
    plain = ("gate",)
    list_display = ("id", "evaluation", "gate", "by", "at")
    list_select_related = ("evaluation__candidate", "evaluation__live", "by")
    sortable_by = ("id",)
    exact_search = ("id", "by__username", "gate")


@admin.register(ApprovalRequest)
class ApprovalRequestAdmin(ReadOnlyAdmin):
    plain = ("evidence_hash",)
    list_display = ("id", "version", "requested_by", "requested_at", "expires_at", "state", "closed_because")
    list_select_related = ("version", "requested_by")
    list_filter = ("state",)
    sortable_by = ("id",)
    exact_search = ("id", "evidence_hash")
    search_help_text = "Id or evidence hash (exact match)"
    fields = (
        "version", "evaluation", "evidence_hash", "requested_by", "requested_at", "expires_at", "state", "closed_at",
        "closed_because", "decided",
    )  # fmt: skip

    @admin.display(description="decisions")
    def decided(self, request: ApprovalRequest) -> SafeString | str:
        rows = (
            (d.get_verdict_display(), d.by, d.at.strftime("%Y-%m-%d %H:%M"), self.masked(d.reason))
            for d in request.decisions.select_related("by")
        )
        return format_html_join("", "<p><strong>{}</strong> by {} on {}: “{}”</p>", rows) or "–"


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    plain = ("evidence_hash_seen",)
    list_display = ("id", "request", "verdict", "by", "at", "reason")
    list_select_related = ("request__version", "by")
    list_filter = ("verdict",)
    sortable_by = ("id",)
    exact_search = ("id", "by__username", "evidence_hash_seen")
    search_help_text = "Id, name of the person, or hash of the evidence seen (exact match)"


@admin.register(Deployment)
class DeploymentAdmin(ReadOnlyAdmin):
    plain = ("by", "environment")
    list_display = ("id", "version", "role", "kind", "share", "started_at", "ended_at", "by")
    list_select_related = ("version",)
    list_filter = ("role", "kind", ("started_at", admin.DateFieldListFilter))
    sortable_by = ("id",)
    exact_search = ("id", "by")
    search_help_text = "Id, or who: user:name"


@admin.register(LoadedModel)
class LoadedModelAdmin(ReadOnlyAdmin):
    plain = ("process", "sha256")
    list_display = ("process", "role", "version", "sha256", "loaded_at", "seen_at")
    list_select_related = ("version",)
    sortable_by = ("seen_at",)
    exact_search = ("process", "sha256")
