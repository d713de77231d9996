"""The form of a source of official alerts. What was entered is checked by `configuring`."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from responder.forms import CheckedField, ProductForm, VersionField
from responder.hazards.configuring import DEFAULT_ADDRESSES
from responder.models import HazardSource
from responder.models.official_alert import ADDRESS_LIMIT, NAME_LIMIT

NAMES = ("name", "address")
KINDS = {
    HazardSource.Kind.GDACS: _("GDACS"),
    HazardSource.Kind.USGS: _("USGS earthquakes"),
    HazardSource.Kind.CAP: _("CAP feed or alert"),
}
NOTES = {
    HazardSource.Kind.GDACS: _(
        "Earthquakes, cyclones, floods, volcanoes, droughts and wildfires worldwide, with a level from green to red."
    ),
    HazardSource.Kind.USGS: _(
        "Earthquakes worldwide. The address decides from which magnitude and over how many days."
    ),
    HazardSource.Kind.CAP: _(
        "Warnings of a weather service or another authority: an RSS or Atom list of CAP 1.2 alerts, or a single alert."
    ),
}


class SourceForm(ProductForm):
    """The settings of a source.

    Arguments:
        source: which is changed; None for a new one.
    """

    version = VersionField()
    name = CheckedField(label=_("Name"), required=True, max_length=NAME_LIMIT)
    address = CheckedField(
        label=_("Address"), required=True, max_length=ADDRESS_LIMIT,
        help_text=_("It begins with https:// and leads to the list itself, not to a page about it."),
        widget=forms.TextInput({"inputmode": "url", "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, source: HazardSource | None = None, **more: Any) -> None:
        super().__init__(data, **more)
        if source is None:
            del self.fields["version"]

    @property
    def sent(self) -> dict[str, str]:
        """The submitted values for `configuring`."""
        return {name: self.data.get(name, "") for name in NAMES}


def initial(kind: str, source: HazardSource | None = None) -> dict[str, str]:
    """What the form shows first: the settings of a source, or of a new one the usual address of its kind."""
    if source is not None:
        return {"name": source.name, "address": source.address, "version": str(source.version)}
    address = DEFAULT_ADDRESSES.get(HazardSource.Kind(kind), "")
    return {"address": address, "name": str(KINDS[HazardSource.Kind(kind)]) if address else ""}
