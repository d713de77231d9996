"""Audit events for changes that superusers make in the admin."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from classifier.browsing import RecordsAdmin
from monitoring import audit


class AuditedAdmin(RecordsAdmin):
    """Writes an audit event with every addition, change and deletion, beside Django's own log."""

    def audit_detail(self, obj: Any) -> dict[str, Any]:
        """The audit event's detail besides the changed fields: the record's identity and current values."""
        return {}

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> Any:
        with _recorded(request):
            return self._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[attr-defined]

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> Any:
        with _recorded(request):
            return self._delete_view(request, object_id, extra_context)  # type: ignore[attr-defined]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        with _recorded(request):
            return super().changelist_view(request, extra_context)

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        record(request, obj, "added", {"fields": message} | self.audit_detail(obj))
        return super().log_addition(request, obj, message)

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        record(request, obj, "changed", {"fields": message} | self.audit_detail(obj))
        return super().log_change(request, obj, message)

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        for obj in queryset:
            record(request, obj, "deleted", self.audit_detail(obj))
        return super().log_deletions(request, queryset)


def _recorded(request: HttpRequest) -> AbstractContextManager[None]:
    """A transaction for a change, in which the audit chain is locked last."""
    return audit.atomic() if request.method == "POST" else nullcontext()


def record(request: HttpRequest, obj: Model, verb: str, detail: dict[str, Any]) -> None:
    """One audit event about `obj`, by the person who sent the request."""
    kind = str(obj._meta.model_name)
    audit.record(
        actor=f"user:{request.user.get_username()}",
        action=f"{kind}.{verb}",
        object_type=kind,
        object_id=str(obj.pk),
        detail=detail,
    )
