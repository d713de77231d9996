"""Forms of the product's pages. They show all errors, each next to its field, and keep the input.

How a form is handled:
1. Its fields parse numbers, no more, and show the domain's limits to the browser.
2. A verb of the domain judges what was typed, and refuses all invalid fields together (InvalidFields).
3. `ProductForm.submit` shows these errors beside their fields, and any other error above the form.
4. The first invalid field gets the focus. Django renders `aria-invalid` and `aria-describedby`, `partials/field.html` the rest.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, TypeVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from responder.errors import Invalid, InvalidFields, ResponderError, TooLarge

DIGITS = 18  # that fit the database
VERSION_DIGITS = 9
MOST = 500  # posts of one form
MOST_OPTIONS = 50  # ticked in one form
UPLOAD_BLOCK = 1 << 16  # bytes of an upload that are read at once
UPLOAD_SUFFIXES = ".csv,.tsv,.txt,.ndjson,.jsonl,.json,.xlsx,.ods"
Done = TypeVar("Done")
CHOOSE = gettext_lazy("Choose one of the options.")


class ErrorFirstField(BoundField):
    """A bound field that is described by its error, then by its help text, as they stand on the page."""

    @property
    def aria_describedby(self) -> str | None:
        """The ids of both, for the widget's attribute."""
        described = super().aria_describedby
        return " ".join(reversed(described.split())) if described else described


class ProductForm(forms.Form):
    """A form that shows errors next to its fields. The first invalid field gets the focus.

    Arguments:
        data: what was sent; None for a form that nobody has sent yet.
        name: begins the ids of the fields, where a page has several forms: `note` makes `note-text`.
    """

    bound_field_class = ErrorFirstField
    verb_names: ClassVar[Mapping[str, str]] = {}  # fields of the form, by the verb's name for them where that differs

    def __init__(self, data: Any = None, *, name: str = "", **more: Any) -> None:
        super().__init__(data, auto_id=f"{name}-%s" if name else "%s", **more)
        self.form_name = name

    @property
    def arguments(self) -> dict[str, Any]:
        """The values of a valid form, by the verb's names for them."""
        names = {name: argument for argument, name in self.verb_names.items()}
        return {names.get(name, name): value for name, value in self.cleaned_data.items()}

    def submit(self, work: Callable[..., Done], **arguments: Any) -> Done:
        """What a verb returns for the form's values and `arguments`.

        Raises the verb's ResponderError, or Invalid where the form itself is not valid; the form then shows the errors.
        """
        if not self.is_valid():
            raise Invalid(next(message for messages in self.errors.values() for message in messages))
        try:
            return work(**self.arguments, **arguments)  # either may refuse
        except ResponderError as error:
            self.refuse(error)
            raise

    def refuse(self, error: ResponderError) -> None:
        """Show what a verb refused: beside its fields where the error names them, otherwise above the form."""
        messages = error.fields if isinstance(error, InvalidFields) else {"": str(error)}
        for argument, message in messages.items():
            name = self.verb_names.get(argument, argument)
            self.add_error(name if name in self.fields else None, message)

    def add_error(self, field: str | None, error: Any) -> None:
        """As Django's; also moves the focus to the first invalid field."""
        super().add_error(field, error)
        invalid = [bound.field.widget for bound in self.visible_fields() if bound.name in self.errors]
        for number, widget in enumerate(invalid):
            if number:
                widget.attrs.pop("autofocus", None)
            else:
                widget.attrs["autofocus"] = True

    @property
    def top_errors(self) -> list[str]:
        """The errors that belong to no visible field; they stand above the form."""
        hidden = [message for bound in self.hidden_fields() for message in bound.errors]
        return [*self.non_field_errors(), *hidden]


