"""The first run in a terminal: everything is checked first, then stored at once, so that a mistake leaves nothing behind."""

from collections.abc import Mapping
from dataclasses import dataclass

from monitoring import audit
from responder.accounts import people
from responder.errors import InvalidFields
from responder.events import managing
from responder.first_run import organisation
from responder.models import Event, User


@dataclass(frozen=True, slots=True)
class Started:
    """What was stored."""

    administrator: User
    event: Event | None


def start(answers: Mapping[str, str]) -> Started:
    """Create the first administrator, name the organisation and, if it has a name, create the first event.

    Arguments:
        answers: organisation, language, time_zone; username, name, email, password, again; event, countries (codes,
            separated by commas).

    Raises InvalidFields for all invalid answers together, and NotPermitted if there is an administrator already.
    """
    wrong: dict[str, str] = {}
    if answers["password"] != answers["again"]:
        wrong["again"] = "The two passwords differ."
    try:
        with audit.atomic():
            started = _store(answers, wrong)
            if wrong:
                raise InvalidFields(wrong)  # and nothing is stored
            return started
    except _NoAdministrator:
        raise InvalidFields(wrong) from None


class _NoAdministrator(Exception):
    """The account is invalid, so that nothing else can be tried."""


def _store(answers: Mapping[str, str], wrong: dict[str, str]) -> Started:
    try:
        person = people.create_first_administrator(
            **{name: answers[name] for name in ("username", "name", "email", "password")}
        )
    except InvalidFields as error:
        wrong |= error.fields
        raise _NoAdministrator from error
    try:
        row = organisation.current()
        organisation.change(
            by=person, version=row.version, name=answers["organisation"], language=answers["language"],
            time_zone=answers["time_zone"],
        )  # fmt: skip
    except InvalidFields as error:
        wrong |= {{"name": "organisation"}.get(field, field): text for field, text in error.fields.items()}
    return Started(person, _event(answers, person, wrong) if answers["event"] else None)


def _event(answers: Mapping[str, str], person: User, wrong: dict[str, str]) -> Event | None:
    countries = [code.strip().upper() for code in answers["countries"].split(",") if code.strip()]
    fields = {"name": answers["event"], "countries": countries, "time_zone": answers["time_zone"]}
    try:
        return managing.create(by=person, fields=fields)
    except InvalidFields as error:
        for field, text in error.fields.items():
            wrong.setdefault({"name": "event"}.get(field, field), text)
        return None
