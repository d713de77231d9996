"""Checks what people enter about accounts: user names, names, email addresses, passwords and roles."""

import zoneinfo
from collections.abc import Iterable

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from responder import roles
from responder.errors import Invalid
from responder.models import User
from responder.models.account import EMAIL_LIMIT, NAME_LIMIT
from responder.models.organisation import plain
from responder.queries import items

USERNAME_LIMIT = 150
ZONE_LIMIT = 64
# Languages of the pages, and of disasters of the last years. At most `forms.MOST_OPTIONS`.
READ = (
    "am", "ar", "az", "bn", "ckb", "de", "el", "en", "es", "fa", "fr", "ha", "he", "hi", "ht", "hy", "id", "it", "ja", "ka",
    "km", "ko", "ku", "lo", "mg", "my", "ne", "nl", "om", "pl", "ps", "pt", "qu", "ro", "ru", "rw", "si", "so", "sw", "ta",
    "th", "ti", "tl", "tr", "uk", "ur", "vi", "zh",
)  # fmt: skip
_is_email = EmailValidator()


def username(value: str) -> str:
    """A user name that nobody has. Raises Invalid."""
    value = User.normalize_username(_bounded(value.strip(), USERNAME_LIMIT))
    if not value:
        raise Invalid(_("Enter a user name."))
    try:
        User.username_validator(value)
    except ValidationError as error:
        raise Invalid(_("Use letters, digits and @ . + - _ only.")) from error
    if User.objects.filter(username__iexact=value).exists():
        raise Invalid(_("Somebody has this user name already. Choose another one."))
    return value


def name(value: str) -> str:
    """A person's name. Raises Invalid."""
    value = plain(_bounded(value, NAME_LIMIT))
    if not value:
        raise Invalid(_("Enter a name."))
    return value


def email(value: str) -> str:
    """An email address, or empty. Raises Invalid."""
    value = _bounded(value.strip(), EMAIL_LIMIT)
    if value:
        try:
            _is_email(value)
        except ValidationError as error:
            raise Invalid(_("Enter an email address such as name@example.org.")) from error
    return value


def password(value: str, person: User) -> str:
    """A new password that is hard to guess. Raises Invalid.

    Arguments:
        person: whose names the password must not repeat; may be unsaved.
    """
    if not value:
        raise Invalid(_("Enter a password."))
    if "\0" in value:
        raise Invalid(_("A password can't contain NUL characters."))
    try:
        validate_password(value, person)
    except ValidationError as error:
        raise Invalid(" ".join(error.messages)) from error
    return value


def role_names(values: Iterable[str]) -> list[str]:
    """Names of roles, each once, in the order of `roles.ROLES`. Raises Invalid."""
    chosen = set(values)
    if unknown := sorted(chosen - roles.ROLES.keys()):
        raise Invalid(_("“%(name)s” is not a role.") % {"name": unknown[0][:40]})
    return [role for role in roles.ROLES if role in chosen]


def language(value: str) -> str:
    """A language that the pages exist in, or empty. Raises Invalid."""
    if value and value not in dict(settings.LANGUAGES):
        raise Invalid(_("Choose one of the options."))
    return value


def reading_choices() -> list[tuple[str, str]]:
    """(code, name) of the languages that people can say they read, by name."""
    return sorted(((code, items.language_name(code)) for code in READ), key=lambda pair: pair[1].casefold())


def languages_read(values: Iterable[str]) -> list[str]:
    """Codes of the languages that somebody reads, each once, sorted. Raises Invalid."""
    chosen = set(values)
    if chosen - set(READ):
        raise Invalid(_("Choose one of the options."))
    return sorted(chosen)


def time_zone(value: str) -> str:
    """The name of a time zone, or empty. Raises Invalid."""
    if value and (len(value) > ZONE_LIMIT or value not in zoneinfo.available_timezones()):
        raise Invalid(_("Choose a time zone such as Africa/Maputo."))
    return value


def _bounded(value: str, most: int) -> str:
    value = value.replace("\0", "")
    if len(value) > most:
        raise Invalid(_("Enter at most %(most)d characters.") % {"most": most})
    return value
