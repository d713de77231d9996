"""When an incident was last confirmed, by whom or by which post; and a person's word that it is still so.

A post that joins confirms its incident, unless it tells of an end (`statements.is_over`): then it is shown as a contradiction
until a person has checked. It changes no status, and neither it nor the closing of one incident closes another.
"""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder import roles
from responder.incidents import base, statements
from responder.models import Incident, IncidentEntry, IncidentPost, Post, User
from responder.models.incident import NOTE_LIMIT
from responder.queueing import bulk_rows

FIELDS = ("last_confirmed_at", "last_confirmed_by_id", "last_confirmed_post_id", "contradicted_by_id")


def by_person(by: User) -> dict[str, Any]:
    """The columns that say that this person confirmed the incident now, whatever posts said before."""
    return {
        "last_confirmed_at": clock.now(), "last_confirmed_by_id": by.pk, "last_confirmed_post_id": None,
        "contradicted_by_id": None,
    }  # fmt: skip


def heed(post_ids: Sequence[int]) -> None:
    """Let posts that joined incidents confirm or contradict them. Idempotent; needs the event's lock."""
    if not post_ids:
        return
    rows = IncidentPost.objects.filter(post__in=list(post_ids), state=IncidentPost.State.ACCEPTED)
    changed: dict[int, Incident] = {}
    for row in rows.select_related("post", "incident").order_by("post__created_at", "post"):
        incident = changed.get(row.incident_id, row.incident)
        if _heeded(incident, row.post):
            changed[incident.pk] = incident
    bulk_rows.update(
        list(changed.values()), ["last_confirmed_at", "last_confirmed_by", "last_confirmed_post", "contradicted_by"]
    )


def _heeded(incident: Incident, post: Post) -> bool:
    at = min(post.created_at, clock.now())
    if statements.is_over(post.text, post.lang):
        if at < incident.last_confirmed_at or incident.contradicted_by_id == post.pk:
            return False  # somebody has confirmed it since
        incident.contradicted_by = post
    elif at > incident.last_confirmed_at:
        incident.last_confirmed_at, incident.last_confirmed_by, incident.last_confirmed_post = at, None, post
    else:
        return False
    return True


@audit.atomic()
def recheck(*, incident_id: int, version: int, by: User, note: str = "") -> IncidentEntry:
    """Say that the incident is still so: its age starts anew, and what contradicted it is checked.

    Raises Conflict, Invalid, Missing, NotPermitted.
    """
    incident = base.opened(incident_id, version, by, roles.TRIAGE, resolved=False)
    note = base.bounded_field("note", note, NOTE_LIMIT, what=_("A note"))
    return base.written(incident, by, base.Verb.RECHECK, changes=by_person(by), note=note)
