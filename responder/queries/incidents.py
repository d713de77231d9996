"""Incidents that pass a filter, most severe first, in pages; and one with its evidence and timeline."""

from collections import Counter
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.db.models import F, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from classifier import categories
from responder import roles
from responder.errors import Invalid
from responder.models import (
    Event,
    Incident,
    IncidentEntry,
    IncidentFollower,
    IncidentPost,
    IncidentSuggestion,
    Post,
    User,
)
from responder.models.incident import UNANSWERED
from responder.privacy.masking import mask
from responder.queries import freshness, items

PAGE_SIZE = 30
EVIDENCE_SIZE = 20
TIMELINE_SIZE = 50
LINKED = 5
SUGGESTED_POSTS = 3  # of a suggestion that the list shows
CURSOR_LIMIT = 300
SALT = "responder.queries.incidents.cursor"
STATUSES = ("active", "unanswered", *Incident.Status.values, "all")
WHOSE = ("", "mine", "followed", "unowned")
SEVERITIES = {"1": 1, "2": 2, "3": 3, "4": 4}
COUNTED = 1_000
COARSE_DEGREES = 1  # decimals of shared coordinates: 0.1°
PREFIX = "INC-"
Shown = dict[str, Any]


@dataclass(frozen=True, slots=True)
class IncidentFilter:
    """Which incidents: `status` (active: not resolved), `severities`, `whose`, `verification`, words of the title."""

    status: str = "active"
    severities: tuple[int, ...] = ()
    whose: str = ""
    verification: str = ""
    q: str = ""

    @classmethod
    def parse(cls, query: QueryDict) -> tuple["IncidentFilter", list[str]]:
        """(filter, notices about values that were ignored) of a query string."""
        notices: list[str] = []

        def one(key: str, allowed: Sequence[str], default: str) -> str:
            value = query.get(key, "")[:40]
            if not value or value in allowed:
                return value or default
            notices.append(_("Ignored “%(value)s”: not a valid value for “%(key)s”.") % {"value": value, "key": key})
            return default

        levels = [part for part in query.get("severity", "")[:20].split(",") if part]
        if not set(levels) <= SEVERITIES.keys():
            notices.append(_("Ignored the severity: use a number from 1 (critical) to 4 (low)."))
        return cls(
            status=one("state", STATUSES, "active"),
            severities=tuple(sorted({SEVERITIES[level] for level in levels if level in SEVERITIES})),
            whose=one("whose", WHOSE, ""),
            verification=one("verification", Incident.Verification.values, ""),
            q=" ".join(query.get("title", "").replace("\x00", " ").split())[:100],
        ), notices

    def querystring(self, **changes: Any) -> str:
        """The filter as a query string without `?`, with some fields replaced."""
        new = replace(self, **changes)
        pairs = {
            "state": "" if new.status == "active" else new.status,
            "severity": ",".join(map(str, new.severities)),
            "whose": new.whose,
            "verification": new.verification,
            "title": new.q,
        }
        return urlencode({key: value for key, value in pairs.items() if value}, safe=",")


@dataclass(frozen=True, slots=True)
class Page:
    """Incidents in order, and the cursor of the next page; None on the last one."""

    incidents: list[Incident]
    next_cursor: str | None


def matching(
    incident_filter: IncidentFilter,
    event: Event | None,
    visible_events: frozenset[int] | None,
    user: User | None = None,
) -> QuerySet[Incident]:
    """Incidents of `event` (None: of all) that pass; those that `user` snoozed are left out until they have grown.

    Arguments:
        visible_events: ids of the events that the reader may see; None for all.
    """
    found = roles.within(Incident.objects.filter(merged_into=None), visible_events)
    if event:
        found = found.filter(event=event)
    resolved = Q(status=Incident.Status.RESOLVED)
    if incident_filter.status == "unanswered":
        found = found.filter(UNANSWERED)
    elif incident_filter.status not in ("active", "all"):
        found = found.filter(status=incident_filter.status)
    elif incident_filter.status == "active":
        found = found.exclude(resolved)
    if incident_filter.severities:
        found = found.filter(severity__in=incident_filter.severities)
    if incident_filter.verification:
        found = found.filter(verification=incident_filter.verification)
    if incident_filter.q:
        number = ref_number(incident_filter.q)
        found = found.filter(Q(title__icontains=incident_filter.q) | (Q(pk=number) if number else Q()))
    return _narrowed_to(user, found, incident_filter) if user else found


