"""Admin of people and roles: superusers grant roles, auditors read who holds which."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from classifier.browsing import ReadOnlyAdmin
from responder.admin.audited import AuditedAdmin
from responder.models import EventRole, LogInFailure, User


@admin.register(User)
class PersonAdmin(AuditedAdmin, UserAdmin):
    plain = ("first_name", "last_name", "username")
    list_display = ("username", "first_name", "last_name", "roles", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser", "groups")
    search_fields = ("username", "first_name", "last_name")  # few rows
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Person", {"fields": ("first_name", "last_name", "email", "theme", "single_keys", "toured")}),
        ("What they may do", {"fields": ("is_active", "groups", "is_superuser")}),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Fieldsets without the password for read-only users, who must not see even its hash."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [(None, {"fields": ("username",)}), *fieldsets[1:]]

    @admin.display(description="roles")
    def roles(self, user: User) -> str:
        return ", ".join(group.name for group in user.groups.all()) or "–"


@admin.register(Group)
class RoleAdmin(ReadOnlyAdmin):
    """Permissions are defined in the code by role name, so renaming a role would change its holders' permissions."""

    plain = ("name",)
    list_display = ("name",)
    fields = ("name", "holders")
    search_fields = ("name",)  # few rows

    @admin.display(description="held by")
    def holders(self, role: Group) -> str:
        return ", ".join(role.user_set.order_by("username").values_list("username", flat=True)) or "–"  # type: ignore[attr-defined]


@admin.register(EventRole)
class EventRoleAdmin(ReadOnlyAdmin):
    """Roles in single events; administrators change them on the person's page."""

    list_display = ("person", "event", "role", "created_at")
    list_select_related = ("person", "event")
    list_filter = ("role",)
    exact_search = ("person__username", "event__ref")
    search_help_text = "Name of the person or reference of the event (exact match)"


@admin.register(LogInFailure)
class LogInFailureAdmin(ReadOnlyAdmin):
    """Log-ins, log-outs and lock-outs are audit events; what failed is only counted."""

    list_display = ("day", "person", "count")
    list_select_related = ("person",)
    list_filter = (("day", admin.DateFieldListFilter),)
    sortable_by = ("day",)
    exact_search = ("person__username",)
    search_help_text = "Name of the person (exact match)"
