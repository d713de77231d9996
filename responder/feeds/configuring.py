"""Configuring, starting and pausing feeds. A feed can cost money, and brings in strangers' texts."""

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from classifier import clock, locks
from monitoring import audit
from responder import roles
from responder.errors import Conflict, FieldChecks, Invalid, InvalidFields, Missing, NotPermitted
from responder.feeds.connectors import registry
from responder.feeds.connectors.kind import FeedKind, SettingField
from responder.feeds.intake import open_gap
from responder.models import Event, Feed, User
from responder.models.feed import NAME_LIMIT
from responder.privacy import secrets

MOST_FEEDS = 50
NAME_MINIMUM = 3
LIMITS = ("posts_a_day", "posts_a_month", "money_a_day", "money_a_month")
FIELDS = ("name", "kind", "address", "channel", "terms", "event", "price", *LIMITS)
REASON_LIMIT = 300
SECRET_FIELDS = ("access_token", "remove_access_token")  # never shown again
MOST_POSTS, MOST_MONEY = 2_000_000_000, Decimal(10_000_000)


@audit.atomic()
def create(*, by: User, fields: Mapping[str, str]) -> Feed:
    """Create a feed, paused. Raises Invalid, InvalidFields for all invalid fields together, NotPermitted.

    Arguments:
        fields: as the form sends them: kind, name, address, channel, terms (one a line), event (its id), price, limits.
            Which of address, channel, terms and access_token a feed has, and what they may hold, its kind declares.
            remove_access_token: anything but empty removes the stored token.
    """
    _permitted(by)
    locks.one_at_a_time("feeds")
    if Feed.objects.count() >= MOST_FEEDS:
        raise Invalid(_("There are %(most)d feeds already. Delete one first.") % {"most": MOST_FEEDS})
    kind = fields.get("kind", "")
    feed = Feed(kind=kind, **_read(_configurable(kind), fields, None, by))
    _save(feed)
    record("feed.created", feed, by)
    return feed


@audit.atomic()
def change(*, feed_id: int, version: int, by: User, fields: Mapping[str, str]) -> Feed:
    """Change a feed's settings, except its kind. A running feed applies them when it reconnects.

    Raises Conflict, Invalid, InvalidFields for all invalid fields together, Missing, NotPermitted.
    """
    _permitted(by)
    feed = _feed(feed_id, by)
    if feed.version != version:
        raise Conflict(by=_("Someone"), what=_("changed this feed"), at=None, version=feed.version)
    if feed.wanted:
        raise Invalid(_("Pause the feed first."))
    for name, value in _read(_configurable(feed.kind), fields, feed, by).items():
        setattr(feed, name, value)
    feed.version += 1
    feed.usual_per_minute = feed.usual_minutes = 0.0  # other posts may come from now on
    _save(feed)
    record("feed.changed", feed, by)
    return feed


@audit.atomic()
def start(*, feed_id: int, by: User) -> Feed:
    """Start a feed from its cursor. Raises Invalid, Missing, NotPermitted."""
    _permitted(by)
    locks.one_at_a_time("feeds")  # two that start at once, of a kind with one connection, see each other
    feed = _feed(feed_id, by)
    if feed.wanted:
        return feed
    if feed.event:  # read after the feed was locked: who closes the event locks its feeds first
        feed.event.require_open()
    if feed.price and all(getattr(feed, name) is None for name in LIMITS):
        raise Invalid(_("Each post of this feed costs money. Set a limit first."))
    kind = registry.find(feed.kind)
    if kind and kind.one_connection and Feed.objects.filter(kind=feed.kind, wanted=True).exists():
        raise Invalid(
            _("%(kind)s allows only one connection. Pause the other %(kind)s feed first.") % {"kind": kind.label}
        )
    now = clock.now()
    Feed.objects.filter(pk=feed.pk).update(
        wanted=True,
        state=Feed.State.STARTING,
        state_at=now,
        last_error="",
        lease_owner="",
        lease_until=None,
        last_post_at=None,
        connected_at=None,
    )
    record("feed.started", feed, by)
    feed.refresh_from_db()
    return feed


