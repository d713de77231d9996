"""Report channels: created, changed, switched on and off, and given a new link, by who may manage events and sources."""

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from classifier import locks
from monitoring import audit
from responder import roles
from responder.errors import Conflict, FieldChecks, Invalid, InvalidFields, Missing, NotPermitted
from responder.feeds.storable import clean
from responder.field_reports import contacts, keys
from responder.models import Event, ReportChannel, User
from responder.models.field_report import ACCOUNT_LIMIT, FOLDER_LIMIT, HOST_LIMIT, NAME_LIMIT, NOTICE_LIMIT
from responder.privacy import secrets

MOST_CHANNELS = 100
NAME_MINIMUM, SECRET_LIMIT = 3, 300
FOLDER = "INBOX"
Kind = ReportChannel.Kind
MAIL_FIELDS = ("host", "port", "account", "folder")


def find(ref: str, by: User) -> ReportChannel:
    """Return the channel with this reference, of an event whose sources `by` manages, with the event. Raises Missing."""
    rows = roles.within(ReportChannel.objects.select_related("event"), roles.events_of(by, roles.MANAGE_SOURCES))
    if not keys.is_ref(ref) or (found := rows.filter(ref=ref).first()) is None:
        raise Missing(_("This channel does not exist."))
    return found


@audit.atomic()
def create(*, kind: str, by: User, fields: Mapping[str, str]) -> ReportChannel:
    """Create a channel, switched on. Raises Invalid, InvalidFields for all invalid fields together, NotPermitted.

    Arguments:
        fields: as the form sends them: name, event (its reference), notice, secret, host, port, account, folder; those
            that belong to the kind.
    """
    _permit(by, kind)
    if kind not in Kind.values:
        raise Invalid(_("Choose one of the options."))
    locks.one_at_a_time("report-channels")
    if ReportChannel.objects.count() >= MOST_CHANNELS:
        raise Invalid(_("There are %(most)d channels already. Reuse one of them.") % {"most": MOST_CHANNELS})
    channel = ReportChannel(ref=keys.new_signs(keys.REF_LENGTH), kind=kind)
    _read(channel, fields, by)
    _save(channel)
    _record("created", channel, by)
    return channel


@audit.atomic()
def change(*, ref: str, version: int, by: User, fields: Mapping[str, str]) -> ReportChannel:
    """Change a channel. An empty secret keeps the stored one. Raises the errors of `create`, Conflict, Missing."""
    channel = _opened(ref, by, version)
    before = tuple(getattr(channel, name) for name in MAIL_FIELDS)
    _read(channel, fields, by)
    if tuple(getattr(channel, name) for name in MAIL_FIELDS) != before:
        if channel.kind == Kind.EMAIL and not fields.get("secret"):
            raise InvalidFields({"secret": _("Enter the password again: the server or the account has changed.")})
        channel.uid_validity, channel.last_uid = None, 0
    channel.checked_at = None  # read it at once: the change may have fixed the error
    channel.version += 1
    _save(channel)
    _record("changed", channel, by)
    return channel


@audit.atomic()
def switch(*, ref: str, version: int, is_on: bool, by: User) -> ReportChannel:
    """Switch a channel on or off. Raises Conflict, Missing, NotPermitted."""
    channel = _opened(ref, by, version)
    if channel.is_on != is_on:
        channel.is_on = is_on
        channel.version += 1
        _save(channel)
        _record("switched_on" if is_on else "switched_off", channel, by)
    return channel


@audit.atomic()
def rotate(*, ref: str, version: int, by: User) -> ReportChannel:
    """Give a channel a new link, address or signing secret; the former one ends. Raises Conflict, Missing, NotPermitted."""
    channel = _opened(ref, by, version)
    channel.generation += 1
    channel.version += 1
    _save(channel)
    _record("rotated", channel, by)
    return channel


def _opened(ref: str, by: User, version: int) -> ReportChannel:
    """Lock and return a channel for a change."""
    rows = ReportChannel.objects.select_for_update(no_key=True, of=("self",))
    channel = rows.filter(ref=ref).first() if keys.is_ref(ref) else None
    if channel is None or not roles.allows_in(by, roles.VIEW, channel.event_id):
        raise Missing(_("This channel does not exist."))
    _permit(by, channel.kind)
    if not roles.allows_in(by, _ability(channel.kind), channel.event_id):
        raise NotPermitted(_not_permitted())
    if channel.version != version:
        raise Conflict(by=_("Someone"), what=_("changed this channel"), at=None, version=channel.version)
    return channel


