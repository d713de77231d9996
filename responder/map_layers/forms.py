"""The forms of layers. The verbs judge what they send."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from responder.forms import CheckedField, FileUploadForm, ProductForm, VersionField
from responder.map_layers.managing import COLUMN_FIELDS
from responder.models import MapLayer
from responder.models.map_layer import LAYER_NAME_LIMIT, LAYER_SOURCE_LIMIT

SUFFIXES = ".geojson,.json,.kml,.kmz,.gpx,.zip"
DAY = {"type": "date"}


def _title() -> CheckedField:
    return CheckedField(label=gettext_lazy("Name"), required=True, max_length=LAYER_NAME_LIMIT)


def _source(help_text: Any) -> CheckedField:
    return CheckedField(label=gettext_lazy("Source and licence"), max_length=LAYER_SOURCE_LIMIT, help_text=help_text)


def _as_of() -> CheckedField:
    return CheckedField(label=gettext_lazy("Date of the data"), widget=forms.DateInput(DAY))


def _kind() -> CheckedField:
    return CheckedField(label=gettext_lazy("What it shows"), widget=forms.Select(choices=MapLayer.Kind.choices))


def _colour() -> CheckedField:
    return CheckedField(label=gettext_lazy("Colour"), widget=forms.Select(choices=MapLayer.Colour.choices))


class LayerFileForm(FileUploadForm):
    """What both kinds of files need."""

    title = _title()
    part = CheckedField(
        label=gettext_lazy("Layer within the archive"), max_length=200,
        help_text=gettext_lazy("Only for an archive that holds several, such as mz_admbnda_adm2."),
    )  # fmt: skip
    as_of = _as_of()
    source = _source(gettext_lazy("Shown on the map and on its prints, such as “OCHA, CC BY-IGO”."))

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["file"].widget.attrs["accept"] = SUFFIXES

    @property
    def arguments(self) -> dict[str, Any]:
        """The arguments of the verb: the file, and all the rest as `fields`."""
        values = super().arguments
        return {"name": values.pop("name"), "pieces": values.pop("pieces"), "fields": values}


class AreasFileForm(LayerFileForm):
    """A file of administrative areas."""

    field_order = ("file", "part", "title", "as_of", "source")


class ShapesFileForm(LayerFileForm):
    """A file of shapes of an event."""

    kind = _kind()
    colour = _colour()
    field_order = ("file", "part", "title", "kind", "colour", "as_of", "source")


class LayerForm(ProductForm):
    """What people say of a layer.

    Arguments:
        layer: which is changed.
    """

    version = VersionField()
    title = _title()
    kind = _kind()
    colour = _colour()
    as_of = _as_of()
    source = _source("")
    name_column = CheckedField(label=gettext_lazy("Column of the name"), widget=forms.Select)
    code_column = CheckedField(label=gettext_lazy("Column of the code"), widget=forms.Select)
    people_column = CheckedField(
        label=gettext_lazy("Column of the number of people"), widget=forms.Select,
        help_text=gettext_lazy("With it, the map can show posts per 100,000 people."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, layer: MapLayer, **more: Any) -> None:
        super().__init__(data, initial=_initial(layer), **more)
        for name in ("kind", "colour") if layer.is_areas else COLUMN_FIELDS:
            del self.fields[name]
        if layer.is_areas:
            choices = [("", _("None")), *((column, column) for column in layer.columns)]
            for name in COLUMN_FIELDS:
                widget: Any = self.fields[name].widget
                widget.choices = choices


def _initial(layer: MapLayer) -> dict[str, Any]:
    columns = {name: getattr(layer, name) for name in COLUMN_FIELDS}
    return columns | {
        "version": str(layer.version), "title": layer.name, "kind": layer.kind, "colour": layer.colour,
        "as_of": layer.as_of.isoformat() if layer.as_of else "", "source": layer.source,
    }  # fmt: skip
