"""Forms of the first run. The verbs judge what was typed."""

import zoneinfo
from collections.abc import Mapping

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy

from responder.accounts import passwords
from responder.forms import CheckedField, OptionField, ProductForm, VersionField
from responder.models import Installation
from responder.models.installation import NAME_LIMIT

NAME_LENGTH, EMAIL_LENGTH = 150, 254


class AdministratorForm(ProductForm):
    """The account of the first administrator."""

    username = CheckedField(
        label=gettext_lazy("User name"), required=True, max_length=NAME_LENGTH,
        help_text=gettext_lazy("You sign in with it. Letters, digits and @ . + - _ are allowed."),
        widget=forms.TextInput({"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}),
    )  # fmt: skip
    name = CheckedField(
        label=gettext_lazy("Your name"), required=True, max_length=NAME_LENGTH,
        help_text=gettext_lazy("Your colleagues see it beside your decisions."),
        widget=forms.TextInput({"autocomplete": "name"}),
    )  # fmt: skip
    email = CheckedField(
        label=gettext_lazy("Email address (optional)"), max_length=EMAIL_LENGTH,
        widget=forms.EmailInput({"autocomplete": "email"}),
    )  # fmt: skip
    password = CheckedField(
        label=gettext_lazy("Password"), required=True, max_length=passwords.LONGEST, strip=False,
        help_text=gettext_lazy("At least 12 characters. Four or more unrelated words are easy to remember."),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )  # fmt: skip
    again = CheckedField(
        label=gettext_lazy("Repeat the password"), required=True, max_length=passwords.LONGEST, strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )  # fmt: skip


class OrganisationForm(ProductForm):
    """The organisation's name, language and time zone."""

    version = VersionField()
    name = CheckedField(label=gettext_lazy("Name of your organisation"), required=True, max_length=NAME_LIMIT)
    language = OptionField(
        label=gettext_lazy("Language of the pages"),
        help_text=gettext_lazy("Posts are classified in many languages, whatever you choose here."),
    )
    time_zone = OptionField(
        label=gettext_lazy("Time zone"), help_text=gettext_lazy("It is proposed for new events and new people.")
    )

    def __init__(self, data: object = None, **more: object) -> None:
        super().__init__(data, **more)  # type: ignore[arg-type]
        self.fields["language"].choices = settings.LANGUAGES  # type: ignore[attr-defined]
        zones = sorted(zoneinfo.available_timezones())
        self.fields["time_zone"].choices = [(zone, zone) for zone in zones]  # type: ignore[attr-defined]


def initial(row: Installation) -> Mapping[str, str]:
    """The organisation's settings as the form shows them."""
    language = row.language or settings.LANGUAGE_CODE
    return {"version": str(row.version), "name": row.name, "language": language, "time_zone": row.time_zone}