class FileUploadForm(ProductForm):
    """A form with a `file`. A browser doesn't resend a file, so people have to choose it again after an error."""

    file = forms.FileField(
        label=gettext_lazy("File"), allow_empty_file=True, widget=forms.FileInput({"accept": UPLOAD_SUFFIXES}),
        error_messages={"required": gettext_lazy("Choose a file."), "invalid": gettext_lazy("Choose a file.")},
    )  # fmt: skip

    @property
    def arguments(self) -> dict[str, Any]:
        """Return the arguments of the verb: the cleaned values, and the file as its `name` and its `pieces`."""
        values = super().arguments
        file = values.pop("file")
        return values | {"name": str(file.name), "pieces": file.chunks(UPLOAD_BLOCK)}

    def refuse(self, error: ResponderError) -> None:
        """Show what the verb refused. An error about the size of the file is shown next to its field."""
        if isinstance(error, TooLarge):
            self.add_error("file", str(error))
        else:
            super().refuse(error)


class CheckedField(forms.CharField):
    """A typed text. `required` and the lengths are only attributes for the browser: the verb judges the text.

    Arguments:
        check: parses the text where the verb needs another type. Raises Invalid.
    """

    def __init__(self, *, check: Callable[[str], Any] = str, required: bool = False, **more: Any) -> None:
        super().__init__(required=required, **more)
        self.check = check

    def clean(self, value: Any) -> Any:
        """The checked value of a typed text. Raises ValidationError."""
        try:
            return self.check("" if value is None else str(value))
        except Invalid as error:
            raise ValidationError(str(error)) from error


class VersionField(CheckedField):
    """The version of the record that the person loaded."""

    def __init__(self) -> None:
        super().__init__(check=version, widget=forms.HiddenInput)


class NumbersField(forms.Field):
    """Whole numbers that are sent under one name, such as ids of posts."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[int]:
        """The distinct numbers, in order. Raises ValidationError."""
        try:
            return _distinct(value or [])
        except Invalid as error:
            raise ValidationError(str(error)) from error


class OptionField(forms.ChoiceField):
    """One of several options."""

    default_error_messages = {"required": CHOOSE, "invalid_choice": CHOOSE}


class Checkboxes(forms.CheckboxSelectMultiple):
    """Checkboxes of which only the first gets the focus."""

    def create_option(
        self, name: str, value: Any, label: Any, selected: Any, index: int, *more: Any, **named: Any
    ) -> Any:
        option = super().create_option(name, value, label, selected, index, *more, **named)
        if index:
            option["attrs"].pop("autofocus", None)
        return option


class Radios(forms.RadioSelect):
    """Radio buttons of which only the first gets the focus."""

    def create_option(
        self, name: str, value: Any, label: Any, selected: Any, index: int, *more: Any, **named: Any
    ) -> Any:
        option = super().create_option(name, value, label, selected, index, *more, **named)
        if index:
            option["attrs"].pop("autofocus", None)
        return option


class OptionsField(forms.MultipleChoiceField):
    """Any number of the options; the verb judges which."""

    widget = Checkboxes

    def __init__(self, **more: Any) -> None:
        super().__init__(required=False, **more)

    def clean(self, value: Any) -> list[str]:
        """The options that were ticked, at most MOST_OPTIONS."""
        return [str(one) for one in value or []][:MOST_OPTIONS]


def is_number(text: Any) -> bool:
    """Whether this is a whole number from 0 that fits the database."""
    digits = str(text)
    return digits.isdecimal() and digits.isascii() and len(digits) <= DIGITS


def number(text: str) -> int:
    """A whole number from 0. Raises Invalid."""
    if not is_number(text):
        raise Invalid(_("Enter a whole number."))
    return int(text)


def numbers(sent: QueryDict, key: str) -> list[int]:
    """The distinct numbers under a key, in order. Raises Invalid."""
    return _distinct(sent.getlist(key))


def version(text: str) -> int:
    """The version that was sent. Raises Invalid."""
    if not (text.isdecimal() and text.isascii() and len(text) <= VERSION_DIGITS):
        raise Invalid(_("Send `version`: the version of the record that you loaded."))
    return int(text)


def _distinct(values: Sequence[str]) -> list[int]:
    if len(values) > MOST:
        raise Invalid(_("Choose at most %(most)d posts.") % {"most": MOST})
    return sorted({number(value) for value in values})