def _narrowed_to(user: User, found: QuerySet[Incident], incident_filter: IncidentFilter) -> QuerySet[Incident]:
    mine = IncidentFollower.objects.filter(user=user)
    if incident_filter.whose == "mine":
        found = found.filter(owner=user)
    elif incident_filter.whose == "unowned":
        found = found.filter(owner=None)
    elif incident_filter.whose == "followed":
        return found.filter(pk__in=mine.filter(follows=True).values("incident"))
    if incident_filter.status == "active":
        asleep = mine.filter(snoozed_until_size__gt=F("incident__size")).values("incident")
        found = found.exclude(pk__in=asleep)
    return found


def page(found: QuerySet[Incident], *, cursor: str = "", size: int = PAGE_SIZE) -> Page:
    """The page after `cursor`: most severe first, then the newest evidence. Raises Invalid."""
    rows = found.select_related("owner", "team", "event").order_by("severity", "-last_evidence_at", "-id")
    if cursor:
        rows = rows.filter(_after(*_read(cursor)))
    got = list(rows[: size + 1])
    more, got = len(got) > size, got[:size]
    return Page(got, _cursor(got[-1]) if more else None)


def _after(severity: int, at: datetime, number: int) -> Q:
    same = Q(severity=severity)
    return (
        Q(severity__gt=severity) | (same & Q(last_evidence_at__lt=at)) | (same & Q(last_evidence_at=at, id__lt=number))
    )


def _cursor(last: Incident) -> str:
    return signing.dumps([last.severity, last.last_evidence_at.isoformat(), last.pk], salt=SALT)


def _read(cursor: str) -> tuple[int, datetime, int]:
    try:
        if len(cursor) > CURSOR_LIMIT:
            raise signing.BadSignature
        severity, at, number = signing.loads(cursor, salt=SALT)
        return severity, datetime.fromisoformat(at), number
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise Invalid(_("This page link is no longer valid. Open the list again.")) from error


def newer(found: QuerySet[Incident], after: int) -> int:
    """Return how many of `found` were opened after the incident with this number, counting up to 1,000."""
    return found.filter(pk__gt=after)[:COUNTED].count()


def newest(visible_events: frozenset[int] | None) -> int:
    """The number of the newest incident of these events (None: of all); 0 before the first."""
    rows = roles.within(Incident.objects.order_by("-id"), visible_events)
    return rows.values_list("id", flat=True).first() or 0


def ref_number(ref: str) -> int | None:
    """The number in `INC-0042`, or None."""
    digits = ref.upper().removeprefix(PREFIX)
    return int(digits) if ref.upper().startswith(PREFIX) and digits.isdecimal() and len(digits) <= 18 else None


def by_ref(ref: str, visible_events: frozenset[int] | None) -> Incident | None:
    """The incident with this reference in these events (None: in all), with what presenting it needs."""
    number = ref_number(ref)
    rows = Incident.objects.select_related(
        "event", "owner", "team", "verified_by", "merged_into", "created_by", "last_confirmed_by", "contradicted_by"
    )
    return roles.within(rows, visible_events).filter(pk=number).first() if number else None


def present(incident: Incident) -> Shown:
    """An incident as lists show it."""
    return {
        "id": incident.pk,
        "ref": incident.ref,
        "title": mask(incident.title),
        "status": incident.status,
        "status_word": status_word(incident),
        "unanswered": incident.unanswered,
        "team": incident.team.name if incident.team else "",
        "severity": incident.severity,
        "severity_word": items.SEVERITY_WORDS.get(incident.severity, ""),
        "category": items.category(incident.category),
        "owner": incident.owner.display_name if incident.owner else "",
        "initials": incident.owner.initials if incident.owner else "",
        "place": place_name(incident),
        "verification": incident.verification,
        "verification_word": incident.get_verification_display(),
        "size": incident.size,
        "authors": incident.authors,
        "started_at": incident.started_at,
        "last_evidence_at": incident.last_evidence_at,
        "version": incident.version,
        "resolved": incident.resolved,
        **freshness.present(incident),
        "by_rule": incident.created_by_id is None,
    }


