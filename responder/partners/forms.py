"""The forms of API tokens. Input is validated by `tokens`."""

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy

from classifier import clock
from responder.forms import CheckedField, OptionField, OptionsField, ProductForm
from responder.models.token import NAME_LIMIT
from responder.partners.tokens import SCOPES

LIFETIMES = {
    7: gettext_lazy("7 days"), 30: gettext_lazy("30 days"), 90: gettext_lazy("90 days"), 365: gettext_lazy("1 year"),
}  # fmt: skip
USUAL_LIFETIME = 90
OVERLAPS = {
    0: gettext_lazy("immediately"), 1: gettext_lazy("in 1 hour"), 24: gettext_lazy("in 1 day"), 168: gettext_lazy("in 7 days"),
}  # fmt: skip
USUAL_OVERLAP = 24


class TokenForm(ProductForm):
    """A new token: its purpose, lifetime and scopes."""

    name = CheckedField(
        label=gettext_lazy("Purpose"), required=True, max_length=NAME_LIMIT, check=lambda text: " ".join(text.split())
    )
    days = OptionField(label=gettext_lazy("Expires after"), choices=LIFETIMES.items(), initial=USUAL_LIFETIME)
    scope = OptionsField(
        label=gettext_lazy("Scopes: select only what the token needs"), choices=SCOPES.items(), initial=["predict"]
    )
    verb_names = {"scopes": "scope"}

    @property
    def arguments(self) -> dict[str, Any]:
        """As `tokens.issue` names them; the lifetime begins now."""
        values = super().arguments
        return values | {"expires_at": clock.now() + timedelta(days=int(values.pop("days")))}


class RotateForm(ProductForm):
    """The number of hours for which the old token stays valid."""

    hours = OptionField(choices=OVERLAPS.items())

    @property
    def arguments(self) -> dict[str, Any]:
        """As `tokens.rotate` names them."""
        return {"overlap": timedelta(hours=int(self.cleaned_data["hours"]))}
