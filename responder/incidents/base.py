"""Shared parts of every incident change: event lock, optimistic version, timeline, audit.

A change is one transaction:
1. `locked` lets one writer at a time into the incidents of an event, rules and people alike: no twins, no lost posts.
2. `opened` reads the incident and refuses a version that is not the newest.
3. The verb changes rows.
4. `written` raises the version, adds the entry of the timeline and the audit record.
"""

import zlib
from collections.abc import Iterable
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder import mentions, roles
from responder.errors import Conflict, FieldChecks, Invalid, Missing, NotPermitted
from responder.incidents import answering
from responder.models import Incident, IncidentEntry, IncidentPost, Post, SuggestedPost, User

DESCRIBED_BY = 500  # posts, where an incident is described anew
LOCK = 7_201_119  # class of PostgreSQL's advisory locks; their number within it is the event's id
State = dict[str, Any]
Verb = IncidentEntry.Verb


def locked(event_id: int | None) -> None:
    """Wait until no other transaction changes incidents of this event. SQLite lets in one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", _key(event_id))


def _key(event_id: int | None) -> list[int]:
    return [LOCK, zlib.crc32(str(event_id).encode()) >> 1]


def locked_of(posts: QuerySet[Post]) -> None:
    """Lock the events of these posts in the order of their ids, before any of the posts is locked."""
    if connection.vendor == "postgresql":
        found = set(posts.order_by().values_list("event", flat=True).distinct())
        for event_id in sorted(found, key=lambda one: one or 0):
            locked(event_id)


def locked_at_once(event_id: int | None) -> bool:
    """Lock the event without waiting; False if another transaction is changing its incidents."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", _key(event_id))
        row = cursor.fetchone()
    return bool(row and row[0])


def permitted(by: User, ability: str) -> None:
    """Raise NotPermitted unless one of the person's roles has `ability`; `found` asks about the incident's event."""
    if not roles.allows(by, ability):
        raise _not_permitted(ability)


def permitted_in(by: User, ability: str, event_id: int | None, *, missing: str) -> None:
    """Raise NotPermitted unless the person has `ability` in this event, Missing if they may not even see it.

    Arguments:
        missing: the message about a row that does not exist, as which rows of other events appear.
    """
    permitted(by, ability)
    if not roles.allows_in(by, roles.VIEW, event_id):
        raise Missing(missing)
    if not roles.allows_in(by, ability, event_id):
        raise _not_permitted(ability)


def _not_permitted(ability: str) -> NotPermitted:
    return NotPermitted(_("Your role doesn't let you do this: %(ability)s.") % {"ability": ability})


def opened(incident_id: int, version: int, by: User, ability: str, *, resolved: bool = True) -> Incident:
    """Return the current incident, with its event locked.

    Arguments:
        version: as the person saw it.
        by, ability: who wants to change it, and what their role in its event must let them do.
        resolved: whether this may be done to a resolved incident.

    Raises Conflict, Invalid, Missing, NotPermitted.
    """
    incident = found(incident_id, by, ability)
    locked(incident.event_id)
    incident.refresh_from_db()
    if incident.merged_into_id:
        raise Invalid(_("This incident was merged into %(ref)s.") % {"ref": incident.merged_into.ref})  # type: ignore[union-attr]
    if incident.version != version:
        raise conflict(incident)
    if incident.resolved and not resolved:
        raise Invalid(_("This incident is resolved. Reopen it first."))
    return incident


def found(incident_id: int, by: User, ability: str) -> Incident:
    """The incident with this id, for a person who needs `ability` in its event. Raises Missing, NotPermitted."""
    permitted(by, ability)
    incident, missing = Incident.objects.filter(pk=incident_id).first(), _no_incident()
    if incident is None:
        raise Missing(missing)
    permitted_in(by, ability, incident.event_id, missing=missing)
    return incident


def _no_incident() -> str:
    return _("This incident does not exist. It may have been deleted.")


def not_to_be_found() -> str:
    """The message about a typed reference of an incident that does not exist, or not for this person."""
    return _("This incident does not exist. Enter a reference such as INC-0042.")


