"""The forms of an import: the upload, and the options for reading its file. `accept` and `change` validate the input."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from responder.forms import CheckedField, FileUploadForm, ProductForm
from responder.imports.accepting import EVENT_LIMIT, NEW_EVENT, SOURCE_LIMIT
from responder.models import Event, ImportJob
from responder.models.time_zones import names as zones

MAPPED = "map-"
ENCODINGS = (
    "utf-8", "utf-16", "windows-1250", "windows-1251", "windows-1252", "windows-1253", "windows-1254", "windows-1255",
    "windows-1256", "windows-1257", "windows-1258", "windows-874", "iso-8859-1", "iso-8859-2", "iso-8859-9", "koi8-r",
    "koi8-u", "cp437", "cp850", "big5", "gb18030", "shift_jis", "euc-jp", "euc-kr",
)  # fmt: skip
DAY_FIRST = {"": None, "day": True, "month": False}
LABELS = {
    "text": gettext_lazy("Text"),
    "id": gettext_lazy("ID"),
    "created_at": gettext_lazy("Time"),
    "lang": gettext_lazy("Language"),
    "latitude": gettext_lazy("Latitude"),
    "longitude": gettext_lazy("Longitude"),
    "author": gettext_lazy("Author"),
}


def _zone(**more: Any) -> CheckedField:
    field = CheckedField(label=gettext_lazy("Time zone for times without one"), widget=forms.Select, **more)
    choices = [("", gettext_lazy("Time zone of the event")), *((name, name) for name in zones())]
    field.widget.choices = choices  # type: ignore[attr-defined]
    return field


class UploadForm(FileUploadForm):
    """A file of posts, its source, and the event that its posts belong to.

    Arguments:
        events: that posts can belong to.
        may_create: whether a new event is offered.
    """

    source = CheckedField(
        label=gettext_lazy("Source name"), required=True, max_length=SOURCE_LIMIT,
        help_text=gettext_lazy("Two posts with the same source name and ID count as the same post. Use the same name for later files."),
    )  # fmt: skip
    event = CheckedField(label=gettext_lazy("Event of the posts"), widget=forms.Select)
    new_event = CheckedField(
        label=gettext_lazy("Name of the new event"), max_length=EVENT_LIMIT,
        help_text=gettext_lazy("Fill this in only if you chose a new event. The event is created when the import starts."),
    )  # fmt: skip
    time_zone = _zone()

    def __init__(self, data: Any = None, *, events: Iterable[Event], may_create: bool = True, **more: Any) -> None:
        super().__init__(data, **more)
        choices = [(str(event.pk), event.name) for event in events]
        if may_create:
            choices.append((NEW_EVENT, _("A new event")))
        else:
            del self.fields["new_event"]
        self.fields["event"].widget.choices = choices  # type: ignore[attr-defined]


class ReadingForm(ProductForm):
    """How a draft's file is to be read: its columns, encoding, time zone, and the order of day and month.

    Arguments:
        columns: of the file.
        guessed: field → column, where nothing was chosen.
    """

    encoding = CheckedField(label=gettext_lazy("Encoding"), widget=forms.Select)
    time_zone = _zone()
    day_first = CheckedField(label=gettext_lazy("Date order, as in 3/4/2026"), widget=forms.Select)

    def __init__(
        self, data: Any = None, *, columns: Sequence[str], guessed: dict[str, str], found: str = "", **more: Any
    ) -> None:
        super().__init__(data, **more)
        automatic = _("Detected: %(encoding)s") % {"encoding": found} if found else _("Detect automatically")
        widget: Any = self.fields["encoding"].widget
        widget.choices = [("", automatic), *((name, name) for name in ENCODINGS)]
        order: Any = self.fields["day_first"].widget
        order.choices = [("", _("Detect automatically")), ("day", _("3 April")), ("month", _("March 4"))]
        for name, label in LABELS.items():
            field = CheckedField(label=label, widget=forms.Select)
            none = _("Detected: %(column)s") % {"column": guessed[name]} if name in guessed else _("none")
            field.widget.choices = [("", none), *((one, one) for one in columns)]  # type: ignore[attr-defined]
            self.fields[MAPPED + name] = field

    @property
    def column_fields(self) -> list[BoundField]:
        """The fields that choose columns."""
        return [self[MAPPED + name] for name in LABELS]

    @property
    def other_fields(self) -> list[BoundField]:
        return [self[name] for name in ("encoding", "time_zone", "day_first")]

    @property
    def arguments(self) -> dict[str, Any]:
        """The values by the names of `change`'s arguments."""
        values = super().arguments
        mapping = {name: values[MAPPED + name] for name in LABELS if values[MAPPED + name]}
        encoding = values["encoding"] if values["encoding"] in ENCODINGS else ""
        return {
            "mapping": mapping, "encoding": encoding, "time_zone": values["time_zone"],
            "day_first": DAY_FIRST.get(values["day_first"]),
        }  # fmt: skip


def initial(job: ImportJob) -> dict[str, str]:
    """How a draft is read, as the form shows it."""
    order = {True: "day", False: "month"}.get(job.day_first, "") if job.day_first is not None else ""
    chosen = {MAPPED + name: column for name, column in job.mapping.items()}
    return chosen | {"encoding": job.encoding, "time_zone": job.time_zone, "day_first": order}
