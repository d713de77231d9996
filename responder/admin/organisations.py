"""Admin of partner organisations: superusers create them, and set their members and token limits."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from responder.admin.audited import AuditedAdmin
from responder.models import Membership, Organisation


class MembershipInline(admin.TabularInline):
    model = Membership
    fields = ("person", "role", "created_at")
    readonly_fields = ("created_at",)
    raw_id_fields = ("person",)
    extra = 0

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related("person")


@admin.register(Organisation)
class OrganisationAdmin(AuditedAdmin):
    plain = ("name", "rate")
    list_display = ("name", "contact", "is_active", "rate", "daily_quota", "created_at", "created_by")
    list_filter = ("is_active",)
    list_select_related = ("created_by",)
    search_fields = ("name",)  # few rows
    fields = ("name", "contact", "is_active", "rate", "daily_quota", "created_at", "created_by")
    readonly_fields = ("created_at", "created_by")
    inlines = (MembershipInline,)

    def save_model(self, request: HttpRequest, obj: Organisation, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)

    def audit_detail(self, obj: Organisation) -> dict[str, Any]:
        people = Membership.objects.filter(organisation=obj.pk).select_related("person")
        return {
            "name": obj.name, "is_active": obj.is_active, "rate": obj.rate, "daily_quota": obj.daily_quota,
            "people": {one.person.username: one.role for one in people},
        }  # fmt: skip
