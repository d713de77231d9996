"""The forms of label files: the upload, and how a draft is read."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from classifier import categories
from classifier.label_files import COLUMNS, FORMATS
from responder.forms import CheckedField, FileUploadForm, ProductForm

MAPPED, LABEL = "column-", "label-"
MOST_LABELS = 60  # of the file that the page asks about
FORMAT_NAMES = {
    "csv": "CSV", "tsv": "TSV", "ndjson": "NDJSON", "json": "JSON", "xlsx": "Excel", "ods": "OpenDocument",
    "label-studio": "Label Studio", "argilla": "Argilla", "doccano": "doccano", "prodigy": "Prodigy",
}  # fmt: skip
COLUMN_NAMES = {
    "text": gettext_lazy("Text"), "label": gettext_lazy("Label"), "event": gettext_lazy("Event"), "split": gettext_lazy("Split"),
    "lang": gettext_lazy("Language"), "weight": gettext_lazy("Weight"), "id": gettext_lazy("ID"),
}  # fmt: skip


class LabelFileForm(FileUploadForm):
    """A file of labels and its format."""

    form = CheckedField(label=gettext_lazy("Format"), widget=forms.Select)

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        known = [(one, FORMAT_NAMES[one]) for one in FORMATS if one in FORMAT_NAMES]
        self.fields["form"].widget.choices = [("", _("Detect automatically")), *known]  # type: ignore[attr-defined]


class DraftForm(ProductForm):
    """How a draft is read: its columns, what its labels mean, and how far they are trusted.

    Arguments:
        columns: of the file; none for the format of a tool. found: our column → the file's, as detected.
        labels: of the file, whose meaning is asked for.
    """

    weight = CheckedField(
        label=gettext_lazy("Trust"), widget=forms.TextInput({"inputmode": "decimal", "size": 6}), max_length=6,
        help_text=gettext_lazy("Above 0 and up to 1. Labels made by rules or by a model deserve less than 1."),
    )  # fmt: skip

    def __init__(
        self, data: Any = None, *, columns: Sequence[str], found: Mapping[str, str], labels: Sequence[str], **more: Any
    ) -> None:
        super().__init__(data, **more)
        for name in COLUMNS if columns else ():
            field = CheckedField(label=COLUMN_NAMES[name], widget=forms.Select)
            usual = _("Detected: %(column)s") % {"column": found[name]} if name in found else _("none")
            field.widget.choices = [("", usual), *((one, one) for one in columns)]  # type: ignore[attr-defined]
            self.fields[MAPPED + name] = field
        offered = [(one.id, one.label) for one in categories.offered()]
        self.labels = list(labels[:MOST_LABELS])
        for number, label in enumerate(self.labels):
            field = CheckedField(label=label, widget=forms.Select)
            choices = [("?", _("Choose")), ("-", _("Leave these rows out")), *offered]
            field.widget.choices = choices  # type: ignore[attr-defined]
            self.fields[f"{LABEL}{number}"] = field

    @property
    def column_fields(self) -> list[BoundField]:
        return [self[name] for name in self.fields if name.startswith(MAPPED)]

    @property
    def label_fields(self) -> list[BoundField]:
        return [self[name] for name in self.fields if name.startswith(LABEL)]

    def labels_map(self, before: Mapping[str, str]) -> str:
        """The label map as text: what was chosen before, and now."""
        chosen = dict(before)
        for number, label in enumerate(self.labels):
            value = self.cleaned_data.get(f"{LABEL}{number}", "?")
            if value not in ("", "?"):
                chosen[label] = "" if value == "-" else value
        return "\n".join(f"{label} = {category}" for label, category in chosen.items())
