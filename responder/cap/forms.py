"""The forms of alerts. Input is validated by the functions of this package."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from classifier import clock
from responder.cap import drafting, words
from responder.errors import Invalid
from responder.forms import CheckedField, NumbersField, ProductForm, VersionField
from responder.incidents import base
from responder.models import CapAlert, Incident
from responder.models.cap import TEXT_LIMITS
from responder.queries import incidents

REFERENCE_LIMIT = 24  # characters of INC-…
SECONDS = 3600  # in an hour


def _incident(ref: str) -> Incident | None:
    # `draft` checks whether this person may see it, and then raises the same error.
    incident = incidents.by_ref(ref[:REFERENCE_LIMIT], None) if ref else None
    if ref and incident is None:
        raise Invalid(base.not_to_be_found())
    return incident


def _text(name: str, **more: Any) -> CheckedField:
    least = drafting.MINIMUMS.get(name, 0)
    limits: dict[str, Any] = {"min_length": least or None, "max_length": TEXT_LIMITS[name]}
    given: dict[str, Any] = {"label": words.LABELS[name], "required": bool(least)}
    return CheckedField(**(given | limits | more))


class DraftForm(ProductForm):
    """What an alert is drafted from: an incident, or posts."""

    incident = CheckedField(check=_incident, widget=forms.HiddenInput)
    post = NumbersField()
    verb_names = {"post_ids": "post"}


class VersionForm(ProductForm):
    """A change of the version that the person loaded."""

    version = VersionField()


class AlertForm(VersionForm):
    """A draft's texts, values and expiry. Only submitted fields are changed."""

    hazard = _text("hazard")
    headline = _text("headline")
    area = _text("area")
    note = _text("note")
    description = _text(
        "description", label=gettext_lazy("Description (names, handles and numbers are masked)"),
        widget=forms.Textarea({"rows": 4}),
    )  # fmt: skip
    instruction = _text(
        "instruction",
        label=gettext_lazy("Instruction: what people should do (published as written, not masked)"),
        widget=forms.Textarea({"rows": 3}),
    )
    expires_in_h = CheckedField(
        label=gettext_lazy("Expires in (hours)"), widget=forms.NumberInput({"min": 1, "max": drafting.MOST_HOURS})
    )
    field_order = ("hazard", "headline", "area", "note", "description", "instruction", *words.CHOICES, "expires_in_h")

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        for name, options in words.CHOICES.items():
            select = forms.Select(choices=[(word, word) for word in options])
            self.fields[name] = CheckedField(label=words.LABELS[name], widget=select)
        self.order_fields(self.field_order)

    @property
    def arguments(self) -> dict[str, Any]:
        """The values that the request sent, by the verb's names for them; fields that it left out are missing."""
        return {name: value for name, value in super().arguments.items() if name in self.data}


class FollowForm(ProductForm):
    """A follow-up of a published alert; the button that was pressed says which."""

    note = _text("note", label=gettext_lazy("Reason (required for a cancellation)"))
    message = CheckedField(widget=forms.HiddenInput)


def initial(alert: CapAlert) -> dict[str, Any]:
    """The draft as its form shows it."""
    names = (*TEXT_LIMITS, *words.CHOICES, "version")
    hours = max(1, round((alert.expires_at - clock.now()).total_seconds() / SECONDS))
    return {name: getattr(alert, name) for name in names} | {"expires_in_h": hours}
