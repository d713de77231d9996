"""The forms of label schemas. The verbs judge what they send."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classifier import categories, label_schemas
from classifier.label_schemas import Entry
from classifier.models import LabelSchema
from responder.forms import CheckedField, FileUploadForm, ProductForm, VersionField
from responder.label_schemas.changing import NAME_LIMIT

COLOUR_NAMES = {
    "need": gettext_lazy("Orange"), "injured": gettext_lazy("Dark red"), "missing": gettext_lazy("Purple"),
    "displaced": gettext_lazy("Blue"), "damage": gettext_lazy("Brown"), "rescue": gettext_lazy("Green"),
    "sympathy": gettext_lazy("Pink"), "caution": gettext_lazy("Moss"), "info": gettext_lazy("Sky blue"),
    "nothum": gettext_lazy("Grey"), "teal": gettext_lazy("Teal"), "plum": gettext_lazy("Plum"), "brick": gettext_lazy("Brick"),
    "slate": gettext_lazy("Slate"), "olive": gettext_lazy("Olive"), "royal": gettext_lazy("Dark blue"),
}  # fmt: skip


class NewForm(ProductForm):
    """The name of a new schema, and what it begins with."""

    name = CheckedField(label=gettext_lazy("Name"), required=True, max_length=NAME_LIMIT)
    like = CheckedField(label=gettext_lazy("Begin with the categories of"), widget=forms.Select)

    def __init__(self, data: Any = None, *, schemas: list[LabelSchema], **more: Any) -> None:
        super().__init__(data, **more)
        choices = [("", _("The shipped schema")), *((str(one.ref), one.name) for one in schemas)]
        self.fields["like"].widget.choices = choices  # type: ignore[attr-defined]


class SchemaFileForm(FileUploadForm):
    """A label schema in a file."""

    name = CheckedField(
        label=gettext_lazy("Name"), max_length=NAME_LIMIT,
        help_text=gettext_lazy("Empty: as the file says. A schema that has this name gets a new version."),
    )  # fmt: skip

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["file"].widget.attrs["accept"] = ".json,application/json"

    @property
    def arguments(self) -> dict[str, Any]:
        values = super().arguments
        return {"name": self.cleaned_data["name"], "pieces": values["pieces"]}


class RenameForm(ProductForm):
    """Another name of a schema."""

    name = CheckedField(label=gettext_lazy("Name"), required=True, max_length=NAME_LIMIT)
    version = VersionField()


class CategoryForm(ProductForm):
    """One category of a schema.

    Arguments:
        entry: what it is now; None for a new one.
        others: the schema's entries, into which an own category can be merged.
    """

    name = CheckedField(label=gettext_lazy("Name"), required=True, max_length=label_schemas.NAME_LIMIT)
    key = CheckedField(
        label=gettext_lazy("Key"), max_length=label_schemas.KEY_LIMIT,
        help_text=gettext_lazy("In files and in the API. It never changes. Empty: made from the name."),
        widget=forms.TextInput({"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    maps_to = CheckedField(
        label=gettext_lazy("Belongs to"), widget=forms.Select,
        help_text=gettext_lazy("Severity, groups and rules go by this category of the ten."),
    )  # fmt: skip
    color = CheckedField(
        label=gettext_lazy("Colour"), widget=forms.Select,
        help_text=gettext_lazy("All of them are readable on light and dark pages."),
    )  # fmt: skip
    glyph = CheckedField(label=gettext_lazy("Icon"), widget=forms.Select)
    description = CheckedField(
        label=gettext_lazy("What such a text says"), max_length=label_schemas.DESCRIPTION_LIMIT,
        help_text=gettext_lazy("For people who label texts."),
    )  # fmt: skip
    names = CheckedField(
        label=gettext_lazy("Names in other languages"), max_length=4_000, widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("One a line, such as: es = Daños"),
    )  # fmt: skip
    merged_into = CheckedField(
        label=gettext_lazy("Merge into"), widget=forms.Select,
        help_text=gettext_lazy("Posts with this category are then shown and counted as the other one. It can be undone."),
    )  # fmt: skip
    offered = forms.BooleanField(label=gettext_lazy("People can choose it"), required=False)
    version = VersionField()

    def __init__(self, data: Any = None, *, entry: Entry | None, others: list[Entry], **more: Any) -> None:
        super().__init__(data, **more)
        if entry is not None:
            del self.fields["key"]
        if entry is not None and entry["key"] in categories.SHIPPED:
            del self.fields["maps_to"], self.fields["merged_into"]
        elif entry is None:
            del self.fields["merged_into"], self.fields["offered"]
        self._choose("maps_to", [("", _("None yet")), *((one.id, one.label) for one in categories.CATEGORIES)])
        usual = _("As the category that it belongs to")
        self._choose("color", [("", usual), *((name, str(COLOUR_NAMES[name])) for name in label_schemas.COLOURS)])
        self._choose("glyph", [("", usual), *((name, name.replace("-", " ")) for name in label_schemas.GLYPHS)])
        targets = [one for one in others if not one["merged_into"] and (entry is None or one["key"] != entry["key"])]
        self._choose("merged_into", [("", _("Not merged")), *((one["key"], one["name"]) for one in targets)])

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        if name in self.fields:
            self.fields[name].widget.choices = choices  # type: ignore[attr-defined]


def initial(entry: Entry | None, version: int) -> dict[str, Any]:
    """A category as the form shows it."""
    if entry is None:
        return {"version": version, "offered": True}
    names = "\n".join(f"{code} = {name}" for code, name in sorted(entry["names"].items()))
    return entry | {"maps_to": entry["maps_to"] or "", "names": names, "version": version}
