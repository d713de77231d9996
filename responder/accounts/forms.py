"""Forms of people and accounts. The verbs judge what was entered; these only show the limits to the browser."""

import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from responder.accounts import fields, passwords, two_factor, wording
from responder.forms import CheckedField, OptionsField, ProductForm, VersionField
from responder.models import User
from responder.models.account import EMAIL_LIMIT, NAME_LIMIT


def _text(label: Any, most: int, **more: Any) -> CheckedField:
    attributes = more.pop("attributes", {})
    widget = more.pop("widget", forms.TextInput)(attributes)
    return CheckedField(label=label, max_length=most, widget=widget, **more)


def _password(label: Any, autocomplete: str, **more: Any) -> CheckedField:
    attributes = {"autocomplete": autocomplete}
    return _text(label, passwords.LONGEST, widget=forms.PasswordInput, attributes=attributes, **more)


def _email(**more: Any) -> CheckedField:
    attributes = {"autocomplete": more.pop("autocomplete", "off")}
    return _text(gettext_lazy("Email address"), EMAIL_LIMIT, widget=forms.EmailInput, attributes=attributes, **more)


def _new_password() -> CheckedField:
    return _password(
        gettext_lazy("Password"), "new-password", required=True,
        help_text=gettext_lazy("At least 12 characters and hard to guess. Four or more unrelated words work well."),
    )  # fmt: skip


class _RolesField(OptionsField):
    def __init__(self) -> None:
        super().__init__(label=gettext_lazy("Roles"), choices=wording.role_choices)


class InviteForm(ProductForm):
    """Who is invited, with which roles, and how the link reaches them."""

    verb_names = {"role_names": "roles"}
    name = _text(gettext_lazy("Name"), NAME_LIMIT)
    email = _email()
    roles = _RolesField()
    by_email = forms.BooleanField(label=gettext_lazy("Send the link by email"), required=False)

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        if not settings.MAIL_IS_CONFIGURED:
            del self.fields["by_email"]

    @property
    def arguments(self) -> dict[str, Any]:
        return {"by_email": False} | super().arguments


class RolesForm(ProductForm):
    """The roles of a person."""

    verb_names = {"role_names": "roles"}
    roles = _RolesField()
    version = VersionField()


class VersionForm(ProductForm):
    """A change of a person's state."""

    version = VersionField()


class ResetTwoFactorForm(ProductForm):
    """The reason for resetting somebody's two-factor authentication."""

    reason = _text(
        gettext_lazy("How you verified who was asking"), two_factor.REASON_LIMIT, required=True,
        help_text=gettext_lazy("For example: called back on the number in the staff list. It is kept in the audit log."),
    )  # fmt: skip


class _TwiceForm(ProductForm):
    """A form whose password is typed twice."""

    @property
    def arguments(self) -> dict[str, Any]:
        return {name: value for name, value in super().arguments.items() if name != "password_again"}

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if values.get("password") != values.get("password_again"):
            self.add_error("password_again", _("The two passwords differ."))
        return values


