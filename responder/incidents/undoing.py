"""Undoes the newest change of an incident with a new entry that restores the earlier values."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder import roles
from responder.errors import Invalid, Missing, NotPermitted
from responder.incidents import base, combining, facts, rechecking, sizing
from responder.incidents.merging import UNDO_FOR
from responder.models import Incident, IncidentEntry, IncidentPost, User

Verb, State = IncidentEntry.Verb, IncidentPost.State
FIELDS = (
    Verb.ACKNOWLEDGE, Verb.CONFIRM, Verb.ASSIGN, Verb.SET_OFF, Verb.TURN_BACK, Verb.EDIT, Verb.VERIFY, Verb.RESOLVE,
    Verb.REOPEN, Verb.PUBLISH, Verb.RECHECK,
)  # fmt: skip
MEMBERS = (Verb.ATTACH, Verb.ACCEPT, Verb.DETACH, Verb.DECLINE, Verb.MUTE)
FACTS = (Verb.CONFIRM_FACT, Verb.WITHDRAW_FACT)
UNDOABLE = (Verb.CREATE, *FIELDS, *MEMBERS, *FACTS, Verb.MERGE, Verb.SPLIT)
LEADS_ONLY = (Verb.ASSIGN, Verb.VERIFY, Verb.RESOLVE, Verb.REOPEN, Verb.PUBLISH, Verb.MUTE, Verb.MERGE, Verb.SPLIT)


@audit.atomic()
def undo(*, incident_id: int, version: int, entry_id: int, by: User) -> IncidentEntry:
    """Undo an entry within 24 hours: the user's own, or anyone's for a lead.

    Raises Conflict, Invalid, Missing, NotPermitted.
    """
    incident = base.opened(incident_id, version, by, roles.TRIAGE)
    entry = incident.entries.select_related("other").filter(pk=entry_id).first()
    if entry is None:
        raise Missing(_("This change is not in the incident's history. Reload the page."))
    _undoable(entry, by)
    changes = _fields(incident, entry) if entry.verb in FIELDS else {}
    if entry.verb == Verb.CREATE:  # entries stay, so the incident does, too
        changes = {"status": Incident.Status.RESOLVED, "resolution": _("Opened by mistake.")}
    if entry.verb == Verb.MERGE:
        changes = _unchanged_since(incident, entry)
    undone = base.written(incident, by, Verb.UNDO, changes=changes, undoes=entry, posts=entry.posts, other=entry.other)
    if entry.verb == Verb.CREATE:
        incident.memberships.filter(state=State.ACCEPTED).update(state=State.DETACHED, by=by, at=clock.now())
    if entry.verb in FACTS:
        facts.restore(entry)
    elif entry.verb in (Verb.ATTACH, Verb.ACCEPT):
        _take_out(incident, entry, by)
    elif entry.verb in (Verb.DETACH, Verb.DECLINE, Verb.MUTE):
        _bring_back(incident, entry, by)
    elif entry.other is not None:
        _apart_again(incident, entry, by)
    sizing.recount([incident.pk, *([entry.other_id] if entry.other_id else [])])
    return undone


def can_undo(entry: IncidentEntry, by: User) -> bool:
    """Whether `undo` is offered to this person."""
    try:
        _undoable(entry, by)
    except (Invalid, NotPermitted):
        return False
    return True


def _undoable(entry: IncidentEntry, by: User) -> None:
    if entry.verb not in UNDOABLE or entry.actor_id is None:
        raise Invalid(_("This cannot be undone."))
    if entry.verb == Verb.MERGE and entry.other and entry.other.merged_into_id != entry.incident_id:
        raise Invalid(_("Undo the merge on the incident that the other one was merged into."))
    if entry.verb == Verb.SPLIT and not IncidentPost.objects.filter(entry=entry).exists():
        raise Invalid(_("Undo the split on the incident that was split."))
    if entry.verb == Verb.CREATE and not _is_as_opened(entry):
        raise Invalid(_("It has been changed since. Undo the later change first."))
    if entry.verb == Verb.SPLIT and entry.other and entry.other.version > 1:
        text = _("%(ref)s has been changed since the split. Merge it instead.")
        raise Invalid(text % {"ref": entry.other.ref})
    if hasattr(entry, "undone_by"):
        raise Invalid(_("This is already undone."))
    if entry.at < clock.now() - UNDO_FOR:
        raise Invalid(_("This can no longer be undone: more than 24 hours have passed."))
    lead = roles.allows_in(by, roles.LEAD, entry.incident.event_id)
    leads_only = entry.verb in LEADS_ONLY and not _took(entry)
    if not lead and (leads_only or entry.actor_id != by.pk):
        raise NotPermitted(_("Only the person who did it, or a lead, can undo this."))


def _is_as_opened(entry: IncidentEntry) -> bool:
    """Whether nobody has changed the incident since it was opened, and no post has joined it."""
    accepted = entry.incident.memberships.filter(state=State.ACCEPTED).values_list("post", flat=True)
    return entry.incident.version == entry.version and set(accepted) == set(entry.after.get("posts", []))


def _took(entry: IncidentEntry) -> bool:
    """Whether a person assigned the incident to themselves, which everybody who reviews posts may do."""
    return entry.verb == Verb.ASSIGN and entry.after.get("owner_id") == entry.actor_id and "team_id" not in entry.after


def _fields(incident: Incident, entry: IncidentEntry) -> dict[str, Any]:
    """Return the fields from before the entry. Raises Invalid if one of them has changed since."""
    now = base.plain({name: getattr(incident, name) for name in entry.after})
    kept = {name: entry.before[name] for name in entry.after}
    if any(now[name] != entry.after.get(name) for name in rechecking.FIELDS if name in now):
        kept = {name: value for name, value in kept.items() if name not in rechecking.FIELDS}  # confirmed again since
    if any(now[name] != entry.after[name] for name in entry.after if name not in rechecking.FIELDS):
        raise Invalid(_("It has been changed since. Undo the later change first."))
    return _typed(kept)


def _unchanged_since(incident: Incident, entry: IncidentEntry) -> dict[str, Any]:
    """The fields from before a merge, without the groups in which something has been changed since.

    What people did after the merge stays: the other incident has its own fields back in any case.
    """
    now = base.plain({name: getattr(incident, name) for name in entry.after})
    kept: dict[str, Any] = {}
    for group in combining.GROUPS:
        names = [name for name in group if name in entry.after]
        if all(now[name] == entry.after[name] for name in names):
            kept |= {name: entry.before[name] for name in names}
    if kept.get("seen_at", "") is None:
        del kept["seen_at"]  # that a person has seen it stays true
    return _typed(kept)


def _typed(kept: dict[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if name.endswith(("_at", "_since")) and value else value
        for name, value in kept.items()
    }


def _take_out(incident: Incident, entry: IncidentEntry, by: User) -> None:
    state = State.SUGGESTED if entry.verb == Verb.ACCEPT else State.DETACHED
    rows = incident.memberships.filter(post__in=entry.before["posts"], state=State.ACCEPTED)
    rows.update(state=state, by=by, at=clock.now())


def _bring_back(incident: Incident, entry: IncidentEntry, by: User) -> None:
    """Restore posts that the change removed, unless they belong to another incident by now."""
    state = entry.before.get("was", State.ACCEPTED)
    _free(incident.memberships.filter(entry=entry)).update(state=state, by=by, at=clock.now(), entry=None)
    entry.mutes.all().delete()


def _apart_again(incident: Incident, entry: IncidentEntry, by: User) -> None:
    """Move posts back to where they came from, if they are still where they were moved to."""
    merge = entry.verb == Verb.MERGE
    assert entry.other is not None
    origin, target = (entry.other, incident) if merge else (incident, entry.other)
    moved = list(origin.memberships.filter(entry=entry, state=State.MOVED).values_list("post", flat=True))
    still = list(
        target.memberships.filter(post__in=moved, state=State.ACCEPTED).values_list("post", flat=True)
    )  # what somebody has moved on since stays there
    target.memberships.filter(post__in=still).delete()
    origin.memberships.filter(post__in=still).update(state=State.ACCEPTED, by=by, at=clock.now(), entry=None)
    facts.note(still)
    if merge and entry.before.get("followed"):
        target.followers.filter(user=entry.before["followed"]).delete()
    if merge:
        target.facts.filter(pk__in=entry.before.get("facts", [])).update(incident=origin)
    other = entry.other
    changes = {"merged_into_id": None if merge else incident.pk}
    base.written(other, by, Verb.UNDO, other=incident, changes=changes, posts=len(still))


def _free(rows: Any) -> Any:
    elsewhere = IncidentPost.objects.filter(post__in=rows.values("post"), state=State.ACCEPTED).values("post")
    return IncidentPost.objects.filter(pk__in=list(rows.exclude(post__in=elsewhere).values_list("pk", flat=True)))
