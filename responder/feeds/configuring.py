"""What people do with feeds: configure, start, pause. A feed can cost money, and brings strangers' words in."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from classifier import addresses, clock, locks
from monitoring import audit
from responder import roles
from responder.errors import Conflict, Invalid, Missing, NotPermitted
from responder.feeds.connectors import x
from responder.feeds.intake import open_gap
from responder.models import Event, Feed, User

MOST_FEEDS = 50
MOST_TERMS, TERM_LENGTH = 100, 100
SCHEMES = {Feed.Kind.BLUESKY: "wss", Feed.Kind.BLUESKY2: "wss", Feed.Kind.MASTODON: "https"}
KINDS = [kind for kind in Feed.Kind if kind != Feed.Kind.FILE]
PRICES = {Feed.Kind.X: Decimal("0.005")}
HOST = re.compile(r"^(?=.{4,200}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")
PRIVATE = (".local", ".localhost", ".internal", ".lan", ".home", ".arpa")
CHANNEL = re.compile(r"^#?\w{1,99}$")
LIMITS = ("posts_a_day", "posts_a_month", "money_a_day", "money_a_month")
MOST_POSTS, MOST_MONEY = 2_000_000_000, Decimal(10_000_000)


@audit.atomic()
def create(*, by: User, fields: Mapping[str, str]) -> Feed:
    """A new feed, paused. Raises Invalid, NotPermitted.

    Arguments:
        fields: as the form sends them: kind, name, address, channel, terms (one a line), event (its id), price, limits.
    """
    _permitted(by)
    locks.one_at_a_time("feeds")
    if Feed.objects.count() >= MOST_FEEDS:
        raise Invalid(_("There are 50 feeds already. Delete one first."))
    kind = fields.get("kind", "")
    if kind not in KINDS:
        raise Invalid(_("This type of feed does not exist."))
    feed = Feed(kind=kind, **_read(kind, fields))
    _save(feed)
    _record("feed.created", feed, by)
    return feed


@audit.atomic()
def change(*, feed_id: int, version: int, by: User, fields: Mapping[str, str]) -> Feed:
    """Give a feed other settings; its kind stays. A feed that is listened to takes them when it connects again.

    Raises Conflict, Invalid, Missing, NotPermitted.
    """
    _permitted(by)
    feed = _feed(feed_id)
    if feed.version != version:
        raise Conflict(by=_("Someone"), what=_("changed this feed"), at=None, version=feed.version)
    if feed.wanted:
        raise Invalid(_("Pause the feed first."))
    for name, value in _read(feed.kind, fields).items():
        setattr(feed, name, value)
    feed.version += 1
    _save(feed)
    _record("feed.changed", feed, by)
    return feed


@audit.atomic()
def start(*, feed_id: int, by: User) -> Feed:
    """Listen to a feed, from where it was left. Raises Invalid, Missing, NotPermitted."""
    _permitted(by)
    locks.one_at_a_time("feeds")  # two of X at once see each other
    feed = _feed(feed_id)
    if feed.wanted:
        return feed
    if feed.price and all(getattr(feed, name) is None for name in LIMITS):
        raise Invalid(_("Each post of this feed costs money. Set a limit first."))
    if feed.kind == Feed.Kind.X and Feed.objects.filter(kind=feed.kind, wanted=True).exists():
        raise Invalid(_("X allows only one connection. Pause the other X feed first."))
    now = clock.now()
    Feed.objects.filter(pk=feed.pk).update(
        wanted=True, state=Feed.State.STARTING, state_at=now, last_error="", lease_owner="", lease_until=None
    )
    _record("feed.started", feed, by)
    feed.refresh_from_db()
    return feed


@audit.atomic()
def pause(*, feed_id: int, by: User) -> Feed:
    """Stop listening. What is missed meanwhile is kept as a gap. Raises Missing, NotPermitted."""
    _permitted(by)
    feed = _feed(feed_id)
    if not feed.wanted and feed.state == Feed.State.PAUSED:
        return feed
    now = clock.now()
    Feed.objects.filter(pk=feed.pk).update(
        wanted=False, state=Feed.State.PAUSED, state_at=now, version=F("version") + 1
    )
    if feed.seen_at:
        open_gap(feed, began_at=now, why=_("Paused by %(who)s.") % {"who": by.display_name})
    _record("feed.paused", feed, by)
    feed.refresh_from_db()
    return feed


def _permitted(by: User) -> None:
    if not roles.allows(by, roles.LEAD):
        raise NotPermitted(_("Only a lead can start, pause and edit feeds."))


def _feed(feed_id: int) -> Feed:
    feed = Feed.objects.select_for_update(no_key=True).filter(pk=feed_id).first()
    if feed is None:
        raise Missing(_("This feed does not exist. It may have been deleted."))
    return feed


def _save(feed: Feed) -> None:
    try:
        with transaction.atomic():
            feed.save()
    except IntegrityError as error:
        raise Invalid(_("A feed with this name already exists.")) from error


def _read(kind: str, fields: Mapping[str, str]) -> dict[str, Any]:
    name = " ".join(fields.get("name", "").replace("\x00", "").split())
    if not 3 <= len(name) <= 80:
        raise Invalid(_("Give the feed a name of 3 to 80 characters."))
    found: dict[str, Any] = {
        "name": name,
        "address": _address(kind, fields.get("address", "").strip()),
        "channel": _channel(kind, fields.get("channel", "").strip()),
        "terms": _terms(kind, fields.get("terms", "")),
        "event": _event(fields.get("event", "")),
        "price": _money(fields.get("price", ""), _("The price")) or PRICES.get(Feed.Kind(kind), Decimal(0)),
    }
    for period in ("day", "month"):
        found[f"posts_a_{period}"] = _posts(fields.get(f"posts_a_{period}", ""))
        found[f"money_a_{period}"] = _money(fields.get(f"money_a_{period}", ""), _("A limit"))
    return found


def _address(kind: str, text: str) -> str:
    """The server's address, with TLS and a name; whom the name reaches is checked at each connection."""
    if not text:
        return ""
    scheme = SCHEMES.get(Feed.Kind(kind))
    if scheme is None:
        raise Invalid(_("X has only one server address: leave it empty."))
    parts = addresses.split(text)
    host = (parts.hostname or "").lower()
    plain = parts.path in ("", "/") and not (
        parts.query or parts.fragment or "@" in parts.netloc or ":" in parts.netloc
    )
    private = host.endswith(PRIVATE) and not settings.FEED_NETWORKS
    if parts.scheme != scheme or not plain or not HOST.match(host) or private:
        raise Invalid(
            _("Enter the address as %(scheme)s://server.example, with a public host name.") % {"scheme": scheme}
        )
    return f"{scheme}://{host}"


