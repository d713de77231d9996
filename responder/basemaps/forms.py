"""The forms of base maps. The verbs judge what they send."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from responder.basemaps.changing import LEAST_ZOOM, MOST_ZOOM
from responder.forms import CheckedField, FileUploadForm, ProductForm, VersionField, number
from responder.models import BaseMap
from responder.models.base_map import ADDRESS_LIMIT, ATTRIBUTION_LIMIT, NAME_LIMIT


class BaseMapFileForm(FileUploadForm):
    """A file to upload."""

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["file"].widget.attrs["accept"] = ".pmtiles"


class AddressForm(ProductForm):
    """The address of pictures that another server serves."""

    name = CheckedField(label=gettext_lazy("Name"), required=True, max_length=NAME_LIMIT)
    address = CheckedField(
        label=gettext_lazy("Address of the tiles"), required=True, max_length=ADDRESS_LIMIT,
        help_text=gettext_lazy("It begins with https:// and contains {z}, {x} and {y}, or WMTS's {TileMatrix}, {TileCol} and {TileRow}."),
        widget=forms.TextInput({"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false", "inputmode": "url"}),
    )  # fmt: skip
    attribution = CheckedField(
        label=gettext_lazy("Attribution"), required=True, max_length=ATTRIBUTION_LIMIT,
        help_text=gettext_lazy("Whose map it is, as its licence asks. It stands on the map."),
    )  # fmt: skip
    max_zoom = CheckedField(
        label=gettext_lazy("Highest zoom"), check=number, initial="18",
        widget=forms.NumberInput({"min": LEAST_ZOOM, "max": MOST_ZOOM, "inputmode": "numeric"}),
    )  # fmt: skip


class RenameForm(ProductForm):
    """The name and the attribution of a base map."""

    name = CheckedField(label=gettext_lazy("Name"), required=True, max_length=NAME_LIMIT)
    attribution = CheckedField(
        label=gettext_lazy("Attribution"), max_length=ATTRIBUTION_LIMIT,
        help_text=gettext_lazy("Whose map it is, as its licence asks. It stands on the map."),
    )  # fmt: skip
    version = VersionField()

    @classmethod
    def for_base_map(cls, base_map: BaseMap) -> "RenameForm":
        """The form as it stands before anybody changes it."""
        return cls(initial={"name": base_map.name, "attribution": base_map.attribution, "version": base_map.version})
