"""The forms of an offer."""

from django import forms
from django.utils.translation import gettext_lazy

from responder.forms import CheckedField, ProductForm, VersionField


class OfferForm(ProductForm):
    """The version of the offer that the person saw."""

    version = VersionField()


class UseForm(OfferForm):
    """Which incident the offer is used for."""

    incident = CheckedField(
        label=gettext_lazy("Incident"), max_length=24, widget=forms.TextInput({"placeholder": "INC-0042"})
    )