@audit.atomic()
def pause(*, feed_id: int, by: User) -> Feed:
    """Pause a feed; the time without it is recorded as a gap. Raises Missing, NotPermitted."""
    _permitted(by)
    feed = _feed(feed_id, by)
    if not feed.wanted and feed.state == Feed.State.PAUSED:
        return feed
    _pause(feed, by, why=_("Paused by %(who)s.") % {"who": by.display_name})
    return feed


def pause_feeds_of(event: Event, *, by: User) -> list[Feed]:
    """Pause the started feeds of an event that is being closed, and return them; each says why it was paused.

    The caller has checked the permission, locked the event's feeds, and has a transaction.
    """
    why = _("Paused because %(who)s closed the event “%(event)s”.") % {"who": by.display_name, "event": event.name}
    feeds = list(Feed.objects.filter(event=event, wanted=True).order_by("pk"))
    for feed in feeds:
        _pause(feed, by, why=why[:REASON_LIMIT], last_error=why[:REASON_LIMIT], last_error_at=clock.now())
    return feeds


def _pause(feed: Feed, by: User, *, why: str, **more: Any) -> None:
    now = clock.now()
    Feed.objects.filter(pk=feed.pk).update(
        wanted=False, state=Feed.State.PAUSED, state_at=now, version=F("version") + 1, **more
    )
    if feed.seen_at:
        open_gap(feed, began_at=now, why=why)
    record("feed.paused", feed, by)
    feed.refresh_from_db()


def find_for_change(feed_id: int, *, by: User) -> Feed:
    """The feed, locked until the transaction ends. Raises Missing, NotPermitted."""
    _permitted(by)
    return _feed(feed_id, by)


def _permitted(by: User) -> None:
    if not roles.allows(by, roles.MANAGE_SOURCES):
        raise NotPermitted(_not_permitted())


def _not_permitted() -> str:
    return _("Only leads and administrators can start, pause, edit and delete feeds.")


def _feed(feed_id: int, by: User) -> Feed:
    feed = Feed.objects.select_for_update(no_key=True).filter(pk=feed_id).first()
    if feed is None or not roles.allows_in(by, roles.VIEW, feed.event_id):
        raise Missing(_("This feed does not exist. It may have been deleted."))
    if not roles.allows_in(by, roles.MANAGE_SOURCES, feed.event_id):
        raise NotPermitted(_not_permitted())
    return feed


def _configurable(name: str) -> FeedKind:
    kind = registry.find(name)
    if kind is None or not kind.configurable:
        raise Invalid(_("This type of feed does not exist."))
    return kind


def _save(feed: Feed) -> None:
    try:
        with transaction.atomic():
            feed.save()
    except IntegrityError as error:
        raise InvalidFields({"name": _("A feed with this name already exists.")}) from error


def _read(kind: FeedKind, fields: Mapping[str, str], feed: Feed | None, by: User) -> dict[str, Any]:
    """The columns that the fields set, of a new feed or one that is changed. Raises InvalidFields."""
    checks = FieldChecks()
    found: dict[str, Any] = {
        "name": checks.read("name", _name, fields.get("name", "")),
        **(chosen := _settings(kind, fields, checks)),
        "access_token": checks.read("access_token", _token, kind, fields, feed, chosen["address"]),
        "event": checks.read("event", _event, fields.get("event", ""), by),
        "price": checks.read("price", partial(_money, what=_("The price")), fields.get("price", "")) or kind.price,
    }
    for limit in LIMITS:
        parse: Callable[[str], Any] = _posts if limit.startswith("posts") else partial(_money, what=_("A limit"))
        found[limit] = checks.read(limit, parse, fields.get(limit, ""))
    checks.require_valid()
    return found


