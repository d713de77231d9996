"""A person's channels for notifications: add, test, pause, resume, delete. Nobody sees another person's."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from classifier import clock, locks
from monitoring import audit
from responder import languages
from responder.alerting import chat_services, push
from responder.errors import FieldChecks, Invalid, InvalidFields, Missing, TooMany
from responder.models import NotificationChannel, NotificationDelivery, NotificationMessage, User
from responder.models.alerting import LABEL_LIMIT
from responder.privacy import secrets
from responder.queries.filters import UNPRINTABLE
from responder.webhooks import guard, signing

MOST_CHANNELS = 10  # of one person
MOST_TESTS_AN_HOUR = 10
Kind = NotificationChannel.Kind
State = NotificationChannel.State


def owned_by(person: User) -> QuerySet[NotificationChannel]:
    """A person's channels, the first of them first."""
    return NotificationChannel.objects.filter(person=person)


def find(*, person: User, channel_id: int) -> NotificationChannel:
    """The person's channel with this id. Raises Missing for anyone but its owner."""
    channel = owned_by(person).filter(pk=channel_id).first()
    if channel is None:
        raise Missing(_("This channel does not exist. It may have been deleted."))
    return channel


def create(*, person: User, kind: str, label: str, address: str, host: str) -> NotificationChannel:
    """Add a channel. Raises InvalidFields, TooMany.

    Arguments:
        address: URL of a webhook or of a chat service, or a browser's subscription as JSON; unused for e-mail.
        host: scheme and host by which the person reached this site.
    """
    checks = FieldChecks()
    if kind not in Kind.values:
        checks.refuse("kind", _("Choose one of the options."))
    service, stored = checks.read("address", _checked, person, kind, address) or ("", "")
    name = checks.read("label", _label, label, Kind(kind).label if kind in Kind.values else "")
    checks.require_valid()
    return _insert(person, NotificationChannel(
        person=person, kind=kind, label=name, service=service[:LABEL_LIMIT], host=host[:255],
        address=secrets.encrypt(stored) if stored else "",
    ))  # fmt: skip


@audit.atomic()
def _insert(person: User, channel: NotificationChannel) -> NotificationChannel:
    locks.one_at_a_time("notification channels", person.pk)
    own = list(owned_by(person))
    if len(own) >= MOST_CHANNELS:
        raise TooMany(_("You already have %(most)d channels. Delete one first.") % {"most": MOST_CHANNELS})
    if channel.kind == Kind.EMAIL and any(one.kind == Kind.EMAIL for one in own):
        raise InvalidFields({"kind": _("You already have e-mail as a channel.")})
    channel.save()
    _record("created", channel)
    return channel


def _checked(person: User, kind: str, address: str) -> tuple[str, str]:
    """(what is shown of an address, the address as it is stored). Raises Invalid."""
    if kind == Kind.EMAIL:
        if not person.email:
            raise Invalid(_("Your account has no e-mail address. Add one to your profile first."))
        return "", ""
    if kind == Kind.WEBHOOK:
        url = guard.check_url(address.strip(), allowed=settings.WEBHOOK_NETWORKS)
        guard.check_target(url, allowed=settings.WEBHOOK_NETWORKS)
        return urlsplit(url).hostname or "", url
    if kind == Kind.PUSH:
        subscription = push.check_subscription(address)
        return push.host_of(subscription), subscription
    if kind == Kind.APPRISE:
        url = chat_services.check_url(address)
        return chat_services.service_of(url), url
    return "", ""


def _label(text: str, otherwise: str) -> str:
    label = " ".join(UNPRINTABLE.sub(" ", text).split()) or str(otherwise)
    if len(label) > LABEL_LIMIT:
        raise Invalid(_("A name can have at most %(most)d characters.") % {"most": LABEL_LIMIT})
    return label


def secret_of(channel: NotificationChannel) -> str:
    """The secret that signs the messages of a webhook."""
    return signing.secret(channel)


@audit.atomic()
def pause(*, channel: NotificationChannel) -> None:
    """Pause a channel: what is queued waits, and no new message uses it."""
    if owned_by(channel.person).filter(pk=channel.pk, state=State.ACTIVE).update(state=State.PAUSED):
        _record("paused", channel)


@audit.atomic()
def resume(*, channel: NotificationChannel) -> None:
    """Use a paused or dead channel again. What failed is not sent again."""
    rows = owned_by(channel.person).filter(pk=channel.pk).exclude(state=State.ACTIVE)
    if rows.update(state=State.ACTIVE, problem=""):
        _record("resumed", channel)


@audit.atomic()
def delete(*, channel: NotificationChannel) -> None:
    """Delete a channel with its deliveries. Idempotent."""
    held = NotificationChannel.objects.select_for_update().filter(pk=channel.pk).first()
    if held is not None:
        _record("deleted", held)
        held.delete()


@audit.atomic()
def test(*, channel: NotificationChannel) -> None:
    """Queue a test message by one channel. Raises Invalid, TooMany."""
    if channel.state != State.ACTIVE:
        raise Invalid(_("Resume this channel before you test it."))
    locks.one_at_a_time("notification channels", channel.person_id)
    now = clock.now()
    tests = NotificationMessage.objects.filter(person=channel.person, is_test=True, at__gt=now - timedelta(hours=1))
    if tests.count() >= MOST_TESTS_AN_HOUR:
        raise TooMany(_("You can send %(most)d tests an hour. Try again later.") % {"most": MOST_TESTS_AN_HOUR})
    with languages.of_person(channel.person):
        message = NotificationMessage.objects.create(
            person=channel.person, subject=_("Test of your channel “%(label)s”") % {"label": channel.label},
            body=_("Notifications of Responder will reach you here."), path=reverse("notifications"), is_test=True, at=now,
        )  # fmt: skip
    NotificationDelivery.objects.create(message=message, channel=channel, next_at=now)
    _record("tested", channel)


def _record(verb: str, channel: NotificationChannel, **more: Any) -> None:
    """Record a change without the address and the name that the owner gave it."""
    audit.record(
        actor=f"user:{channel.person.username}", action=f"notification_channel.{verb}", object_type="notification_channel",
        object_id=str(channel.pk), detail={"kind": channel.kind} | more,
    )  # fmt: skip
