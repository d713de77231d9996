"""Admin of the audit log: read-only, for auditors."""

from datetime import UTC

from django.contrib import admin
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from classifier.browsing import ReadOnlyAdmin, as_json
from monitoring.models import AccuracyWindow, Alert, AuditEvent, DriftReport

OBJECTS = {  # object type → admin page
    "post": "responder_post", "event": "responder_event", "user": "responder_user", "group": "auth_group",
    "api_token": "responder_apitoken", "model_version": "classifier_modelversion",
    "training_run": "classifier_trainingrun", "snapshot": "classifier_snapshot", "label": "classifier_label",
    "drift_report": "monitoring_driftreport",
}  # fmt: skip


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    plain = (
        "action",
        "actor",
        "after_hash",
        "before_hash",
        "hash",
        "object_id",
        "object_type",
        "previous_hash",
        "request_id",
    )
    list_display = ("sequence", "when", "actor", "action", "about", "changed")
    list_filter = (("at", admin.DateFieldListFilter),)
    sortable_by = ("sequence",)
    exact_search = ("sequence", "actor", "hash")
    search_joined = ("object_type", "object_id")
    search_help_text = "Actor (user:name), object (post:17), sequence or hash (exact match)"
    fields = (
        "sequence", "when", "actor", "action", "about", "request_id", "details", "before_hash", "after_hash",
        "previous_hash", "hash",
    )  # fmt: skip

    @admin.display(description="at (UTC)")
    def when(self, event: AuditEvent) -> str:
        return event.at.astimezone(UTC).isoformat(sep=" ", timespec="milliseconds").removesuffix("+00:00")

    @admin.display(description="object")
    def about(self, event: AuditEvent) -> SafeString | str:
        """The object, with a link to its page if it has one."""
        name = f"{event.object_type}:{event.object_id}"
        page = OBJECTS.get(event.object_type)
        try:
            url = reverse(f"{self.admin_site.name}:{page}_change", args=[event.object_id]) if page else ""
        except NoReverseMatch:
            url = ""
        return format_html('<a href="{}">{}</a>', url, name) if url else name

    @admin.display(description="changed", boolean=True)
    def changed(self, event: AuditEvent) -> bool | None:
        """Whether the action changed the object's state. None if the event has no states."""
        return event.before_hash != event.after_hash if event.before_hash or event.after_hash else None

    @admin.display(description="detail")
    def details(self, event: AuditEvent) -> SafeString:
        return as_json(event.detail)


@admin.register(DriftReport)
class DriftReportAdmin(ReadOnlyAdmin):
    plain = ("model", "model_sha256")
    list_display = ("id", "kind", "window_to", "n_window", "verdict", "action", "model")
    list_filter = ("kind", "verdict")
    sortable_by = ("id",)
    exact_search = ("id", "model")
    fields = (
        "kind", "at", "window_from", "window_to", "reference_from", "n_window", "n_reference", "model", "model_sha256",
        "seed", "verdict", "summary", "action", "all_signals", "all_facts",
    )  # fmt: skip

    @admin.display(description="signals")
    def all_signals(self, report: DriftReport) -> SafeString:
        return as_json(report.signals)

    @admin.display(description="facts")
    def all_facts(self, report: DriftReport) -> SafeString:
        return as_json(report.facts)


@admin.register(AccuracyWindow)
class AccuracyWindowAdmin(ReadOnlyAdmin):
    plain = ("label", "method", "metric", "model")
    list_display = ("id", "kind", "metric", "label", "window_to", "n", "point", "low", "high", "baseline", "alarm")
    list_filter = ("kind", "metric", "alarm")
    sortable_by = ("id",)
    exact_search = ("id", "metric", "label")


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    plain = ("key", "path")
    list_display = ("id", "key", "level", "title", "first_at", "last_at", "times", "sent_at", "resolved_at")
    list_filter = ("level", ("first_at", admin.DateFieldListFilter))
    sortable_by = ("id",)
    exact_search = ("id", "key")
