"""Links from a filtered page to the form of a new alert rule with that filter."""

from urllib.parse import urlencode

from django.urls import reverse

from responder import roles
from responder.models import Event


def new_rule_url(person: roles.Person, event: Event | None, **fields: str) -> str:
    """The form of a new rule of the event, with fields filled in; empty for people who can't set up rules there.

    Arguments:
        fields: as `alerting.forms.initial` reads them: kind, query, severity.
    """
    if not roles.allows_in(person, roles.MANAGE_ALERT_RULES, event.pk if event else None):
        return ""
    where = {"event_id": str(event.pk)} if event else {}
    return f"{reverse('rule-new')}?{urlencode(fields | where)}"