class AcceptForm(_TwiceForm):
    """The account that somebody who was invited makes."""

    username = _text(
        gettext_lazy("User name"), fields.USERNAME_LIMIT, required=True,
        attributes={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
        help_text=gettext_lazy("You sign in with it. Letters, digits and @ . + - _"),
    )  # fmt: skip
    name = _text(gettext_lazy("Your name"), NAME_LIMIT, required=True, attributes={"autocomplete": "name"})
    email = _email(autocomplete="email", help_text=gettext_lazy("Optional."))
    password = _new_password()
    password_again = _password(gettext_lazy("Password again"), "new-password", required=True)


class SetPasswordForm(_TwiceForm):
    """A new password, with a one-time link."""

    password = _new_password()
    password_again = _password(gettext_lazy("Password again"), "new-password", required=True)


class ChangePasswordForm(_TwiceForm):
    """A new password of somebody who is signed in."""

    current_password = _password(gettext_lazy("Current password"), "current-password", required=True)
    password = _new_password()
    password_again = _password(gettext_lazy("Password again"), "new-password", required=True)

    def __init__(self, data: Any = None, *, person: User, **more: Any) -> None:
        super().__init__(data, **more)
        self.fields["password"].label = _("New password")
        self.fields["password_again"].label = _("New password again")
        if not person.has_usable_password():
            del self.fields["current_password"]

    @property
    def arguments(self) -> dict[str, Any]:
        return {"current_password": ""} | super().arguments


class ForgotForm(ProductForm):
    """Whose password is forgotten."""

    asked = _text(
        gettext_lazy("User name or email address"), EMAIL_LIMIT, required=True,
        attributes={"autocomplete": "username", "autocapitalize": "none"},
    )  # fmt: skip


class CodeForm(ProductForm):
    """A code of an authenticator app, or a recovery code."""

    code = _text(
        gettext_lazy("Code"), 2 * two_factor.LONGEST_CODE, required=True,
        attributes={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"},
    )  # fmt: skip


class ConfirmForm(ProductForm):
    """The current password, before a change of two-factor authentication."""

    current_password = _password(gettext_lazy("Current password"), "current-password", required=True)

    def __init__(self, data: Any = None, *, person: User, **more: Any) -> None:
        super().__init__(data, **more)
        if not person.has_usable_password():
            del self.fields["current_password"]

    @property
    def arguments(self) -> dict[str, Any]:
        return {"password": super().arguments.get("current_password", "")}


class SetUpForm(ConfirmForm):
    """The first code of an authenticator app, and the current password."""

    code = _text(
        gettext_lazy("Code that the app shows"), 2 * two_factor.LONGEST_CODE, required=True,
        attributes={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"},
    )  # fmt: skip
    field_order = ["code", "current_password"]

    @property
    def arguments(self) -> dict[str, Any]:
        return super().arguments | {"code": self.cleaned_data["code"]}


class ProfileForm(ProductForm):
    """A person's own details."""

    name = _text(gettext_lazy("Name"), NAME_LIMIT, required=True, attributes={"autocomplete": "name"})
    email = _email(autocomplete="email")
    current_password = _password(
        gettext_lazy("Current password"), "current-password",
        help_text=gettext_lazy("Only needed if you change the email address, because password reset links go there."),
    )  # fmt: skip
    language = CheckedField(label=gettext_lazy("Language"), widget=forms.Select)
    reads = OptionsField(
        label=gettext_lazy("Other languages that you read"), choices=fields.reading_choices,
        help_text=gettext_lazy("Posts in them are offered to you, above all those that the model can't read."),
    )  # fmt: skip
    translates_posts = forms.BooleanField(
        label=gettext_lazy("Translate posts that I can't read"), required=False,
        help_text=gettext_lazy("Pages then ask for a machine translation of the posts that you open. It needs an engine, which an administrator sets up."),
    )  # fmt: skip
    time_zone = CheckedField(
        label=gettext_lazy("Time zone"), widget=forms.Select,
        help_text=gettext_lazy("Times are shown in it. You can switch it on each page."),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, person: User, **more: Any) -> None:
        super().__init__(data, initial=initial(person), **more)
        languages: Any = self.fields["language"].widget
        languages.choices = [("", _("Language of the browser")), *settings.LANGUAGES]
        zones: Any = self.fields["time_zone"].widget
        self.order_fields(["name", "email", "current_password", "language", "reads", "translates_posts", "time_zone"])
        zones.choices = [("", _("Time zone of the event")), *((name, name) for name in time_zones())]
        if not person.has_usable_password():
            del self.fields["current_password"]

    @property
    def arguments(self) -> dict[str, Any]:
        return {"current_password": ""} | super().arguments


def initial(person: User) -> dict[str, Any]:
    """A person's details as the form shows them."""
    return {
        "name": person.get_full_name(), "email": person.email, "language": person.language, "time_zone": person.time_zone,
        "reads": person.reads, "translates_posts": person.translates_posts,
    }  # fmt: skip


def time_zones() -> list[str]:
    """Time zones that people choose from: those named after a place, and UTC."""
    return [
        "UTC",
        *sorted(name for name in zoneinfo.available_timezones() if "/" in name and not name.startswith("Etc/")),
    ]