def _channel(kind: str, text: str) -> str:
    if not text or kind != Feed.Kind.MASTODON:
        return ""
    if not CHANNEL.match(text):
        raise Invalid(_("Enter a hashtag as one word of letters and digits."))
    return text.lstrip("#")


def _terms(kind: str, text: str) -> list[str]:
    most, length = (x.MOST_RULES, x.RULE_LENGTH) if kind == Feed.Kind.X else (MOST_TERMS, TERM_LENGTH)
    terms = list(dict.fromkeys(line.strip() for line in text.replace("\x00", "").splitlines() if line.strip()))
    if len(terms) > most or any(len(term) > length for term in terms):
        raise Invalid(
            _("Enter up to %(most)d lines of up to %(length)d characters each.") % {"most": most, "length": length}
        )
    if kind == Feed.Kind.X and not terms:
        raise Invalid(_("X needs at least one rule."))
    return terms


def _event(text: str) -> Event | None:
    if not text:
        return None
    event = Event.objects.filter(pk=int(text)).first() if text.isdecimal() and len(text) < 18 else None
    if event is None:
        raise Invalid(_("This event does not exist."))
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


def _record(action: str, feed: Feed, by: User) -> None:
    chosen = {name: str(getattr(feed, name)) for name in ("kind", "address", "channel", "price", *LIMITS)}
    audit.record(
        actor=f"user:{by.username}", action=action, object_type="feed", object_id=str(feed.pk),
        after=chosen | {"terms": feed.terms}, detail=chosen | {"name": feed.name, "terms": len(feed.terms)},
    )  # fmt: skip
