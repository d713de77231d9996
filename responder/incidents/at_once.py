"""What one keystroke does with a post: open an incident with it, or take its incident. Both can be undone."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from monitoring import audit
from responder.errors import Invalid
from responder.incidents import membership, responding
from responder.models import Incident, IncidentEntry, IncidentPost, User


@dataclass(frozen=True, slots=True)
class Done:
    """The incident as it is now, and the entry that an undo takes back."""

    incident: Incident
    entry: IncidentEntry


@audit.atomic()
def open_incident(*, post_id: int, by: User) -> Done:
    """Open an incident with one post that belongs to none. Raises Invalid, Missing, NotPermitted."""
    incident = membership.create(post_ids=[post_id], by=by)
    return Done(incident, incident.entries.get(verb=IncidentEntry.Verb.CREATE))


@audit.atomic()
def take(*, post_id: int, by: User) -> Done:
    """Assign the post's incident to `by`, and open one first where the post belongs to none.

    Raises Conflict where somebody changes the incident meanwhile, Invalid, Missing, NotPermitted.
    """
    found = Incident.objects.filter(memberships__post=post_id, memberships__state=IncidentPost.State.ACCEPTED).first()
    incident = found or membership.create(post_ids=[post_id], by=by)
    if incident.owner_id == by.pk:
        raise Invalid(_("%(ref)s is already assigned to you.") % {"ref": incident.ref})
    entry = responding.assign(incident_id=incident.pk, version=incident.version, by=by, to=by.pk)
    return Done(entry.incident, entry)
