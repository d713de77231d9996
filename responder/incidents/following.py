"""Following an incident, and snoozing it until it has grown."""

from django.utils.translation import gettext as _

from monitoring import audit
from responder import roles
from responder.errors import InvalidFields
from responder.incidents import base
from responder.models import Incident, IncidentFollower, User

MOST = 100_000


@audit.atomic()
def follow(*, incident_id: int, by: User) -> IncidentFollower:
    """Follow the incident. Raises Missing, NotPermitted."""
    return _set(incident_id, by, "follow", follows=True)


@audit.atomic()
def unfollow(*, incident_id: int, by: User) -> IncidentFollower:
    """Stop following the incident. Raises Missing, NotPermitted."""
    return _set(incident_id, by, "unfollow", follows=False)


@audit.atomic()
def snooze(*, incident_id: int, by: User, grows_by: int) -> IncidentFollower:
    """Hide the incident from this person's list until it grows by that many posts; 0 shows it again.

    Raises InvalidFields, Missing, NotPermitted.
    """
    if not 0 <= grows_by <= MOST:
        raise InvalidFields({"grows_by": _("Enter the number of further posts: 1 to 100,000.")})
    size = base.found(incident_id, by, roles.VIEW).size
    return _set(incident_id, by, "snooze", snoozed_until_size=size + grows_by if grows_by else None)


def _set(incident_id: int, by: User, verb: str, **changes: object) -> IncidentFollower:
    incident: Incident = base.found(incident_id, by, roles.VIEW)
    made = {"follows": False} | changes
    row, _created = IncidentFollower.objects.update_or_create(
        incident=incident, user=by, defaults=changes, create_defaults=made
    )
    audit.record(
        actor=f"user:{by.username}", action=f"incident.{verb}", object_type="incident", object_id=incident.ref,
        after=changes,
    )  # fmt: skip
    return row
