"""Partners' comments on an incident: timeline entries marked as theirs, which decide nothing.

The incident's version stays: whoever works on it meanwhile is not held up.
"""

from django.utils.translation import gettext as _

from monitoring import audit
from responder.errors import Invalid
from responder.incidents import base
from responder.models import ApiToken, Incident, IncidentEntry
from responder.privacy.masking import mask

LONGEST = 2_000


@audit.atomic()
def comment(*, incident: Incident, token: ApiToken, text: str) -> IncidentEntry:
    """Add a partner's masked comment to the timeline, after a merge to that of the surviving incident.

    Raises Invalid.
    """
    while incident.merged_into is not None:
        incident = incident.merged_into
    text = text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8").strip()
    if not 1 <= len(text) <= LONGEST:
        raise Invalid(_("A comment must have 1 to %(most)d characters.") % {"most": LONGEST})
    text = mask(text)[:LONGEST]
    entry = IncidentEntry.objects.create(
        incident=incident, verb=IncidentEntry.Verb.COMMENT, actor=token.owner, note=text, version=incident.version,
        organisation=str(token.organisation)[:200],
    )  # fmt: skip
    base.recorded(entry, incident, f"token:{token.prefix}")
    return entry
