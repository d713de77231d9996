"""Reports from the public form: bounded, rate-limited, without an account.

The form's key is signed and says when the form was opened. A form that is sent within seconds, or with the field that people do
not see, is shown again with everything in it: a program gives up, a person sends it once more.
"""

import secrets

from django.core import signing
from django.utils.translation import gettext as _

from classifier import clock
from responder.errors import FieldChecks, Invalid
from responder.field_reports import contacts, filing, limits, positions
from responder.field_reports.contacts import Contact
from responder.field_reports.filing import Filed, Submission
from responder.field_reports.positions import GivenPlace
from responder.field_reports.typed import text_of
from responder.models import FieldReport, ReportChannel

TEXT_LIMIT = 1_500  # with the other fields, in UTF-8 and encoded as a form, below 16 kB
LONGEST_KEY = 120
LEAST_S = 3.0
SALT = "responder.field_reports.public"


def new_key() -> str:
    """Return a signed key for a form that is opened now."""
    return signing.dumps([secrets.token_urlsafe(9), int(clock.now().timestamp())], salt=SALT)


def receive(
    *, channel: ReportChannel, text: str, about: str = "", name: str = "", telephone: str = "", place: str = "",
    latitude: str = "", longitude: str = "", accuracy_km: str = "", here: bool = False, website: str = "",
    form_key: str = "", address: str = "",
) -> Filed:  # fmt: skip
    """Store a report of the public form. Sending the same form again returns the same report.

    Arguments:
        latitude, longitude, accuracy_km: of the device, if its owner gave them.
        here: whether help is needed where the device is; in a report for somebody else, it is not unless this says so.
        website: the field that people do not see.
        form_key: see `new_key`.
        address: IP address of the sender, for the rate limits; not stored.

    Raises Closed, Erased, Invalid, InvalidFields, TooManyReports.
    """
    checks = FieldChecks()
    text = checks.read("text", text_of, text, TEXT_LIMIT)
    if about not in FieldReport.About.values:
        checks.refuse("about", _("Choose one of the options."))
    contact = Contact(
        name=checks.read("name", contacts.name, name) or "",
        telephone=checks.read("telephone", contacts.telephone, telephone) or "",
    )
    typed = checks.read("place", contacts.bounded, place, positions.PLACE_LIMIT) or ""
    checks.require_valid()
    since = opened_at(form_key)
    if website.strip():
        raise Invalid(_("Leave the last field empty and send the report again."))
    if clock.now().timestamp() - since < LEAST_S:
        raise Invalid(_("The form was sent before anybody could have read it. Check it and send it again."))
    given = _place(typed, latitude, longitude, accuracy_km, here=here, about=about)
    values = (text, about, contact, given)
    submission = Submission(
        kind=FieldReport.Kind.PUBLIC_FORM, identity=f"public:{channel.pk}:{form_key}:{values!r}", event=channel.event,
        text=text, about=about, contact=contact, place=given, channel=channel,
    )  # fmt: skip
    channel.event.require_open()
    limits.count(channel.event, address)
    return filing.file(submission)


def _place(typed: str, latitude: str, longitude: str, accuracy_km: str, *, here: bool, about: str) -> GivenPlace:
    """The place of a public report: what was typed is where help is needed; the position is the device's."""
    try:
        pin = positions.pin(latitude, longitude, accuracy_km)
    except Invalid:
        pin = None  # a script wrote it, so the sender can't correct it; the report matters more
    if here or about != FieldReport.About.OTHER:
        return GivenPlace(text=typed, pin=pin)
    return GivenPlace(text=typed, reporter=pin)


def opened_at(form_key: str) -> float:
    """Return when the form with this key was opened, in seconds since 1970. Raises Invalid for a key that is not ours."""
    try:
        if len(form_key) > LONGEST_KEY:
            raise signing.BadSignature
        _random, at = signing.loads(form_key, salt=SALT)
        return float(at)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Invalid(_("The form is no longer valid. Check it and send it again.")) from error
