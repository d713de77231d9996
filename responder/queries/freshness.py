"""How long what is known of an incident counts as known, and which incidents must be checked again."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Q, QuerySet, When
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from classifier import categories, clock
from responder import roles
from responder.models import Event, Incident, IncidentFact
from responder.privacy.masking import mask
from responder.queries import facts, items

# Severity → how old the last confirmation may be. People in danger move, or are rescued, within the hour.
LIMITS = {1: timedelta(hours=1), 2: timedelta(hours=4), 3: timedelta(hours=12), 4: timedelta(hours=24)}
# Damage, offers and information change more slowly than what people need and where they are.
SLOW_GROUPS = ("damage", "response", "information")
SLOWER = 2
MOST_FACTS = 6  # that a script asks about
ACTIVE = Q(merged_into=None) & ~Q(status="resolved") & ~Q(verification="false")


def limit_of(incident: Incident) -> timedelta:
    """How old the incident's last confirmation may be."""
    limit = LIMITS.get(incident.severity, LIMITS[4])
    return limit * SLOWER if incident.category in _slow_categories() else limit


def _slow_categories() -> tuple[str, ...]:
    return tuple(one.id for one in categories.BY_ID.values() if one.group in SLOW_GROUPS)


def is_stale(incident: Incident) -> bool:
    """Whether an active incident was last confirmed too long ago."""
    if incident.resolved or incident.merged_into_id or incident.verification == Incident.Verification.FALSE:
        return False
    return incident.last_confirmed_at < clock.now() - limit_of(incident)


def is_contradicted(incident: Incident) -> bool:
    """Whether a post tells of the end of an active incident and nobody has checked it."""
    return incident.contradicted_by_id is not None and not incident.resolved and incident.merged_into_id is None


def stale(now: datetime) -> Q:
    """The active incidents that were last confirmed too long before `now`, as `is_stale` says."""
    found, slow_ones = Q(), _slow_categories()
    for severity, limit in LIMITS.items():
        quick = Q(severity=severity, last_confirmed_at__lt=now - limit) & ~Q(category__in=slow_ones)
        slow = Q(severity=severity, last_confirmed_at__lt=now - limit * SLOWER, category__in=slow_ones)
        found |= quick | slow
    return found & ACTIVE


def to_recheck(event: Event | None, visible_events: frozenset[int] | None) -> QuerySet[Incident]:
    """The active incidents that are stale or contradicted: contradicted ones first, then the most severe, then the oldest.

    Arguments:
        event: None for all events.
        visible_events: ids of the events that the reader may see; None for all.
    """
    rows = roles.within(Incident.objects.filter(ACTIVE), visible_events)
    if event:
        rows = rows.filter(event=event)
    found = rows.filter(stale(clock.now()) | Q(contradicted_by__isnull=False))
    return found.select_related("event", "owner", "team", "last_confirmed_by", "contradicted_by").order_by(
        Case(When(contradicted_by=None, then=1), default=0), "severity", "last_confirmed_at", "id"
    )


def script(incident: Incident, stated: Sequence[facts.Stated]) -> list[str]:
    """What a volunteer asks in one call about the incident, in order. It names nobody and tells no number to call.

    Arguments:
        stated: what posts state of the incident (`facts.stated`).
    """
    place = incident.place_name if not incident.place_by_person else ""
    where = _(" in %(place)s") % {"place": place} if place else ""
    asked = [
        _(
            "“I am calling for the relief coordination. You need not tell me your name. May I ask a few short questions?”"
        ),
        _("“We heard of this%(where)s: %(what)s. Is it still so?”") % {"where": where, "what": mask(incident.title)},
    ]
    asked += [_question(one) for one in stated[:MOST_FACTS]]
    asked += [
        _("“Is this still needed: %(need)s?”") % {"need": items.need_label(need)}
        for need, state in incident.needs.items()
        if state == "needed"
    ]
    asked.append(_("“Has anybody come to help? Who, and when?”"))
    asked.append(_("“Is there anything else that whoever goes there must know: the way, the water, the people?”"))
    return asked


def _question(stated: facts.Stated) -> str:
    asked = _QUESTIONS.get(stated.value)
    return asked(stated) if asked else _("“Is this right: %(what)s?”") % {"what": facts.words_for(stated)}


def _how_many(stated: facts.Stated) -> str:
    text = ngettext(
        "“We heard of %(number)s: how many are there now?”",
        "“We heard of %(number)s: how many are there now?”",
        stated.high,
    )
    return text % {"number": facts.words_for(stated)}


Value = IncidentFact.Value
_QUESTIONS: dict[str, Callable[[facts.Stated], str]] = {
    Value.PEOPLE: _how_many, Value.FAMILIES: _how_many, Value.INJURED: _how_many, Value.MISSING: _how_many,
    Value.CLOSED: lambda _stated: _("“We heard that the road is closed. Can one get through now? By car, on foot, by boat?”"),
    Value.OPEN: lambda _stated: _("“We heard that the road is open. Did you use it yourself, and when?”"),
    Value.SAFE: lambda stated: _("“We heard that people are safe (%(what)s). Is anybody left behind?”") % {"what": facts.words_for(stated)},
}  # fmt: skip


def present(incident: Incident) -> dict[str, Any]:
    """What lists say of the last confirmation."""
    return {
        "last_confirmed_at": incident.last_confirmed_at,
        "stale": is_stale(incident),
        "contradicted": is_contradicted(incident),
    }
