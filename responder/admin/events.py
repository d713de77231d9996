"""Admin of events: superusers edit them, auditors read them."""

from django import forms
from django.contrib import admin
from django.db.models import DateTimeField

from responder.admin.audited import AuditedAdmin
from responder.models import Event


@admin.register(Event)
class EventAdmin(AuditedAdmin):
    plain = ("country_codes", "east", "hazard", "name", "north", "ref", "south", "time_zone", "west")
    list_display = ("ref", "name", "hazard", "started_at", "is_exercise")
    list_filter = ("is_exercise",)
    search_fields = ("ref", "name")  # few rows
    fields = (
        ("ref", "name"), ("hazard", "is_exercise"), ("started_at", "time_zone"), "country_codes",
        ("west", "south", "east", "north"),
    )  # fmt: skip
    # One labelled input; Django's two have no name that a screen reader could tell.
    formfield_overrides = {DateTimeField: {"form_class": forms.DateTimeField, "widget": forms.DateTimeInput}}
