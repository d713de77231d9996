"""What a rule would have fired within the last 24 hours, before somebody saves it. Nothing is written."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, OuterRef, Q, Subquery

from classifier import clock
from responder.alerting import conditions, groups
from responder.models import AlertRule, Event, FeedGap, Incident, IncidentEntry, Post
from responder.models.incident import UNANSWERED

LOOKS_BACK = timedelta(hours=24)
SHOWN, COUNTED = 20, 500
Kind = AlertRule.Kind


@dataclass(frozen=True, slots=True)
class WouldHaveFired:
    """One time that a rule would have fired."""

    at: datetime
    title: str


@dataclass(frozen=True, slots=True)
class Preview:
    """How often a rule would have fired, and when; the first ones alone are listed."""

    count: int
    shown: list[WouldHaveFired]
    is_capped: bool

    @property
    def more(self) -> int:
        """How many are not listed."""
        return self.count - len(self.shown)


def preview(rule: AlertRule) -> Preview:
    """What an unsaved rule would have fired within the last 24 hours, newest first."""
    now = clock.now()
    find = {Kind.POSTS: _posts, Kind.UNANSWERED: _unanswered, Kind.SILENT: _silent, Kind.MODEL: _model}[Kind(rule.kind)]
    found = sorted(find(rule, now), key=lambda one: one.at, reverse=True)
    return Preview(min(len(found), COUNTED), found[:SHOWN], len(found) > COUNTED)


def _posts(rule: AlertRule, now: datetime) -> list[WouldHaveFired]:
    span, since = conditions.span_of(rule), now - LOOKS_BACK
    fired = []
    for event in conditions.events_of(rule):
        points = conditions.points_of(rule, event, since - span, now)
        for group in groups.find(points, threshold=rule.posts, span=span, radius_km=rule.radius_km):
            if group.first_at >= since:
                fired.append(WouldHaveFired(group.first_at, conditions.title_of(rule, group, event)))
    return fired


def _unanswered(rule: AlertRule, now: datetime) -> list[WouldHaveFired]:
    """Incidents that waited that long: those that still do, and those that were answered later than that."""
    span = conditions.span_of(rule)
    resolved = IncidentEntry.objects.filter(incident=OuterRef("pk"), verb=IncidentEntry.Verb.RESOLVE).order_by("-id")
    rows = Incident.objects.filter(
        severity__lte=rule.severity, merged_into=None, waiting_since__gte=now - LOOKS_BACK - span
    )
    rows = rows.filter(event__state=Event.State.OPEN).select_related("event")
    rows = rows.filter(event=rule.event_id) if rule.event_id else rows
    answered = Q(going_at__isnull=False) | Q(status=Incident.Status.RESOLVED)
    rows = rows.filter(UNANSWERED | answered).annotate(resolved_at=Subquery(resolved.values("at")[:1]))
    fired = []
    for incident in rows.order_by("-waiting_since")[: COUNTED + 1]:
        at = incident.waiting_since + span
        ends = [one for one in (incident.going_at, incident.resolved_at) if one and one >= incident.waiting_since]
        until = now if incident.unanswered else min(ends, default=incident.waiting_since)
        if now - LOOKS_BACK <= at <= until:
            fired.append(WouldHaveFired(at, conditions.incident_title(rule, incident)))
    return fired


def _silent(rule: AlertRule, now: datetime) -> list[WouldHaveFired]:
    """The recorded gaps of the feeds that lasted as long."""
    span = conditions.span_of(rule)
    gaps = FeedGap.objects.filter(feed__in=conditions.feeds_of(rule)).filter(
        Q(ended_at=None) | Q(ended_at__gte=now - LOOKS_BACK)
    )
    fired = []
    for gap in gaps.select_related("feed__event").order_by("-began_at")[: COUNTED + 1]:
        at = gap.began_at + span
        if now - LOOKS_BACK <= at <= (gap.ended_at or now):
            fired.append(WouldHaveFired(at, conditions.marked(f"{gap.feed.name}: {gap.why}", gap.feed.event)))
    return fired


def _model(rule: AlertRule, now: datetime) -> list[WouldHaveFired]:
    """The times in which posts waited as long before they were classified."""
    span, since = conditions.span_of(rule), now - LOOKS_BACK
    late = Post.objects.filter(received_at__gte=since - span).filter(
        Q(classified_at__gte=F("received_at") + span) | Q(state=Post.State.ACCEPTED, received_at__lte=now - span)
    )  # fmt: skip
    rows = late.order_by("received_at").values_list("id", "received_at")[: conditions.MOST_POINTS]
    points = [groups.Point(pk, at + span, None, None) for pk, at in rows]
    found = groups.find(points, threshold=1, span=max(span, conditions.FLAPS_WITHIN), radius_km=None)
    return [WouldHaveFired(one.first_at, rule.get_kind_display()) for one in found if one.first_at >= since]
