"""What the rules look for: the groups for which a rule's condition holds now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from responder import mentions
from responder.alerting import groups
from responder.models import AlertFiring, AlertRule, Event, Feed, Incident, Post
from responder.models.alerting import FIRING_TITLE_LIMIT
from responder.models.incident import UNANSWERED
from responder.privacy.masking import mask
from responder.queries import liveness, posts
from responder.queries.filters import Filter

LATE = timedelta(hours=1)  # posts that arrive, or are classified, this long after they were written still count
IMPRECISE_KM = 50.0  # a place with a larger radius says no more than a state's name
MOST_POINTS, MOST_INCIDENTS = 50_000, 500
FLAPS_WITHIN = timedelta(hours=1)  # a feed or the model that fails again within this time is the same problem
NOT_SILENT = {"replay_ended", "starting"}  # states of feeds that are no failure
Kind = AlertRule.Kind


@dataclass(frozen=True, slots=True)
class Found:
    """A group for which a condition holds.

    Arguments:
        group: its key, the same while it lasts.
        title, path: what is said about it, and the page that shows it.
        first_at, last_at: since when, and when last.
        firing: id of the firing that stands for it already.
    """

    group: str
    title: str
    path: str
    first_at: datetime
    last_at: datetime
    event: Event | None = None
    incident_id: int | None = None
    latitude: float | None = None
    longitude: float | None = None
    firing: int | None = None


def holding(rule: AlertRule, firings: Sequence[AlertFiring], now: datetime) -> list[Found]:
    """The groups for which the rule's condition holds.

    Arguments:
        firings: of this rule, which are open or were so lately; see `remembered`.
    """
    if rule.kind == Kind.POSTS:
        return _posts(rule, firings, now)
    if rule.kind == Kind.UNANSWERED:
        return _unanswered(rule, now)
    return _silent(rule, now) if rule.kind == Kind.SILENT else _model(rule, now)


def remembered(rule: AlertRule, now: datetime) -> timedelta:
    """How long ago a firing may have ended that still keeps its group from firing again."""
    return LATE + 2 * span_of(rule) if rule.kind == Kind.POSTS else FLAPS_WITHIN


def span_of(rule: AlertRule) -> timedelta:
    return timedelta(minutes=rule.minutes)


def filter_of(rule: AlertRule) -> Filter:
    """The rule's filter. The rule's event decides where it looks, and its minutes when."""
    return Filter.parse(QueryDict(rule.query), None)[0]


def events_of(rule: AlertRule) -> list[Event]:
    """The open events that the rule is about."""
    found = Event.objects.filter(state=Event.State.OPEN).defer("area")
    return list(found.filter(pk=rule.event_id) if rule.event_id else found)


def points_of(rule: AlertRule, event: Event, since: datetime, now: datetime) -> list[groups.Point]:
    """The posts of an event that the rule counts, since a time; the newest 50,000 of them."""
    passing = filter_of(rule).where(now, without=("event", "t"))
    rows = posts.classified().filter(passing, event=event, created_at__gte=since, created_at__lte=now)
    rows = rows.exclude(status=Post.Status.DISMISSED)
    if rule.radius_km is not None:
        coarse = Q(radius_km__gt=max(IMPRECISE_KM, rule.radius_km))
        rows = rows.exclude(coarse).exclude(latitude=None)
    columns = rows.order_by("-created_at", "-id").values_list("id", "created_at", "latitude", "longitude", "place_name")
    located = rule.radius_km is not None
    return [
        groups.Point(pk, at, latitude if located else None, longitude if located else None, place)
        for pk, at, latitude, longitude, place in columns[:MOST_POINTS]
    ]


def title_of(rule: AlertRule, group: groups.Group, event: Event) -> str:
    """What is said about a group of posts."""
    # Masked, as it leaves the site: a place that a person typed can be somebody's home.
    place = mask(group.place) or _("a place without a name")
    count = max(group.size, rule.posts)
    if rule.radius_km is None:
        text = ngettext("%(rule)s: %(n)d post", "%(rule)s: %(n)d posts", count) % {"rule": rule.name, "n": count}
    else:
        text = ngettext(
            "%(rule)s: %(n)d post near %(place)s", "%(rule)s: %(n)d posts near %(place)s", count
        ) % {"rule": rule.name, "n": count, "place": place}  # fmt: skip
    return marked(text, event)


def marked(text: str, event: Event | None) -> str:
    """A title; that it is about an exercise is said first."""
    text = _("EXERCISE: %(title)s") % {"title": text} if event and event.is_exercise else text
    return text[:FIRING_TITLE_LIMIT]


def _posts(rule: AlertRule, firings: Sequence[AlertFiring], now: datetime) -> list[Found]:
    span, found = span_of(rule), list[Found]()
    since = max(now - span - LATE, rule.on_since - span)
    for event in events_of(rule):
        known = [_group(one) for one in firings if one.event_id == event.pk]
        before = {group.key: group.last_at for group in known}
        points = points_of(rule, event, since, now)
        for group in groups.find(points, threshold=rule.posts, span=span, radius_km=rule.radius_km, known=known):
            if not group.key or group.last_at > before[group.key]:
                found.append(_found(rule, event, group))
    return found


def _group(firing: AlertFiring) -> groups.Group:
    return groups.Group(
        firing.latitude, firing.longitude, first_at=firing.first_at, last_at=firing.last_at, key=str(firing.pk)
    )


def _found(rule: AlertRule, event: Event, group: groups.Group) -> Found:
    place = "all" if group.latitude is None else f"{group.latitude:.3f},{group.longitude:.3f}"
    return Found(
        group=f"event:{event.pk}:{place}", title=title_of(rule, group, event), path=_map(rule, event, group),
        first_at=group.first_at, last_at=group.last_at, event=event, latitude=group.latitude,
        longitude=group.longitude, firing=int(group.key) if group.key else None,
    )  # fmt: skip


def _map(rule: AlertRule, event: Event, group: groups.Group) -> str:
    """The map with the filter, at the place of the group, for the time in which it came."""
    query = QueryDict(filter_of(rule).querystring(), mutable=True)
    query["event"] = event.ref
    query["t"] = f"{_minute(group.first_at - span_of(rule))}..{_minute(group.last_at + timedelta(minutes=1))}"
    if group.place and "place" not in query and rule.radius_km is not None and rule.radius_km <= IMPRECISE_KM:
        query["place"] = group.place[:80]
    path = f"{reverse('map')}?{query.urlencode()}"
    return path if len(path) <= 300 else f"{reverse('map')}?{urlencode({'event': event.ref})}"


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%MZ}"


def unanswered(rule: AlertRule) -> QuerySet[Incident]:
    """The unanswered incidents that the rule is about, however long they have been so."""
    rows = Incident.objects.filter(UNANSWERED, severity__lte=rule.severity).select_related("event")
    open_ones = rows.filter(Q(event=None) | Q(event__state=Event.State.OPEN))
    return open_ones.filter(event=rule.event_id) if rule.event_id else open_ones


def incident_title(rule: AlertRule, incident: Incident) -> str:
    words = {"incident": mentions.summary(incident), "minutes": rule.minutes}
    return marked(_("Unanswered for over %(minutes)d min: %(incident)s") % words, incident.event)


def _unanswered(rule: AlertRule, now: datetime) -> list[Found]:
    late = unanswered(rule).filter(waiting_since__lte=now - span_of(rule)).order_by("severity", "waiting_since", "pk")
    return [
        Found(
            group=f"incident:{incident.pk}", title=incident_title(rule, incident), incident_id=incident.pk,
            path=reverse("incident", args=[incident.ref]), event=incident.event,
            # Not since when it waits: after somebody turned back, it fires anew.
            first_at=now, last_at=now,
        )
        for incident in late[:MOST_INCIDENTS]
    ]  # fmt: skip


def feeds_of(rule: AlertRule) -> QuerySet[Feed]:
    """The feeds that the rule is about."""
    rows = Feed.objects.filter(event__state=Event.State.OPEN).select_related("event").order_by("pk")
    return rows.filter(event=rule.event_id) if rule.event_id else rows


def _silent(rule: AlertRule, now: datetime) -> list[Found]:
    found = []
    for feed in feeds_of(rule):
        why = silence(feed, span_of(rule), now)
        if why:
            words = {"feed": feed.name, "why": why}
            title = marked(_("Feed “%(feed)s”: %(why)s") % words, feed.event)
            path = reverse("source", args=[feed.pk])
            found.append(Found(f"feed:{feed.pk}", title, path, first_at=now, last_at=now, event=feed.event))
    return found


def silence(feed: Feed, span: timedelta, now: datetime) -> str:
    """Why a feed that should bring posts brings none, in words; empty where it does, or was paused by people."""
    said = liveness.of_feed(feed, now)
    is_over = said.state in NOT_SILENT or (said.state == "paused" and not feed.wanted)
    if is_over:
        return ""
    if said.tone in (liveness.WARN, liveness.ALARM):
        return said.text
    since = max(filter(None, (feed.connected_at, feed.last_post_at)), default=feed.state_at)
    if feed.wanted and now - since >= span:
        return _("no posts for %(wait)s") % {"wait": liveness.duration(now - since)}
    return ""


def _model(rule: AlertRule, now: datetime) -> list[Found]:
    wait = liveness.oldest_wait()
    if wait < span_of(rule):
        return []
    text = _("The model is not answering: posts have waited for %(wait)s") % {"wait": liveness.duration(wait)}
    return [Found("model", text, reverse("sources"), first_at=now, last_at=now)]
