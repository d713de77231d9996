"""Notifies the people whom a change of an incident concerns: its new owner, and those whom a note names as @username.

The notification is written in the transaction of the change, so that neither exists without the other; it is sent later.
"""

import re

from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.translation import gettext as _

from responder import languages, roles, terms
from responder.models import AlertRule, Incident, IncidentEntry, Notification, User
from responder.models.alerting import FIRING_TITLE_LIMIT
from responder.privacy.masking import mask

MENTION = re.compile(r"(?<![\w@.+-])@([\w.@+-]{1,150})")  # the characters that Django allows in a username
MOST_MENTIONED = 20
Verb = IncidentEntry.Verb
Kind = Notification.Kind


def notify(entry: IncidentEntry, incident: Incident) -> None:
    """Notify whom an entry of an incident concerns. Costs no query where it concerns nobody."""
    if entry.actor is None or entry.verb == Verb.UNDO:
        return
    people: dict[User, str] = {}
    if "@" in entry.note:
        people |= dict.fromkeys(mentioned(entry.note), Kind.MENTION)
    owner_id = entry.after.get("owner_id")
    if entry.verb == Verb.ASSIGN and owner_id:
        people |= dict.fromkeys(User.objects.filter(pk=owner_id, is_active=True), Kind.ASSIGNED)
    made = []
    for person, kind in people.items():
        if person.pk != entry.actor_id and roles.allows_in(person, roles.VIEW, incident.event_id):
            with languages.of_person(person):
                made.append(_notification(person, Kind(kind), entry, incident))
    Notification.objects.bulk_create(made)


def summary(incident: Incident) -> str:
    """Reference, severity and place of an incident, such as `INC-0042 (Critical, Nsanje)`.

    Its title is not copied: words of a post in it could be hidden later at the request of a person whom they name.
    """
    facts = [
        terms.severity(incident.severity),
        mask(incident.place_name),
    ]
    known = ", ".join(fact for fact in facts if fact)
    return f"{incident.ref} ({known})" if known else incident.ref


def mentioned(text: str) -> list[User]:
    """The active people whom a text names as @username, at most twenty. A full stop after a name is not part of it."""
    names = set[str]()
    for found in MENTION.findall(text)[:MOST_MENTIONED]:
        names |= {found.lower(), found.rstrip(".@+-").lower()}
    rows = User.objects.annotate(name_key=Lower("username")).filter(name_key__in=names, is_active=True)
    return list(rows.order_by("pk")[:MOST_MENTIONED])


def _notification(person: User, kind: Notification.Kind, entry: IncidentEntry, incident: Incident) -> Notification:
    words = {"who": entry.actor.display_name if entry.actor else "", "incident": summary(incident)}
    if kind == Kind.ASSIGNED:
        title = _("%(who)s assigned %(incident)s to you") % words
    else:
        title = _("%(who)s mentioned you in %(incident)s") % words
    if incident.is_exercise:
        title = _("EXERCISE: %(title)s") % {"title": title}
    is_critical = kind == Kind.ASSIGNED and incident.severity == 1
    return Notification(
        person=person, kind=kind, title=title[:FIRING_TITLE_LIMIT], path=reverse("incident", args=[incident.ref]),
        level=AlertRule.Level.CRITICAL if is_critical else AlertRule.Level.WARNING,
    )  # fmt: skip