def _permit(by: User, kind: str) -> None:
    if not roles.allows(by, _ability(kind)):
        raise NotPermitted(_not_permitted())


def _ability(kind: str) -> str:
    return roles.MANAGE_EVENTS if kind == Kind.PUBLIC_FORM else roles.MANAGE_SOURCES


def _not_permitted() -> str:
    return _("Your role doesn't let you manage channels for reports. Ask a lead.")


def _read(channel: ReportChannel, fields: Mapping[str, str], by: User) -> None:
    """Set a channel's columns from the form. Raises InvalidFields."""
    checks = FieldChecks()
    channel.name = checks.read("name", _name, fields.get("name", "")) or ""
    event = checks.read("event", _event, fields.get("event", ""), by, channel.kind)
    if event is not None:
        channel.event = event
    if channel.kind == Kind.PUBLIC_FORM:
        channel.notice = checks.read("notice", contacts.bounded, fields.get("notice", ""), NOTICE_LIMIT) or ""
    if channel.kind in (Kind.SMS, Kind.EMAIL):
        secret = checks.read("secret", _secret, fields.get("secret", ""), channel)
        if secret:
            channel.secret = secrets.encrypt(secret)
    if channel.kind == Kind.EMAIL:
        channel.host = checks.read("host", _host, fields.get("host", "")) or ""
        channel.port = checks.read("port", _port, fields.get("port", "")) or 0
        channel.account = checks.read("account", _account, fields.get("account", "")) or ""
        channel.folder = checks.read("folder", _folder, fields.get("folder", "")) or FOLDER
    checks.require_valid()


def _save(channel: ReportChannel) -> None:
    try:
        with transaction.atomic():
            channel.save()
    except IntegrityError as error:
        raise InvalidFields({"name": _("Another channel has this name.")}) from error


def _record(step: str, channel: ReportChannel, by: User) -> None:
    audit.record(
        actor=f"user:{by.username}", action=f"report_channel.{step}", object_type="report_channel",
        object_id=channel.ref, detail={"kind": channel.kind, "event": channel.event.ref, "generation": channel.generation},
    )  # fmt: skip


def _name(value: str) -> str:
    value = contacts.bounded(value, NAME_LIMIT)
    if len(value) < NAME_MINIMUM:
        raise Invalid(_("Enter a name of at least %(least)d characters.") % {"least": NAME_MINIMUM})
    return value


def _event(ref: str, by: User, kind: str) -> Event:
    rows = roles.within(Event.objects.all(), roles.events_of(by, _ability(kind)), "pk")
    found = None if "\0" in ref else rows.filter(ref=ref[:64]).first()
    if found is None:
        raise Invalid(_("Choose an event."))
    found.require_open()
    return found


def _secret(value: str, channel: ReportChannel) -> str:
    value = clean(value, SECRET_LIMIT + 1).strip()
    if len(value) > SECRET_LIMIT or not value.isprintable():
        raise Invalid(_("Enter at most %(most)d characters, in one line.") % {"most": SECRET_LIMIT})
    if not value and not channel.secret:
        raise Invalid(
            _("Enter the password of the mailbox.")
            if channel.kind == Kind.EMAIL
            else _("Enter the auth token that your Twilio account shows.")
        )
    return value


def _host(value: str) -> str:
    value = contacts.bounded(value, HOST_LIMIT).lower()
    if not value or any(sign in value for sign in "/@: ") or value.startswith((".", "-")):
        raise Invalid(_("Enter the name of the mail server, such as imap.example.org."))
    return value


def _port(value: str) -> int:
    value = value.strip() or "993"
    if not (value.isdecimal() and value.isascii() and len(value) <= 5 and 0 < int(value) < 65_536):
        raise Invalid(_("Enter a port from 1 to 65535. IMAP over TLS uses 993."))
    return int(value)


def _account(value: str) -> str:
    value = contacts.bounded(value, ACCOUNT_LIMIT)
    if not value:
        raise Invalid(_("Enter the user name of the mailbox."))
    return value


def _folder(value: str) -> str:
    return contacts.bounded(value, FOLDER_LIMIT) or FOLDER
