"""What people do with a rumour: open it, add and remove posts, and give a verdict with the answer to send.

A verdict is a person's: no rule sets one. A new post after a verdict leaves it as it is and is counted on the page.
"""

from typing import Any

from django.utils.translation import gettext as _

from classifier import clock
from monitoring import audit
from responder import roles
from responder.errors import Conflict, FieldChecks, Invalid, Missing, NotPermitted
from responder.models import Event, Rumour, RumourPost, User
from responder.models.rumour import ANSWER_LIMIT, BASIS_LIMIT, CLAIM_LIMIT
from responder.queries import posts

MOST_POSTS = 500  # of one rumour
SHORTEST_BASIS = 10


@audit.atomic()
def open_rumour(*, event: Event, claim: str, by: User, post_id: int | None = None, side: str = "for") -> Rumour:
    """Open a rumour, with a first post if `post_id` names one. Raises InvalidFields, Missing, NotPermitted."""
    _permitted(by, roles.TRIAGE, event.pk)
    checks = FieldChecks()
    text = checks.read("claim", _claim, claim)
    checks.require_valid()
    rumour = Rumour.objects.create(event=event, claim=text or "", opened_by=by)
    _record("rumour.opened", rumour, by)
    if post_id is not None:
        _add(rumour, post_id, side, by)
    return rumour


@audit.atomic()
def add_post(*, rumour_id: int, version: int, post_id: int, side: str, by: User) -> RumourPost:
    """Add a post of the same event, or move it to the other side. Raises Conflict, Invalid, Missing, NotPermitted."""
    rumour = _locked(rumour_id, version, by, roles.TRIAGE)
    row = _add(rumour, post_id, side, by)
    _grown(rumour)
    return row


@audit.atomic()
def remove_post(*, rumour_id: int, version: int, post_id: int, by: User) -> None:
    """Remove a post. Raises Conflict, Missing, NotPermitted."""
    rumour = _locked(rumour_id, version, by, roles.TRIAGE)
    row = rumour.evidence.filter(post=post_id).first()
    if row is None:
        raise Missing(_("This post is not part of the rumour."))
    _record("rumour.post_removed", rumour, by, post=post_id, side=row.side)
    row.delete()
    _grown(rumour)


@audit.atomic()
def judge(*, rumour_id: int, version: int, verdict: str, basis: str, answer: str, by: User) -> Rumour:
    """Give the verdict in this person's name; `open` takes it back. Raises Conflict, InvalidFields, Missing, NotPermitted.

    Arguments:
        basis: what the verdict rests on; required for all but `open`.
        answer: what is sent to people who ask; may be empty.
    """
    rumour = _locked(rumour_id, version, by, roles.LEAD)
    checks = FieldChecks()
    if verdict not in Rumour.Verdict.values:
        checks.refuse("verdict", _("Choose one of the options."))
    taken_back = verdict == Rumour.Verdict.OPEN
    text = checks.read("basis", _optional if taken_back else _basis, basis)
    said = checks.read("answer", _answer, answer)
    checks.require_valid()
    rumour.verdict, rumour.basis, rumour.answer = verdict, text or "", said or ""
    rumour.verdict_by, rumour.verdict_at = (None, None) if taken_back else (by, clock.now())
    _grown(rumour)
    _record("rumour.judged", rumour, by, verdict=verdict)
    return rumour


def find(rumour_id: int, reader: roles.Person) -> Rumour:
    """The rumour, if `reader` may see its event. Raises Missing."""
    rows = roles.within(Rumour.objects.all(), roles.events_of(reader, roles.VIEW))
    rumour = rows.select_related("event", "opened_by", "verdict_by").filter(pk=rumour_id).first()
    if rumour is None:
        raise Missing(_not_found())
    return rumour


def _add(rumour: Rumour, post_id: int, side: str, by: User) -> RumourPost:
    if side not in RumourPost.Side.values:
        raise Invalid(_("A post is for or against the claim."))
    post = posts.visible(by).filter(pk=post_id, event=rumour.event_id).first()
    if post is None:
        raise Missing(_("This event has no such post."))
    if rumour.evidence.count() >= MOST_POSTS and not rumour.evidence.filter(post=post_id).exists():
        raise Invalid(_("A rumour holds at most %(most)d posts.") % {"most": MOST_POSTS})
    row, _created = RumourPost.objects.update_or_create(
        rumour=rumour, post=post, defaults={"side": side, "by": by, "at": clock.now()}
    )
    _record("rumour.post_added", rumour, by, post=post_id, side=side)
    return row


def _locked(rumour_id: int, version: int, by: User, ability: str) -> Rumour:
    rows = Rumour.objects.select_for_update(of=("self",), no_key=True).select_related("event")
    rumour = roles.within(rows, roles.events_of(by, roles.VIEW)).filter(pk=rumour_id).first()
    if rumour is None:
        raise Missing(_not_found())
    _permitted(by, ability, rumour.event_id)
    if rumour.version != version:
        raise Conflict(by=_("Someone"), what=_("changed this rumour"), at=None, version=rumour.version)
    return rumour


def _grown(rumour: Rumour) -> None:
    rumour.version += 1
    rumour.save()


def _permitted(by: User, ability: str, event_id: int) -> None:
    if not roles.allows_in(by, ability, event_id):
        raise NotPermitted(
            _("Only a lead can give the verdict on a rumour.") if ability == roles.LEAD
            else _("Your role doesn't let you change rumours of this event.")
        )  # fmt: skip


def _not_found() -> str:
    return _("This rumour does not exist.")


def _text(text: str, least: int, most: int, message: str) -> str:
    found = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    if not least <= len(found) <= most:
        raise Invalid(message % {"least": least, "most": most})
    return found


def _claim(text: str) -> str:
    return _text(text, 3, CLAIM_LIMIT, _("State the claim in %(least)d to %(most)d characters."))


def _basis(text: str) -> str:
    message = _("Say in %(least)d to %(most)d characters what the verdict rests on.")
    return _text(text, SHORTEST_BASIS, BASIS_LIMIT, message)


def _optional(text: str) -> str:
    return _text(text, 0, BASIS_LIMIT, _("Use at most %(most)d characters."))


def _answer(text: str) -> str:
    return _text(text, 0, ANSWER_LIMIT, _("Use at most %(most)d characters."))


def _record(action: str, rumour: Rumour, by: User, **detail: Any) -> None:
    audit.record(
        actor=f"user:{by.username}", action=action, object_type="rumour", object_id=rumour.ref,
        detail={"event": rumour.event.ref, "version": rumour.version} | detail,
    )  # fmt: skip
