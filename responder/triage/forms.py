"""The form that sets the place of a post by hand."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from responder.chosen_place import FIELDS, ChosenPlace, PlaceForm
from responder.forms import CheckedField, VersionField
from responder.models import TriageAction
from responder.triage.verbs import Choice


class PlacePostForm(PlaceForm):
    """Where a post is, or that it has no place.

    Arguments:
        mentions: (span, words) of the places that the text names, among which the person says which one is meant.
    """

    version = VersionField()
    mention = CheckedField(label=gettext_lazy("Words in the text that name the place"), widget=forms.Select)
    copies = forms.BooleanField(required=False)
    no_place = CheckedField()

    def __init__(self, data: Any = None, *, mentions: Sequence[tuple[str, str]] = (), **more: Any) -> None:
        super().__init__(data, **more)
        widget: Any = self.fields["mention"].widget
        widget.choices = [("", _("None of them")), *mentions]

    @property
    def arguments(self) -> dict[str, Any]:
        """The decision, the version of the post, and whether it covers the copies. Raises InvalidFields."""
        values = super().arguments
        place = None if values["no_place"] else ChosenPlace.parse(**{name: values[name] for name in FIELDS})
        mention = values["mention"] if place else ""
        choice = Choice(TriageAction.Verb.PLACE, place=place, mention=mention)
        return {"choice": choice, "version": values["version"], "copies": values["copies"]}
