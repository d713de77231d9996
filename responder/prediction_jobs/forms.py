"""The form of a file to classify. `accept` validates the input."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from responder.errors import ResponderError, TooLarge
from responder.forms import CheckedField, ProductForm
from responder.models.job import COLUMN_LIMIT
from responder.prediction_jobs.accepting import DEFAULT_ID_COLUMN, DEFAULT_TEXT_COLUMN, column_name

BLOCK = 1 << 16  # bytes that are read at once
SUFFIXES = ".csv,.tsv,.txt,.ndjson,.jsonl,.json,.xlsx,.ods"


def _column(default: str, **more: Any) -> CheckedField:
    """The field of a column's name; empty means the default, and the form begins with it."""
    return CheckedField(
        max_length=COLUMN_LIMIT, initial=default, check=lambda text: column_name(text.strip() or default), **more
    )


class FileForm(ProductForm):
    """A file, and the names of its columns. A browser doesn't resend a file, so people have to choose it again."""

    file = forms.FileField(
        label=gettext_lazy("File"), allow_empty_file=True, widget=forms.FileInput({"accept": SUFFIXES}),
        error_messages={"required": gettext_lazy("Choose a file."), "invalid": gettext_lazy("Choose a file.")},
    )  # fmt: skip
    text_column = _column(DEFAULT_TEXT_COLUMN, label=gettext_lazy("Text column"))
    id_column = _column(DEFAULT_ID_COLUMN, label=gettext_lazy("ID column (optional)"))

    @property
    def arguments(self) -> dict[str, Any]:
        """Return the arguments for `accept`: the cleaned values, and the file as its name and its chunks."""
        values = super().arguments
        file = values.pop("file")
        return values | {"name": str(file.name), "pieces": file.chunks(BLOCK)}

    def refuse(self, error: ResponderError) -> None:
        """Show why `accept` rejected the file. An error about its size is shown next to the file field."""
        if isinstance(error, TooLarge):
            self.add_error("file", str(error))
        else:
            super().refuse(error)