def written(
    incident: Incident,
    by: User,
    verb: IncidentEntry.Verb,
    *,
    changes: State | None = None,
    note: str = "",
    posts: int = 0,
    other: Incident | None = None,
    before: State | None = None,
    undoes: IncidentEntry | None = None,
) -> IncidentEntry:
    """Save `changes` under the next version, with timeline entry and audit event. Raises Conflict."""
    changes = changes or {}
    kept = {name: getattr(incident, name) for name in changes}
    version = incident.version + 1
    # A person's first step is when the incident was seen. An undo does not take that back, so it is no change of the entry.
    seen = {"seen_at": clock.now()} if incident.seen_at is None and "seen_at" not in changes else {}
    # Optimistic lock: of two people who saw the same version, the second one's update matches no row.
    if not Incident.objects.filter(pk=incident.pk, version=incident.version).update(**changes, **seen, version=version):
        raise conflict(incident)
    for name, value in (changes | seen).items():
        setattr(incident, name, value)
    incident.version = version
    if changes.keys() & answering.FIELDS:
        answering.follow([incident.pk])
    entry = IncidentEntry.objects.create(
        incident=incident, verb=verb, actor=by, note=note, posts=posts, other=other, version=version, undoes=undoes,
        before=plain(kept) | (before or {}), after=plain(changes),
    )  # fmt: skip
    recorded(entry, incident, f"user:{by.username}")
    mentions.notify(entry, incident)
    return entry


def recorded(entry: IncidentEntry, incident: Incident, actor: str) -> None:
    """Record an entry in the audit log, without texts and notes."""
    audit.record(
        actor=actor,
        action=f"incident.{entry.verb}",
        object_type="incident",
        object_id=incident.ref,
        before=entry.before,
        after=entry.after,
        detail={
            "version": entry.version,
            "entry": entry.pk,
            "fields": sorted(entry.after),
            "posts": entry.posts,
            "other": entry.other.ref if entry.other else "",
        },
    )


def conflict(incident: Incident) -> Conflict:
    """The Conflict that names who changed the incident first, and what they did."""
    now = Incident.objects.filter(pk=incident.pk).values_list("version", flat=True).get()
    last = incident.entries.exclude(actor=None).exclude(verb=Verb.COMMENT).select_related("actor").first()
    if last is None or last.actor is None:
        return Conflict(by=_("The system"), what=_("changed this incident"), at=None, version=now)
    return Conflict(by=last.actor.display_name, what=last.get_verb_display(), at=last.at, version=now)


def plain(state: State) -> State:
    """The value as JSON stores it."""
    return {name: value.isoformat() if hasattr(value, "isoformat") else value for name, value in state.items()}


def bounded(text: str, limit: int, *, what: str, least: int = 0) -> str:
    """Return `text` without surrounding spaces. Raises Invalid if it is too long or too short."""
    text = text.replace("\x00", "").strip()
    if len(text) > limit:
        raise Invalid(_("%(what)s can have at most %(limit)d characters.") % {"what": what, "limit": limit})
    if least and not text:
        raise Invalid(_("%(what)s is required.") % {"what": what})
    if len(text) < least:
        raise Invalid(_("%(what)s must have at least %(least)d characters.") % {"what": what, "least": least})
    return text


def bounded_field(name: str, text: str, limit: int, *, what: str, least: int = 0) -> str:
    """As `bounded`, for the only field of a change. Raises InvalidFields."""
    checks = FieldChecks()
    text = checks.read(name, bounded, text, limit, what=what, least=least)
    checks.require_valid()
    return text


def taken_in(incident: Incident, post_ids: Iterable[int], *, by: User | None, likeness: float | None = None) -> int:
    """Add posts that belong to no incident, even ones that were detached before. Returns the number."""
    rows = [
        IncidentPost(
            incident=incident, post_id=post_id, state=IncidentPost.State.ACCEPTED, by=by, likeness=likeness,
            at=clock.now(), entry=None,
        )
        for post_id in post_ids
    ]  # fmt: skip
    SuggestedPost.objects.filter(post__in=[row.post_id for row in rows]).delete()  # it is an incident's now
    IncidentPost.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["incident", "post"],
        update_fields=["state", "by", "likeness", "at", "entry"],
        batch_size=100,
    )
    return len(rows)