def _token(kind: FeedKind, fields: Mapping[str, str], feed: Feed | None, address: str | None) -> str:
    """The encrypted access token to store. Without a new one, the stored one stays unless it is removed. Raises Invalid.

    A token is for one server. It doesn't follow a changed address, or whoever may edit feeds could read it there.

    Arguments:
        address: as it will be stored; None if it is invalid.
    """
    declared = next((field for field in kind.fields if field.secret), None)
    text = fields.get("access_token", "").replace("\x00", "").strip()
    stored = feed.access_token if feed else ""
    if not declared:
        if text:
            message = _("Feeds of the type “%(kind)s” don't have the setting “%(name)s”. Leave it empty.")
            raise Invalid(message % {"kind": kind.label, "name": "access_token"})
        return ""
    if text:
        token = str(declared.read(text))
        if (address or "").startswith("http://"):
            raise Invalid(_("A token is sent to addresses that begin with https:// only."))
        return secrets.encrypt(token)
    if fields.get("remove_access_token"):
        return ""
    if feed and stored and address is not None and address != feed.address:
        raise Invalid(_("The stored token is for another server. Enter the token of the new one, or remove it."))
    return stored


def _settings(kind: FeedKind, fields: Mapping[str, str], checks: FieldChecks) -> dict[str, Any]:
    """The columns of what a feed of this kind is set to."""
    found: dict[str, Any] = {"address": "", "channel": "", "terms": []}
    declared: dict[str, SettingField] = {field.column: field for field in kind.fields if not field.secret}
    for column in found:
        text = fields.get(column, "").replace("\x00", "").strip()
        if field := declared.get(column):
            found[column] = checks.read(column, field.read, text)
        elif text:
            message = _("Feeds of the type “%(kind)s” don't have the setting “%(name)s”. Leave it empty.")
            checks.refuse(column, message % {"kind": kind.label, "name": column})
    return found


def _name(text: str) -> str:
    name = " ".join(text.replace("\x00", "").split())
    if not NAME_MINIMUM <= len(name) <= NAME_LIMIT:
        raise Invalid(
            _("Give the feed a name of %(least)d to %(most)d characters.") % {"least": NAME_MINIMUM, "most": NAME_LIMIT}
        )
    return name


def _event(text: str, by: User) -> Event | None:
    manageable = roles.events_of(by, roles.MANAGE_SOURCES)
    if not text:
        if manageable is not None:
            raise Invalid(_("Choose the event of the posts. Your role is limited to single events."))
        return None
    rows = roles.within(Event.objects.all(), manageable, "pk")
    event = rows.filter(pk=int(text)).first() if text.isdecimal() and len(text) < 18 else None
    if event is None:
        raise Invalid(_("This event does not exist."))
    event.require_open()
    return event


def _posts(text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    if not text.isdecimal() or len(text) > 10 or not 1 <= int(text) <= MOST_POSTS:
        raise Invalid(_("Enter the post limit as a whole number, 1 or more."))
    return int(text)


def _money(text: str, what: str) -> Decimal | None:
    text = text.strip()
    if not text:
        return None
    try:
        amount = Decimal(text) if len(text) <= 16 else Decimal("NaN")
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount <= MOST_MONEY or amount != amount.quantize(Decimal("0.0001")):
        raise Invalid(_("%(what)s must be an amount in US dollars with at most four decimals.") % {"what": what})
    return amount


def record(action: str, feed: Feed, by: User, **more: str) -> None:
    """Record a person's change of a feed in the audit log, with its settings and `more`."""
    chosen = {name: str(getattr(feed, name)) for name in ("kind", "address", "channel", "price", *LIMITS)}
    chosen["access_token"] = "stored" if feed.access_token else "none"
    audit.record(
        actor=f"user:{by.username}", action=action, object_type="feed", object_id=str(feed.pk),
        after=chosen | {"terms": feed.terms}, detail=chosen | {"name": feed.name, "terms": len(feed.terms)} | more,
    )  # fmt: skip