def present_suggestion(suggestion: IncidentSuggestion) -> Shown:
    """A suggested incident, its first posts masked; it comes with `members` and their posts."""
    posts = [member.post for member in suggestion.members.all()]
    category = Counter(post.category for post in posts).most_common(1)[0][0] if posts else ""
    return {
        "id": suggestion.pk,
        "version": suggestion.version,
        "event": suggestion.event.name if suggestion.event else "",
        "category": items.category(category),
        "severity_word": items.SEVERITY_WORDS.get(min((post.severity or 4 for post in posts), default=4), ""),
        "posts": [
            {"id": post.pk, "text": mask(post.text), "lang": post.lang, "created_at": post.created_at}
            for post in posts[:SUGGESTED_POSTS]
        ],
        "size": len(posts),
        "authors": len({(post.source, post.author_handle) if post.author_handle else None for post in posts}),
    }


def compared(source: Incident, target: Incident, changes: Mapping[str, Any]) -> list[Shown]:
    """The fields of both sides of a merge and of its result, as its preview lists them.

    Arguments:
        changes: the fields of the target that the merge changes, by column.
    """
    merged = copy(target)
    for name, value in changes.items():
        setattr(merged, name, value)
    sides = [_fields_shown(one) for one in (source, target, merged)]
    return [{"label": label, "columns": [side[label] for side in sides]} for label in sides[0]]


def inherited(fresh: Incident, changes: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The fields of an incident that is split off, as the preview lists them.

    Arguments:
        fresh: the incident that is split, of which a copy gets `changes`.
    """
    new = copy(fresh)
    for name, value in changes.items():
        setattr(new, name, value)
    shown = _fields_shown(new)
    return [
        (label, shown[label])
        for label in (_("Status"), _("Severity"), _("Owner"), _("Team"), _("Waiting since"), _("Seen"))
    ]


def _fields_shown(incident: Incident) -> dict[str, Any]:
    """Label → value, for a lead, who may read all of them."""
    states = {"needed": _("needed"), "met": _("met")}
    return {
        _("Title"): mask(incident.title),
        _("Status"): status_word(incident),
        _("Unanswered"): _("yes") if incident.unanswered else _("no"),
        _("Severity"): items.SEVERITY_WORDS.get(incident.severity, ""),
        _("Owner"): incident.owner.display_name if incident.owner else "",
        _("Team"): incident.team.name if incident.team else "",
        _("Waiting since"): incident.waiting_since,
        _("Seen"): incident.seen_at,
        _("On the way since"): incident.going_at,
        _("Verification"): incident.get_verification_display(),
        _("Place"): place_name(incident),
        _("Needs"): ", ".join(
            f"{items.need_label(need)}: {states.get(state, state)}" for need, state in incident.needs.items()
        ),
    }


def status_word(incident: Incident) -> str:
    """The status in words; of a resolved incident with its outcome."""
    word = incident.get_status_display()
    return f"{word}: {incident.get_outcome_display().lower()}" if incident.outcome else word


def place_name(incident: Incident) -> str:
    """Return the name of the incident's place. A name that a person entered is masked, because it may identify a home."""
    return mask(incident.place_name) if incident.place_by_person else incident.place_name


def descriptions(incident: Incident, reader: User) -> dict[str, str]:
    """Texts that people wrote about the incident, masked unless `reader` may see them."""
    return {
        "summary": as_readable(incident.summary, reader, incident),
        "resolution": as_readable(incident.resolution, reader, incident),
        "public_summary": mask(incident.public_summary),
    }


def as_readable(text: str, reader: User, incident: Incident) -> str:
    """A text by people who handle the event's incidents: as written for their peers, masked for everyone else."""
    return text if roles.allows_in(reader, roles.TRIAGE, incident.event_id) else mask(text)


def evidence(incident: Incident, *, state: str = "accepted", before: int = 0) -> tuple[list[Shown], int | None]:
    """(groups of posts with equal text, newest first; next cursor or None). Each group shows one post."""
    rows = incident.memberships.filter(state=state).order_by("-id")
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows.select_related("post", "post__model_version", "post__reviewed_by").prefetch_related("post__places")[: EVIDENCE_SIZE + 1])  # fmt: skip
    more, found = len(found) > EVIDENCE_SIZE, found[:EVIDENCE_SIZE]
    shown = {item["id"]: item for item in items.present_all([row.post for row in found])}
    groups: dict[str, Shown] = {}
    for row in found:
        group = groups.setdefault(
            row.post.text_key,
            {"item": shown[row.post_id], "more": [], "by_rule": row.by_id is None, "likeness": row.likeness},
        )
        if group["item"]["id"] != row.post_id:
            group["more"].append(shown[row.post_id])
    return list(groups.values()), found[-1].pk if more else None


