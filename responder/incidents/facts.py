"""Facts of an incident: what its posts state, and what people confirm or withdraw of it.

`note` writes what posts state beside the incident that they belong to, and moves it with them; it runs wherever posts join
an incident. `confirm_fact` and `withdraw_fact` are what people do: each is a change of the incident with its entry in the
timeline, which `undoing` takes back. Numbers are shown as stated, from the lowest to the highest, and never summed.
"""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder import roles
from responder.errors import Invalid, Missing
from responder.incidents import base, statements
from responder.models import Incident, IncidentEntry, IncidentFact, IncidentPost, Post, User
from responder.queries.facts import words_for

AT_ONCE = 500
State = IncidentFact.State


def note(post_ids: Iterable[int]) -> None:
    """Write what posts of incidents state, and take it to the incident that each belongs to now. Idempotent.

    Needs a transaction and the event's lock.
    """
    ids = list(post_ids)
    if not ids:
        return
    homes = dict(
        IncidentPost.objects.filter(post__in=ids, state=IncidentPost.State.ACCEPTED).values_list("post", "incident")
    )
    known: dict[int, int] = dict(IncidentFact.objects.filter(post__in=homes).values_list("post", "incident"))  # type: ignore[arg-type]
    for incident_id in {homes[post_id] for post_id, at in known.items() if homes[post_id] != at}:
        moved = [post_id for post_id, home in homes.items() if home == incident_id]
        IncidentFact.objects.filter(post__in=moved).update(incident=incident_id)
    unread = Post.objects.filter(pk__in=homes.keys() - known.keys()).only("text")
    IncidentFact.objects.bulk_create(
        [
            IncidentFact(
                incident_id=homes[post.pk], kind=one.kind, value=one.value, number=one.number, post=post, at=clock.now()
            )
            for post in unread
            for one in statements.read(post.text)
        ],
        ignore_conflicts=True, batch_size=AT_ONCE,
    )  # fmt: skip


@audit.atomic()
def confirm_fact(*, incident_id: int, version: int, fact_id: int, by: User) -> IncidentEntry:
    """Confirm what a post states. Raises Conflict, Invalid, Missing, NotPermitted."""
    incident = base.opened(incident_id, version, by, roles.TRIAGE)
    return _decide(incident, fact_id, by, base.Verb.CONFIRM_FACT, State.CONFIRMED)


@audit.atomic()
def withdraw_fact(*, incident_id: int, version: int, fact_id: int, by: User) -> IncidentEntry:
    """Withdraw a fact: it is shown no more and counts no more. Raises as `confirm_fact`."""
    incident = base.opened(incident_id, version, by, roles.TRIAGE)
    return _decide(incident, fact_id, by, base.Verb.WITHDRAW_FACT, State.WITHDRAWN)


def restore(entry: IncidentEntry) -> None:
    """Take the decision of this entry back. Raises Invalid where the fact has been decided on since."""
    before = entry.before["fact"]
    fact = IncidentFact.objects.filter(pk=before["id"]).first()
    if fact is None:
        raise Invalid(_("This fact no longer exists."))
    if fact.state != before["decided"] or fact.by_id != entry.actor_id:
        raise Invalid(_("It has been changed since. Undo the later change first."))
    IncidentFact.objects.filter(pk=fact.pk).update(state=before["state"], by=before["by"], at=clock.now())


def _decide(
    incident: Incident, fact_id: int, by: User, verb: IncidentEntry.Verb, state: IncidentFact.State
) -> IncidentEntry:
    fact = incident.facts.filter(pk=fact_id).first()
    if fact is None:
        raise Missing(_("This fact is not part of the incident."))
    if fact.state == state:
        raise Invalid(_("This is already done."))
    before = {"fact": {"id": fact.pk, "state": fact.state, "by": fact.by_id, "decided": state}}
    IncidentFact.objects.filter(pk=fact.pk).update(state=state, by=by, at=clock.now())
    return base.written(incident, by, verb, note=words_for(fact), posts=1 if fact.post_id else 0, before=before)
