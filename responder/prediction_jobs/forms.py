"""The form of a file to classify. `accept` validates the input."""

from typing import Any

from django.utils.translation import gettext_lazy

from responder.forms import CheckedField, FileUploadForm
from responder.models.job import COLUMN_LIMIT
from responder.prediction_jobs.accepting import DEFAULT_ID_COLUMN, DEFAULT_TEXT_COLUMN, column_name


def _column(default: str, **more: Any) -> CheckedField:
    """The field of a column's name; empty means the default, and the form begins with it."""
    return CheckedField(
        max_length=COLUMN_LIMIT, initial=default, check=lambda text: column_name(text.strip() or default), **more
    )


class FileForm(FileUploadForm):
    """A file, and the names of its columns."""

    text_column = _column(DEFAULT_TEXT_COLUMN, label=gettext_lazy("Text column"))
    id_column = _column(DEFAULT_ID_COLUMN, label=gettext_lazy("ID column (optional)"))