def newest_posts(incident: Incident, limit: int) -> list[Post]:
    """The newest posts that belong to the incident."""
    rows = incident.memberships.filter(state=IncidentPost.State.ACCEPTED).order_by("-id").select_related("post")
    return [row.post for row in rows[:limit]]


def timeline(incident: Incident, *, before: int = 0) -> tuple[list[IncidentEntry], int | None]:
    """(entries, newest first; next cursor or None)."""
    rows = incident.entries.select_related("actor", "other", "undone_by")
    if before:
        rows = rows.filter(pk__lt=before)
    found = list(rows[: TIMELINE_SIZE + 1])
    return found[:TIMELINE_SIZE], found[TIMELINE_SIZE - 1].pk if len(found) > TIMELINE_SIZE else None


def linked(incident: Incident) -> list[Shown]:
    """Other incidents of the event at the same place, the newest evidence first."""
    if not incident.place_name:
        return []
    rows = Incident.objects.filter(event=incident.event_id, merged_into=None, place_name=incident.place_name)
    found = rows.exclude(pk=incident.pk).select_related("owner", "team").order_by("-last_evidence_at")[:LINKED]
    return [present(one) for one in found]


def mixture(posts: Sequence[Post]) -> list[Shown]:
    """Categories of posts with their counts, the most frequent first, with where each begins on a ring of 100."""
    shown = {category["css"]: category for category in map(items.category_of, posts)}
    counts = Counter(items.category_of(post)["css"] for post in posts)
    found, start, total = [], 0.0, counts.total()
    for name, count in sorted(counts.items(), key=lambda pair: -pair[1]):
        share = 100 * count / total
        found.append(shown[name] | {"count": count, "share": f"{share:.2f}", "offset": f"{-start:.2f}"})
        start += share
    return found


def needs_reported(posts: Sequence[Post]) -> dict[str, list[int]]:
    """Need → ids of the posts that report it, in the order of `posts`."""
    found: dict[str, list[int]] = {}
    for post in posts:
        for need in post.needs:
            found.setdefault(need, []).append(post.pk)
    return found


def assignable(incident: Incident) -> list[User]:
    """People who may own the incident: those whose role lets them review posts of its event."""
    names = ("reviewer", "lead")
    in_event = Q(event_roles__role__in=names, event_roles__event=incident.event_id) if incident.event_id else Q()
    return list(
        User.objects.filter(Q(groups__name__in=names) | in_event, is_active=True)
        .distinct().order_by("first_name", "last_name", "username")[:200]
    )  # fmt: skip


def shared(incident: Incident) -> Shown:
    """The incident as shared outside: rounded coordinates, masked texts, no names of people."""
    place = None
    if incident.located:
        place = {
            "name": place_name(incident),
            "latitude": round(incident.latitude or 0.0, COARSE_DEGREES),
            "longitude": round(incident.longitude or 0.0, COARSE_DEGREES),
            "radius_km": incident.radius_km,
        }
    return {
        "ref": incident.ref,
        "event": incident.event.ref if incident.event else None,
        "title": mask(incident.title),
        "status": incident.status,
        "outcome": incident.outcome,
        "unanswered": incident.unanswered,
        "waiting_since": incident.waiting_since,
        "seen_at": incident.seen_at,
        "going_at": incident.going_at,
        "team": mask(incident.team.name) if incident.team else "",
        "severity": incident.severity,
        "category": incident.category if incident.category in categories.BY_ID else "",
        "verification": incident.verification,
        "needs": incident.needs,
        "place": place,
        "posts": incident.size,
        "authors": incident.authors,
        "started_at": incident.started_at,
        "last_evidence_at": incident.last_evidence_at,
        "public_summary": mask(incident.public_summary),
        "is_exercise": incident.is_exercise,
    }
