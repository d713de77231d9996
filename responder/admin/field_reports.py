"""Admin of reports from people: auditors read which came in and how, without who reported."""

from django.contrib import admin

from classifier.browsing import ReadOnlyAdmin
from responder.models import FieldReport, MessagePart, ReportChannel


@admin.register(ReportChannel)
class ReportChannelAdmin(ReadOnlyAdmin):
    plain = ("ref", "name", "host", "folder", "notice")
    list_display = ("name", "kind", "event", "is_on", "received", "refused", "last_received_at", "last_error")
    list_select_related = ("event",)
    list_filter = ("kind", "is_on")
    search_fields = ("name",)  # few rows
    exclude = ("secret", "account")


@admin.register(FieldReport)
class FieldReportAdmin(ReadOnlyAdmin):
    plain = ("ref",)
    list_display = ("ref", "post", "kind", "channel", "about", "severity", "attachments", "filed_by", "received_at")
    list_select_related = ("post", "channel", "filed_by")
    list_filter = ("kind", ("received_at", admin.DateFieldListFilter))
    sortable_by = ("received_at",)
    exact_search = ("ref", "post__id")
    search_help_text = "Reference, or id of the post"
    exclude = ("contact",)


@admin.register(MessagePart)
class MessagePartAdmin(ReadOnlyAdmin):
    list_display = ("id", "channel", "number", "total", "received_at", "joined_at")
    list_select_related = ("channel",)
    sortable_by = ("id",)
    exact_search = ("id",)
    search_help_text = "Id of the part"
    exclude = ("text", "sender", "group_key")
