"""Reports that one of us types: from a telephone, a radio, or somebody at the desk."""

import secrets
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from classifier import categories, clock
from responder import roles
from responder.chosen_place import ChosenPlace, parse_name
from responder.errors import FieldChecks, Invalid, InvalidFields, NotPermitted
from responder.feeds.raw_post import StatedPlace
from responder.feeds.storable import clean
from responder.field_reports import contacts, filing, positions
from responder.field_reports.contacts import Contact
from responder.field_reports.filing import Filed, Submission
from responder.models import Event, FieldReport, User

TEXT_LIMIT = 5_000
LONGEST_KEY = 64
MOST_AGE = timedelta(days=7)  # an older report counts as that old
AGE_DIGITS = 9
KINDS = (FieldReport.Kind.PHONE, FieldReport.Kind.RADIO, FieldReport.Kind.WALK_IN)


def new_key() -> str:
    """Return a key that makes a form the same report, however often it is sent."""
    return secrets.token_urlsafe(16)


def file_typed(
    *, kind: str, event: str, text: str, about: str = "", severity: str = "", name: str = "", telephone: str = "",
    place: str = "", latitude: str = "", longitude: str = "", radius_km: str = "", gazetteer_id: str = "",
    place_of: str = "", form_key: str = "", age_s: str = "", by: User,
) -> Filed:  # fmt: skip
    """Store a report that `by` typed. Sending the same form again returns the same report.

    Arguments:
        event: its reference.
        severity: 1 Critical to 4 Low; empty leaves it to the model.
        place: as typed.
        latitude, longitude, radius_km, gazetteer_id: of a pin, as `ChosenPlace.parse` reads them; empty for none.
        place_of: `need` or `reporter`: who or what is at the place. A report for somebody else must say so.
        form_key: see `new_key`.
        age_s: seconds since it was typed, for a report that waited for a network; empty for now. Not part of what makes it the
            same report. The device's clock alone is not trusted, only how long it ran.

    Raises Closed, Erased, InvalidFields, NotPermitted.
    """
    if not roles.allows(by, roles.TRIAGE):
        raise NotPermitted(_("Your role doesn't let you file reports. Ask an administrator for a role that does."))
    checks = FieldChecks()
    kind = checks.read("kind", _one_of, kind, [str(one) for one in KINDS])
    found = checks.read("event", _event, event, by)
    text = checks.read("text", text_of, text, TEXT_LIMIT)
    about = checks.read("about", _one_of, about, [str(one) for one in FieldReport.About])
    level = checks.read("severity", _severity, severity)
    contact = Contact(
        name=checks.read("name", contacts.name, name) or "",
        telephone=checks.read("telephone", contacts.telephone, telephone) or "",
    )
    place = checks.read("place", parse_name, place) or ""
    pin = _pin(
        checks, place_name=place, latitude=latitude, longitude=longitude, radius_km=radius_km, gazetteer_id=gazetteer_id
    )
    if about == FieldReport.About.OTHER and (pin or place) and place_of not in (positions.NEED, positions.REPORTER):
        checks.refuse("place_of", _("Choose who is at this place: whoever needs help, or the reporter."))
    if len(form_key) > LONGEST_KEY:
        checks.refuse("form_key", _("Reload the page and try again."))
    typed_at = checks.read("form_key", _typed_at, age_s)
    checks.require_valid()
    given = positions.divide(place, pin, of=place_of, about=about)
    values = (kind, found.ref, text, about, level, contact, given)
    submission = Submission(
        kind=kind, identity=f"form:{by.pk}:{form_key or new_key()}:{values!r}", event=found, text=text, about=about,
        severity=level, contact=contact, place=given, created_at=typed_at,
    )  # fmt: skip
    return filing.file(submission, by=by)


def _typed_at(age_s: str) -> datetime | None:
    if not age_s:
        return None
    if not (age_s.isascii() and age_s.isdecimal() and len(age_s) <= AGE_DIGITS):
        raise Invalid(_("Reload the page and try again."))
    return clock.now() - min(timedelta(seconds=int(age_s)), MOST_AGE)


def text_of(value: str, most: int) -> str:
    """Parse the text of a report. Raises Invalid."""
    value = clean(value.replace("\r\n", "\n"), most + 1).strip()
    if len(value) < filing.SHORTEST_TEXT:
        raise Invalid(_("Enter what happened, and what is needed."))
    if len(value) > most:
        raise Invalid(_("Enter at most %(most)d characters.") % {"most": most})
    return value


def _pin(checks: FieldChecks, **typed: str) -> StatedPlace | None:
    """The pin of a form; None without one. Errors are kept in `checks`."""
    if not (typed["latitude"].strip() or typed["longitude"].strip()):
        return None
    try:
        chosen = ChosenPlace.parse(**typed)
    except InvalidFields as error:
        for name, message in error.fields.items():
            checks.refuse("place" if name == "place_name" else name, message)
        return None
    return StatedPlace(
        chosen.latitude, chosen.longitude, chosen.radius_km, name=chosen.name, type=chosen.type,
        country_code=chosen.country_code,
    )  # fmt: skip


def _one_of(value: str, options: list[str]) -> str:
    if value not in options:
        raise Invalid(_("Choose one of the options."))
    return value


def _event(ref: str, by: User) -> Event:
    rows = roles.within(Event.objects.all(), roles.events_of(by, roles.TRIAGE), "pk")
    found = rows.filter(ref=ref[:64]).first() if "\0" not in ref else None
    if found is None:
        raise Invalid(_("Choose an event."))
    found.require_open()
    return found


def _severity(value: str) -> int | None:
    if value == "":
        return None
    if value not in [str(level) for level in range(1, len(categories.PRIORITIES) + 1)]:
        raise Invalid(_("Choose one of the options."))
    return int(value)
