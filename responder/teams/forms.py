"""The forms of a team. The verbs judge what they send."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from responder.forms import CheckedField, OptionsField, ProductForm, VersionField
from responder.models import Event, Team
from responder.models.team import CONTACT_LIMIT, TEAM_NAME_LIMIT, TEAM_NOTE_LIMIT
from responder.queries.items import need_label
from responder.teams.managing import SKILLS


class TeamForm(ProductForm):
    """What people say about a team.

    Arguments:
        event: whose team areas can be chosen.
        team: which is changed; None for a new one.
    """

    version = VersionField()
    name = CheckedField(label=gettext_lazy("Name"), required=True, max_length=TEAM_NAME_LIMIT)
    skills = OptionsField(label=gettext_lazy("What it can do"))
    availability = CheckedField(
        label=gettext_lazy("Availability"), widget=forms.Select(choices=Team.Availability.choices)
    )
    area = CheckedField(label=gettext_lazy("Area that it covers"), widget=forms.Select)
    contact = CheckedField(
        label=gettext_lazy("Contact"), max_length=CONTACT_LIMIT,
        help_text=gettext_lazy("A call sign, radio channel or number. People who only read don't see it."),
    )  # fmt: skip
    latitude = CheckedField(
        label=gettext_lazy("Latitude"), widget=forms.TextInput({"inputmode": "decimal"}),
        help_text=gettext_lazy("Where it is now, such as -19.84. Leave both empty where that is not known."),
    )  # fmt: skip
    longitude = CheckedField(label=gettext_lazy("Longitude"), widget=forms.TextInput({"inputmode": "decimal"}))
    note = CheckedField(label=gettext_lazy("Note"), max_length=TEAM_NOTE_LIMIT, widget=forms.Textarea({"rows": 2}))

    def __init__(self, data: Any = None, *, event: Event, team: Team | None = None, **more: Any) -> None:
        super().__init__(data, initial=_initial(team) if team else {"availability": Team.Availability.FREE}, **more)
        skills: Any = self.fields["skills"]
        skills.choices = [(skill, need_label(skill)) for skill in SKILLS]
        area: Any = self.fields["area"].widget
        area.choices = [("", gettext_lazy("Whole event")), *event.team_areas.values_list("pk", "name")]
        if team is None:
            del self.fields["version"]


class AvailabilityForm(ProductForm):
    """Whether a team is free."""

    version = VersionField()
    availability = CheckedField(
        label=gettext_lazy("Availability"), widget=forms.Select(choices=Team.Availability.choices)
    )


def _initial(team: Team) -> dict[str, Any]:
    degrees = {
        name: "" if (value := getattr(team, name)) is None else f"{value:.5f}" for name in ("latitude", "longitude")
    }
    return degrees | {
        "version": str(team.version), "name": team.name, "skills": team.skills, "availability": team.availability,
        "area": team.area_id or "", "contact": team.contact, "note": team.note,
    }  # fmt: skip
