"""Admin of API tokens and stored answers to idempotent requests.

Superusers revoke tokens and set what each may send; secrets are nowhere.
"""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import ngettext

from classifier.browsing import ReadOnlyAdmin
from responder.admin.audited import AuditedAdmin
from responder.models import ApiToken, IdempotencyRecord
from responder.partners import rate_limits, tokens


@admin.register(ApiToken)
class ApiTokenAdmin(AuditedAdmin):
    plain = ("organisation_name", "prefix", "rate", "scopes")
    list_display = (
        "prefix", "organisation", "name", "owner", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at",
        "used_today", "quota", "rate_now",
    )  # fmt: skip
    list_select_related = ("owner", "organisation")
    search_fields = ("organisation__name", "name", "prefix__exact")  # few rows
    fields = (
        "organisation", "name", "owner", "prefix", "scopes", "created_at", "expires_at", "revoked_at", "last_used_at",
        "rate", "daily_quota",
    )  # fmt: skip
    readonly_fields = fields[:-2]
    actions = ("revoke",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def audit_detail(self, obj: ApiToken) -> dict[str, Any]:
        return {
            "prefix": obj.prefix, "owner": obj.owner.username, "organisation": obj.organisation_name, "rate": obj.rate,
            "daily_quota": obj.daily_quota,
        }  # fmt: skip

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The changelist with each token's use today, read in one round trip."""
        changes = super().get_changelist_instance(request)
        today = rate_limits.used_today(list(changes.result_list))
        for token in changes.result_list:
            token.used_today = today[token.pk]
        return changes

    @admin.display(description="used today")
    def used_today(self, token: Any) -> int:
        return int(token.used_today)

    @admin.display(description="a day")
    def quota(self, token: ApiToken) -> int:
        return rate_limits.quota(token)

    @admin.display(description="rate")
    def rate_now(self, token: ApiToken) -> str:
        return rate_limits.rate_in_words(token)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    @admin.action(description="Revoke selected tokens", permissions=["revoke"])
    def revoke(self, request: HttpRequest, chosen: QuerySet[ApiToken]) -> None:
        standing = list(chosen.filter(revoked_at=None))
        for token in standing:
            tokens.revoke(token=token, by=request.user)  # type: ignore[arg-type]
        said = ngettext(
            "%(count)d token is revoked. Requests with it will be refused.",
            "%(count)d tokens are revoked. Requests with them will be refused.",
            len(standing),
        )
        self.message_user(request, said % {"count": len(standing)}, messages.SUCCESS)


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(ReadOnlyAdmin):
    """Read-only admin without the answers' bodies, which may contain partners' texts."""

    plain = ("fingerprint",)
    list_display = ("id", "token", "key", "status", "created_at")
    list_select_related = ("token",)
    list_filter = (("created_at", admin.DateFieldListFilter),)
    ordering = ("-id",)
    sortable_by = ("id", "created_at")
    exact_search = ("id", "token__id")
    search_help_text = "Id of the record or of its token"
    fields = ("token", "key", "fingerprint", "status", "created_at")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("body")
