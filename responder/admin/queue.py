"""Admin of the queue's finished tasks: read-only, for auditors."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django_q.models import Failure, Success

from classifier.browsing import ReadOnlyAdmin


class FinishedTaskAdmin(ReadOnlyAdmin):
    """Read-only admin without arguments and results: these are pickles, and reading one can run code."""

    plain = ("func", "group", "id", "name")
    list_display = ("name", "group", "func", "attempt_count", "started", "stopped")
    fields = ("id", *list_display)
    list_filter = ("group",)
    sortable_by = ("stopped",)
    exact_search = ("id", "name")
    search_help_text = "Id or name of the task (exact match)"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).only("id", "name", "group", "func", "attempt_count", "started", "stopped")


admin.site.register(Success, FinishedTaskAdmin)
admin.site.register(Failure, FinishedTaskAdmin)
