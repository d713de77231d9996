"""Admin of events: superusers edit them, auditors read them, and the areas of their teams."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import DateTimeField

from classifier.browsing import ReadOnlyAdmin
from responder.admin.audited import AuditedAdmin
from responder.models import Event, Team, TeamArea
from responder.models.polygons import CORNERS


class EventAdminForm(forms.ModelForm):
    """The admin's form of an event, in which changed corners replace the area unless the area was changed too."""

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if set(CORNERS) & set(self.changed_data) and "area" not in self.changed_data:
            cleaned["area"] = None
        return cleaned


@admin.register(Event)
class EventAdmin(AuditedAdmin):
    form = EventAdminForm
    plain = (
        "area", "country_codes", "east", "hazard", "keywords", "languages", "name", "north", "ref", "south", "time_zone", "west",
    )  # fmt: skip
    list_display = ("ref", "name", "hazard", "started_at", "state", "is_exercise")
    list_filter = ("state", "is_exercise")
    search_fields = ("ref", "name")  # few rows
    fields = (
        ("ref", "name"), ("hazard", "is_exercise"), ("started_at", "time_zone"), "country_codes", "area",
        ("west", "south", "east", "north"), "languages", "keywords", ("state", "state_at", "version"),
    )  # fmt: skip
    # Closing an event pauses its feeds, too: that is on its own page.
    readonly_fields = ("state", "state_at", "version")
    # One labelled input; Django's two have no name that a screen reader could tell.
    formfield_overrides = {DateTimeField: {"form_class": forms.DateTimeField, "widget": forms.DateTimeInput}}

    def save_model(self, request: Any, obj: Event, form: Any, change: bool) -> None:
        """Save a change as a new version, so that somebody who edits the event on its own page is told."""
        if change:
            obj.version += 1
        super().save_model(request, obj, form, change)


@admin.register(TeamArea)
class TeamAreaAdmin(ReadOnlyAdmin):
    plain = ("area", "name")
    list_display = ("id", "event", "name")
    list_select_related = ("event",)
    sortable_by = ("id",)
    exact_search = ("id", "event__ref")
    search_help_text = "Id of the area, or reference of its event"


@admin.register(Team)
class TeamAdmin(ReadOnlyAdmin):
    plain = ("name", "skills", "availability")
    exclude = ("contact", "latitude", "longitude")
    list_display = ("id", "event", "name", "availability", "is_active")
    list_select_related = ("event",)
    sortable_by = ("id",)
    exact_search = ("id", "event__ref")
    search_help_text = "Id of the team, or reference of its event"
