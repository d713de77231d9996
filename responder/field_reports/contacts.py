"""Who reported, and how to reach them: encrypted in the database, and shown only after a reason was given."""

import json
from dataclasses import asdict, dataclass

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from responder.errors import Invalid
from responder.feeds.storable import clean
from responder.privacy import secrets

NAME_LIMIT, TELEPHONE_LIMIT, EMAIL_LIMIT = 100, 40, 254
FEWEST_DIGITS = 3
SALT = "responder.field_reports.contacts"


@dataclass(frozen=True, slots=True)
class Contact:
    """The person who reported.

    Arguments:
        place, latitude, longitude: where the reporter is, if that is not where help is needed; degrees.
    """

    name: str = ""
    telephone: str = ""
    email: str = ""
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None

    def encrypted(self) -> str:
        """Return the text to store; empty where nothing is known."""
        known = {name: value for name, value in asdict(self).items() if value not in ("", None)}
        return secrets.encrypt(json.dumps(known, ensure_ascii=False)) if known else ""

    @property
    def sender(self) -> str:
        """Return the same name for the same telephone or address, which says neither; empty where both are unknown."""
        known = "".join(sign for sign in self.telephone if sign.isdigit()) or self.email.lower()
        return f"reporter-{salted_hmac(SALT, known, algorithm='sha256').hexdigest()[:12]}" if known else ""


def decrypted(stored: str) -> Contact:
    """Return the contact that `encrypted` stored. Raises UnknownKey."""
    return Contact(**json.loads(secrets.decrypt(stored))) if stored else Contact()


def name(value: str) -> str:
    """Parse a person's name; may be empty. Raises Invalid."""
    return bounded(value, NAME_LIMIT)


def telephone(value: str) -> str:
    """Parse a telephone number or call sign; may be empty. Raises Invalid."""
    value = bounded(value, TELEPHONE_LIMIT)
    if value and sum(sign.isdecimal() for sign in value) < FEWEST_DIGITS:
        raise Invalid(_("Enter a phone number, or leave this empty."))
    return value


def bounded(value: str, most: int) -> str:
    """Return one line without NUL. Raises Invalid if it is longer than `most` characters."""
    value = " ".join(clean(value[: 4 * most]).split())
    if len(value) > most:
        raise Invalid(_("Enter at most %(most)d characters.") % {"most": most})
    return value
